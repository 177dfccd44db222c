using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Failover.Cluster;

/// <summary>A JSON-RPC error object of a cluster node.</summary>
internal sealed record RpcError(long Code, string Message, JsonElement Data);

/// <summary>What a node answered: a result, an error, or that it does not have the method.</summary>
internal sealed record RpcAnswer(JsonElement Result, RpcError? Error)
{
    private const int MethodNotFound = -32601;

    /// <summary>Firedancer's answer to a method that it lacks is HTTP 501.</summary>
    public static readonly RpcAnswer NotImplemented =
        new(default, new RpcError(MethodNotFound, "the node does not have this method (HTTP status 501)", default));

    public bool IsMissingMethod => Error?.Code == MethodNotFound;
}

/// <summary>Carries one JSON-RPC call over HTTP and reads the envelope of its answer. Thread-safe.</summary>
internal sealed class RpcChannel(HttpClient http, SolanaRpcOptions options, TimeProvider time)
{
    private const int ShownBytes = 120;

    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private long _lastId;

    /// <summary>The host only: paths and queries of RPC addresses often are the key to a paid service.</summary>
    public string Node { get; } = $"{options.Url.Scheme}://{options.Url.Authority}";

    public async Task<RpcAnswer> AskAsync(string method, Action<Utf8JsonWriter>? parameters, CancellationToken ct)
    {
        using var timeout = new CancellationTokenSource(options.Timeout, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ct);
        var id = (ulong)Interlocked.Increment(ref _lastId);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, options.Url) { Content = Body(method, parameters, id) };
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            if (response.StatusCode == HttpStatusCode.NotImplemented)
            {
                return RpcAnswer.NotImplemented;
            }
            var body = await ReadAsync(response, method, deadline.Token);
            return response.StatusCode == HttpStatusCode.OK
                ? Parse(method, body, id)
                : throw Failure(method, $"HTTP status {(int)response.StatusCode}{Shown(body)}");
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw Failure(method, $"no answer within {options.Timeout.TotalSeconds} s", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw Failure(method, e.Message, e);
        }
    }

    public RpcFailedException Failure(string method, string what, Exception? inner = null) =>
        new(method, $"{method} of {Node}: {what}", inner);

    private async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage response, string method, CancellationToken ct)
    {
        using var stream = await response.Content.ReadAsStreamAsync(ct);
        var body = new ArrayBufferWriter<byte>();
        while (true)
        {
            var read = await stream.ReadAsync(body.GetMemory(16 * 1024), ct);
            if (read == 0)
            {
                return body.WrittenMemory;
            }
            body.Advance(read);
            if (body.WrittenCount > options.LongestAnswer)
            {
                throw Failure(method, $"the answer is longer than {options.LongestAnswer} bytes");
            }
        }
    }

    private RpcAnswer Parse(string method, ReadOnlyMemory<byte> body, ulong id)
    {
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(body, JsonMembers.Strict);
            root = document.RootElement.Clone();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Failure(method, $"the answer is not JSON{Shown(body)}", e);
        }
        var hasResult = root.TryMember("result", out var result);
        var hasError = root.TryMember("error", out var error);
        if (hasResult == hasError)
        {
            throw Failure(method, $"the answer needs either a result or an error{Shown(body)}");
        }
        if (!root.TryMember("id", out var answered) || !answered.TryNumber(out var number) || number != id)
        {
            throw Failure(method, $"the answer belongs to another call{Shown(body)}");
        }
        if (hasResult)
        {
            return new RpcAnswer(result, null);
        }
        return error.TryMember("code", out var code) && code.ValueKind == JsonValueKind.Number && code.TryGetInt64(out var errorCode)
            && error.TryMember("message", out var message) && message.TryText(out var words)
                ? new RpcAnswer(default, new RpcError(errorCode, words, error.TryMember("data", out var data) ? data : default))
                : throw Failure(method, $"the error in the answer has no code and message{Shown(body)}");
    }

    private static ReadOnlyMemoryContent Body(string method, Action<Utf8JsonWriter>? parameters, ulong id)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            json.WriteNumber("id", id);
            json.WriteString("method", method);
            json.WriteStartArray("params");
            parameters?.Invoke(json);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return new ReadOnlyMemoryContent(buffer.WrittenMemory) { Headers = { ContentType = Json } };
    }

    // The start of what came, on one line: enough to recognise a proxy's error page.
    private static string Shown(ReadOnlyMemory<byte> body)
    {
        var text = new StringBuilder(Encoding.UTF8.GetString(body.Span[..Math.Min(body.Length, ShownBytes)]));
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]))
            {
                text[i] = ' ';
            }
        }
        return body.IsEmpty ? " (empty)" : $": \"{text}{(body.Length > ShownBytes ? "…" : "")}\"";
    }
}
