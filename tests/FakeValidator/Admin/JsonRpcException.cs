using System.Text.Json.Nodes;

namespace FakeValidator.Admin;

/// <summary>A JSON-RPC error reply; thrown by a method, turned into the reply by <see cref="JsonRpcEnvelope"/>.</summary>
public sealed class JsonRpcException(int code, string message, JsonNode? details = null) : Exception(message)
{
    public const int Parse = -32700;
    public const int InvalidRequest = -32600;
    public const int MethodNotFound = -32601;
    public const int InvalidParams = -32602;
    public const int Internal = -32603;

    public int Code { get; } = code;

    public JsonNode? Details { get; } = details;

    public static JsonRpcException BadParams(string message) => new(InvalidParams, message);

    public static JsonRpcException InternalError() => new(Internal, "Internal error");
}
