using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using FakeValidator.Admin;
using FakeValidator.Running;

namespace FakeValidator.Helpers;

/// <summary>A call failed in a way that the tool reports as <c>Validator command failed: ...</c>.</summary>
public sealed class CommandFailedException(string message, int? code = null) : Exception(message)
{
    public int? Code { get; } = code;
}

/// <summary>The admin socket as agave-validator's own command line uses it.</summary>
public sealed class AdminClient(string ledger)
{
    private int _nextId;

    public async Task<JsonElement> CallAsync(string method, JsonArray? parameters, CancellationToken ct)
    {
        var path = Path.Combine(ledger, "admin.rpc");
        if (!File.Exists(path))
        {
            throw new CommandFailedException($"Client error: {path} does not exist");
        }
        string? reply;
        try
        {
            var (reader, writer) = await UnixLines.ConnectAsync(path, ct);
            var call = new JsonObject { ["jsonrpc"] = "2.0", ["method"] = method, ["params"] = parameters?.DeepClone(), ["id"] = _nextId++ };
            await writer.WriteLineAsync(call.ToJsonString().AsMemory(), ct);
            reply = await reader.ReadLineAsync(ct);
            await writer.DisposeAsync();
            reader.Dispose();
        }
        catch (SocketException failure)
        {
            throw new CommandFailedException(failure.Message);
        }
        using var document = JsonDocument.Parse(reply ?? throw new CommandFailedException("admin rpc error: connection closed"));
        if (document.RootElement.TryGetProperty("error", out var error))
        {
            var code = error.GetProperty("code").GetInt32();
            throw new CommandFailedException(
                $"admin rpc error: Server returned rpc error {Describe(code)}: {error.GetProperty("message").GetString()}", code);
        }
        return document.RootElement.GetProperty("result").Clone();
    }

    private static string Describe(int code) => code switch
    {
        JsonRpcException.InvalidParams => "Invalid params",
        JsonRpcException.InvalidRequest => "Invalid request",
        JsonRpcException.MethodNotFound => "Method not found",
        JsonRpcException.Parse => "Parse error",
        JsonRpcException.Internal => "Internal error",
        _ => "Server error",
    };
}
