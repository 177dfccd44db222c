using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Failover.Cluster;

namespace Failover.Validators;

/// <summary>A JSON-RPC error object: <paramref name="Message"/> is the validator's own words.</summary>
public sealed record AdminError(int Code, string Message);

/// <summary>One reply of the admin socket; exactly one of <see cref="Error"/> and a result is there.</summary>
public sealed class AdminReply
{
    private AdminReply(ulong id, JsonElement result, AdminError? error)
    {
        Id = id;
        Result = result;
        Error = error;
    }

    /// <summary>The id of the call that is answered.</summary>
    public ulong Id { get; }

    /// <summary>The result, JSON null included; undefined when <see cref="Error"/> is set.</summary>
    public JsonElement Result { get; }

    public AdminError? Error { get; }

    /// <summary>Reads one line; anything but a well-formed reply to a numbered call is refused with what is wrong.</summary>
    internal static bool TryParse(
        ReadOnlySequence<byte> line, [NotNullWhen(true)] out AdminReply? reply, [NotNullWhen(false)] out string? wrong)
    {
        reply = null;
        try
        {
            using var document = JsonDocument.Parse(line, JsonMembers.Strict);
            wrong = Read(document.RootElement, out reply);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            wrong = $"it is not JSON ({e.Message})";
        }
        return wrong is null;
    }

    private static string? Read(JsonElement root, out AdminReply? reply)
    {
        reply = null;
        if (root.ValueKind != JsonValueKind.Object)
        {
            return $"it is {root.Words()}, not an object";
        }
        if (!root.TryMember("id", out var idMember) || !idMember.TryNumber(out var id))
        {
            // An id of null is the answer to something that the validator could not read as a call.
            return "it carries no call number";
        }
        var hasResult = root.TryMember("result", out var result);
        var hasError = root.TryMember("error", out var error);
        if (hasResult == hasError)
        {
            return hasResult ? "it has a result and an error" : "it has neither result nor error";
        }
        if (hasResult)
        {
            reply = new AdminReply(id, result.Clone(), null);
            return null;
        }
        if (!error.TryMember("code", out var code) || code.ValueKind != JsonValueKind.Number || !code.TryGetInt32(out var number)
            || !error.TryMember("message", out var message) || !message.TryText(out var words))
        {
            return "its error has no code and message";
        }
        reply = new AdminReply(id, default, new AdminError(number, words));
        return null;
    }
}
