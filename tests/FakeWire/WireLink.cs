using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FakeWire;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(WireMessage))]
public sealed partial class WireJson : JsonSerializerContext;

/// <summary>Reads and writes <see cref="WireMessage"/> lines on a stream. Writes are serialised; one reader.</summary>
public sealed class WireLink(Stream stream) : IAsyncDisposable
{
    private readonly StreamReader _reader = new(stream, Encoding.UTF8, leaveOpen: true);
    private readonly SemaphoreSlim _writing = new(1, 1);

    public async Task SendAsync(WireMessage message, CancellationToken ct)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(message, WireJson.Default.WireMessage);
        await _writing.WaitAsync(ct);
        try
        {
            await stream.WriteAsync(line, ct);
            await stream.WriteAsync("\n"u8.ToArray(), ct);
            await stream.FlushAsync(ct);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Null at the end of the stream.</summary>
    public async Task<WireMessage?> ReceiveAsync(CancellationToken ct)
    {
        var line = await _reader.ReadLineAsync(ct);
        return line is null ? null : JsonSerializer.Deserialize(line, WireJson.Default.WireMessage);
    }

    public async ValueTask DisposeAsync()
    {
        _reader.Dispose();
        _writing.Dispose();
        await stream.DisposeAsync();
    }
}
