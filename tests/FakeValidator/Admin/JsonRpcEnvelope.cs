using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FakeValidator.Admin;

/// <summary>Runs one method. The parameters are an array, an object, or undefined/null.</summary>
public delegate ValueTask<JsonNode?> JsonRpcMethod(JsonElement parameters, CancellationToken ct);

/// <summary>
/// The envelope rules of jsonrpc-core 18: what is a call, a notification, an invalid request, and how each is answered. Used by the
/// admin socket and by the HTTP server, which share them in the real validator too.
/// </summary>
public sealed class JsonRpcEnvelope(Func<string, JsonRpcMethod?> find)
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // serde_json refuses comments and trailing commas too; 128 is its recursion limit.
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = 128 };

    /// <summary>The reply without its newline; null when none is due (a notification, an empty batch).</summary>
    public async ValueTask<string?> AnswerAsync(string message, CancellationToken ct)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(message, Reading);
        }
        catch (JsonException)
        {
            return ParseError();
        }
        using (document)
        {
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Array)
            {
                return IsCall(root) ? await AnswerCallAsync(root, ct) : ParseError();
            }
            if (!root.EnumerateArray().All(IsCall))
            {
                return ParseError();
            }
            var replies = new List<string>();
            foreach (var call in root.EnumerateArray())
            {
                if (await AnswerCallAsync(call, ct) is { } reply)
                {
                    replies.Add(reply);
                }
            }
            return replies.Count == 0 ? null : $"[{string.Join(',', replies)}]";
        }
    }

    private async ValueTask<string?> AnswerCallAsync(JsonElement call, CancellationToken ct)
    {
        var hasId = call.TryGetProperty("id", out var id);
        var idText = hasId ? id.GetRawText() : "null";
        if (!IsWellFormed(call))
        {
            return Failure(new JsonRpcException(JsonRpcException.InvalidRequest, "Invalid request"), idText, versioned: true);
        }
        if (!hasId)
        {
            // A notification: every handler of the real server is registered as a method, so nothing runs.
            return null;
        }
        if (!call.TryGetProperty("jsonrpc", out var version) || version.ValueKind == JsonValueKind.Null)
        {
            return Failure(new JsonRpcException(JsonRpcException.InvalidRequest, "Unsupported JSON-RPC protocol version"), idText, versioned: false);
        }
        if (find(call.GetProperty("method").GetString()!) is not { } method)
        {
            return Failure(new JsonRpcException(JsonRpcException.MethodNotFound, "Method not found"), idText, versioned: true);
        }
        try
        {
            call.TryGetProperty("params", out var parameters);
            var result = await method(parameters, ct);
            return $$"""{"jsonrpc":"2.0","result":{{result?.ToJsonString(Compact) ?? "null"}},"id":{{idText}}}""";
        }
        catch (JsonRpcException error)
        {
            return Failure(error, idText, versioned: true);
        }
    }

    // Whether the text is a call of any kind, an invalid one included: an object whose id, if it has one, is of an allowed type.
    private static bool IsCall(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object && (!element.TryGetProperty("id", out var id) || id.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.String => true,
            JsonValueKind.Number => ulong.TryParse(id.GetRawText(), NumberStyles.None, CultureInfo.InvariantCulture, out _),
            _ => false,
        });

    private static bool IsWellFormed(JsonElement call)
    {
        if (call.EnumerateObject().Any(member => member.Name is not ("jsonrpc" or "method" or "params" or "id")))
        {
            return false;
        }
        var versionFits = !call.TryGetProperty("jsonrpc", out var version) || version.ValueKind == JsonValueKind.Null
            || (version.ValueKind == JsonValueKind.String && version.ValueEquals("2.0"));
        var methodFits = call.TryGetProperty("method", out var method) && method.ValueKind == JsonValueKind.String;
        var paramsFit = !call.TryGetProperty("params", out var parameters)
            || parameters.ValueKind is JsonValueKind.Null or JsonValueKind.Array or JsonValueKind.Object;
        return versionFits && methodFits && paramsFit;
    }

    private static string ParseError() => Failure(new JsonRpcException(JsonRpcException.Parse, "Parse error"), "null", versioned: true);

    private static string Failure(JsonRpcException error, string idText, bool versioned)
    {
        var text = new StringBuilder(versioned ? """{"jsonrpc":"2.0","error":""" : """{"error":""");
        text.Append(CultureInfo.InvariantCulture, $$"""{"code":{{error.Code}},"message":{{JsonSerializer.Serialize(error.Message, Compact)}}""");
        if (error.Details is { } details)
        {
            text.Append(CultureInfo.InvariantCulture, $",\"data\":{details.ToJsonString(Compact)}");
        }
        return text.Append(CultureInfo.InvariantCulture, $"}},\"id\":{idText}}}").ToString();
    }
}
