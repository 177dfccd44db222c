using System.Globalization;

namespace Failover.Lab;

/// <summary>The demo: everything real but the cluster and the validators. A dry run, a handoff there, a handoff back, and the judge's word.</summary>
public static class Demo
{
    public static async Task<int> RunAsync(LabOptions options, CancellationToken ct)
    {
        Say("Starting a fake cluster, two fake validators and their agents (all on this machine)");
        await using var world = await LabWorld.StartAsync(options, withAgents: true, ct);
        var (first, second) = (world.Nodes[0].Name, world.Nodes[1].Name);
        await world.PassVotesAsync(5, ct);

        Say("failover status");
        if (await world.FailoverHereAsync(ct, "status") is not 0 and var notReady)
        {
            return notReady;
        }
        foreach (var arguments in new[]
        {
            (string[])["handoff", "--to", second, "--now", "--dry-run"],
            ["handoff", "--to", second, "--now", "--yes"],
            ["handoff", "--to", first, "--now", "--yes"],
        })
        {
            Say($"failover {string.Join(' ', arguments)}");
            if (await world.FailoverHereAsync(ct, arguments) is not 0 and var failed)
            {
                return failed;
            }
            await world.PassVotesAsync(5, ct);
        }
        Say("The judge's verdict (it shares no code with the product, and saw every vote and block)");
        await Console.Out.WriteLineAsync(await world.Cluster.VerdictTextAsync(2, ct));
        var verdict = await world.Cluster.JudgeAsync(2, ct);
        foreach (var gap in verdict.Gaps)
        {
            await Console.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"vote gap {gap.FromHost} -> {gap.ToHost}: {gap.RawGap} slots, {gap.Milliseconds:0} ms"));
        }
        return verdict is { Safe: true, Vacuous: false, Switches: 2 } ? 0 : 1;
    }

    private static void Say(string text) => Console.WriteLine($"\n── {text}");
}
