using System.Net;
using FakeCluster.Oracle;
using FakeCluster.World;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace FakeCluster.Control;

/// <summary>How a test in another process reads and disturbs the cluster.</summary>
public static class ControlApi
{
    public static WebApplication Create(ClusterWorld world, IPEndPoint address)
    {
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]); // A watch on settings that there are none of is one less for others.
        builder.Logging.ClearProviders(); // Standard output is for the line that says where we listen.
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address));
        var app = builder.Build();

        app.MapGet("/state", () => Results.Json(world.State));
        app.MapGet("/oracle", (int? declared) => Results.Json(world.Oracle.Judge(declared), OracleJson.Default.Verdict));
        app.MapGet("/verdict", (int? declared) => Results.Text(world.Oracle.Judge(declared).Text + "\n"));
        app.MapGet("/gap", (ulong? since) => Results.Json(world.Oracle.Judge().Gaps.Where(gap => gap.FirstSlot >= (since ?? 0))));
        app.MapPost("/stall", (double? seconds) => Done(() => world.Stall(seconds is { } s ? TimeSpan.FromSeconds(s) : null)));
        app.MapPost("/resume", () => Done(world.Resume));
        app.MapPost("/cut", (string host, string? mode) =>
            Enum.TryParse<CutMode>(mode ?? nameof(CutMode.Queue), ignoreCase: true, out var cut)
                ? Done(() => world.Cut(host, cut))
                : Results.BadRequest($"mode is queue or lose, not {mode}"));
        app.MapPost("/heal", (string host) => Done(() => world.Heal(host)));
        app.MapPost("/slot-ms", (double value) =>
            value > 0 ? Done(() => world.SetSlotTime(TimeSpan.FromMilliseconds(value))) : Results.BadRequest("value must be above 0"));
        app.MapPost("/handoff", (string to) => Done(() => world.MarkHandoff(to)));
        return app;
    }

    public static string AddressOf(WebApplication app)
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new Uri(addresses.First()).Authority;
    }

    private static IResult Done(Action act)
    {
        act();
        return Results.NoContent();
    }
}
