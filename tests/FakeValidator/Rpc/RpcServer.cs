using System.Net;
using System.Text;
using FakeValidator.Admin;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace FakeValidator.Rpc;

/// <summary>The HTTP side of JSON-RPC: POST with JSON, a newline behind every answer, and the real server's ways of saying no.</summary>
public sealed class RpcServer(IPEndPoint address, JsonRpcEnvelope envelope, RpcMethods methods, ClientKind client) : IAsyncDisposable
{
    // jsonrpc-http-server's default for Agave is 50 kB.
    private const int MaxBody = 50 * 1024;

    private WebApplication? _app;

    /// <summary>Starts listening and returns the address that was bound.</summary>
    public async Task<IPEndPoint> StartAsync(CancellationToken ct)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(address);
        });
        // No console lifetime: SIGTERM is to end the process at once.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        _app = builder.Build();
        _app.Run(AnswerAsync);
        await _app.StartAsync(ct);
        var bound = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return IPEndPoint.Parse(new Uri(bound).Authority);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var request = http.Request;
        if (HttpMethods.IsGet(request.Method) && request.Path == "/health")
        {
            await WriteAsync(http, StatusCodes.Status200OK, "text/plain", methods.HealthWord());
        }
        else if (!HttpMethods.IsPost(request.Method))
        {
            await WriteAsync(http, StatusCodes.Status405MethodNotAllowed, "text/plain", "Used HTTP Method is not allowed. POST or OPTIONS is required\n");
        }
        else if (request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) != true)
        {
            await WriteAsync(
                http, StatusCodes.Status415UnsupportedMediaType, "text/plain", "Supplied content type is not allowed. Content-Type: application/json is required\n");
        }
        else if (request.ContentLength > MaxBody)
        {
            await WriteAsync(http, StatusCodes.Status413PayloadTooLarge, "text/plain", "Request body too large\n");
        }
        else
        {
            await AnswerCallAsync(http);
        }
    }

    private async Task AnswerCallAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(http.RequestAborted);
        if (client == ClientKind.Firedancer && RpcMethods.IsMissingInFiredancer(body))
        {
            await WriteAsync(http, StatusCodes.Status501NotImplemented, "text/plain", string.Empty);
            return;
        }
        var answer = await envelope.AnswerAsync(body, http.RequestAborted);
        await WriteAsync(http, StatusCodes.Status200OK, "application/json; charset=utf-8", answer is null ? string.Empty : answer + "\n");
    }

    private static async Task WriteAsync(HttpContext http, int status, string contentType, string text)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = contentType;
        var bytes = Encoding.UTF8.GetBytes(text);
        http.Response.ContentLength = bytes.Length;
        await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
