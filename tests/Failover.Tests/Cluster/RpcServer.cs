using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Failover.Tests.Cluster;

/// <summary>What a node answers: a status and a body in which <c>$id</c> stands for the call's number.</summary>
internal sealed record RpcResponse(int Status, string Body)
{
    public static RpcResponse Result(string json) => new(200, $$"""{"jsonrpc":"2.0","result":{{json}},"id":$id}""" + "\n");

    public static RpcResponse Error(string json) => new(200, $$"""{"jsonrpc":"2.0","error":{{json}},"id":$id}""" + "\n");
}

/// <summary>A real HTTP server that answers every call as the test says, and remembers what was asked.</summary>
internal sealed class RpcServer : IDisposable
{
    private readonly HttpListener _listener = Listen();

    public RpcServer(Func<string, RpcResponse> answer)
    {
        Url = new Uri(_listener.Prefixes.Single());
        _ = ServeAsync(answer);
    }

    public Uri Url { get; }

    /// <summary>The bodies of the requests.</summary>
    public List<string> Asked { get; } = [];

    public void Dispose() => _listener.Close();

    private static HttpListener Listen()
    {
        // HttpListener cannot be asked for any free port.
        while (true)
        {
            var listener = new HttpListener();
            listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Random.Shared.Next(20_000, 60_000)}/"));
            try
            {
                listener.Start();
                return listener;
            }
            catch (HttpListenerException)
            {
                listener.Close();
            }
        }
    }

    private async Task ServeAsync(Func<string, RpcResponse> answer)
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            using var reader = new StreamReader(context.Request.InputStream);
            var body = await reader.ReadToEndAsync();
            Asked.Add(body);
            using var request = JsonDocument.Parse(body);
            var response = answer(request.RootElement.GetProperty("method").GetString()!);
            var text = response.Body.Replace("$id", request.RootElement.GetProperty("id").GetRawText(), StringComparison.Ordinal);
            context.Response.StatusCode = context.Request.ContentType == "application/json" ? response.Status : 415;
            try
            {
                await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or IOException)
            {
                // The client has seen enough.
            }
        }
    }
}
