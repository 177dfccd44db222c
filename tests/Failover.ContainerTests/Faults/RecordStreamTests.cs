using Failover.ContainerTests.Worlds;

namespace Failover.ContainerTests.Faults;

/// <summary>
/// The stream between the agents, cut between any two of its messages, in both directions. It is encrypted, so that records of TLS stand for messages: HTTP/2 writes what it
/// has to say as one record.
/// </summary>
public sealed class RecordStreamTests(SharedWorld shared) : FaultTest(shared)
{
    // The target is locked, the source not yet: the stream is about to be opened.
    private const string PrepareBegins = "target.prepared.after";
    private const string CommitBegins = "source.demoting.before";

    [Fact(Timeout = 2 * Limit)]
    public async Task A_stream_that_is_cut_at_any_record_of_the_commit_phase_ends_with_one_voter()
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await WorldAsync(ct);
        var clean = await CleanCommitAsync(world, ct);

        var endings = new List<string>();
        var cuts = 0;
        foreach (var place in Places(clean, "before", "after"))
        {
            var handoff = await world.BeginAsync(ct, CommitBegins);
            var earlier = await handoff.CountedAsync("there", ct);
            await handoff.NetworkAsync(ct, place);
            await handoff.GoOnAsync(ct);
            endings.Add(await handoff.EndAsync(ct));
            var cut = (await handoff.CountedAsync("there", ct)).Cuts - earlier.Cuts;
            await world.Proxy.HealAsync(ct);
            cuts += cut;
            Tell($"{place}: {(cut > 0 ? "cut" : "not reached")}, {endings[^1]}");
        }

        // How many records there are depends a little on how long each step takes: pings go over the same stream.
        Assert.True(cuts > endings.Count / 2, $"of {endings.Count} handoffs only {cuts} were cut");
        Assert.Contains(WentBack, endings);
        Assert.Contains(Completed, endings);
        Assert.DoesNotContain(Unchanged, endings);
    }

    [Fact(Timeout = 2 * Limit)]
    public async Task A_stream_that_is_cut_behind_any_record_of_prepare_changes_nothing_and_leaves_nobody_locked()
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await WorldAsync(ct);
        var clean = await CleanPrepareAsync(world, ct);

        var (handoffs, unchanged) = (0, 0);
        foreach (var place in Places(clean, "after"))
        {
            var handoff = await world.BeginAsync(ct, PrepareBegins);
            await handoff.ArmAsync(CommitBegins, ct);
            await handoff.NetworkAsync(ct, place);
            await handoff.GoOnAsync(ct);
            var prepared = await handoff.ComesToAsync(CommitBegins, ct);
            await world.Proxy.HealAsync(ct);
            handoffs++;
            if (prepared)
            {
                // The last of its records, or this time there were fewer.
                await handoff.GoOnFromAsync(CommitBegins, ct);
                Tell($"{place}: prepared, {await handoff.EndAsync(ct)}");
            }
            else
            {
                Assert.Equal((place, Unchanged), (place, await handoff.SettleAsync(ct)));
                unchanged++;
            }
        }

        await world.CheckAsync(Unchanged, ct);
        Tell($"of {handoffs} handoffs {unchanged} ended in prepare");
        Assert.True(unchanged > handoffs / 2, $"of {handoffs} handoffs only {unchanged} ended in prepare");
    }

    /// <summary>What the proxy is told: to cut at each of so many records, on each side of it.</summary>
    private static IEnumerable<string> Places(Traffic clean, params string[] sides) =>
        from way in (IEnumerable<(string Name, int Records)>)[("up", clean.Up), ("down", clean.Down)]
        from record in Enumerable.Range(1, way.Records)
        from side in sides
        select $"cut-at there {way.Name} records {record} {side}";

    /// <summary>How many records the commit phase has when nothing is wrong.</summary>
    private static async Task<Traffic> CleanCommitAsync(FaultWorld world, CancellationToken ct)
    {
        var handoff = await world.BeginAsync(ct, CommitBegins);
        await handoff.NetworkAsync(ct, "count there");
        await handoff.GoOnAsync(ct);
        await handoff.Operators;
        var clean = await handoff.CountedAsync("there", ct);
        AssertEnding(Completed, await handoff.EndAsync(ct));
        return Told("commit", clean);
    }

    private static async Task<Traffic> CleanPrepareAsync(FaultWorld world, CancellationToken ct)
    {
        while (true)
        {
            var handoff = await world.BeginAsync(ct, PrepareBegins);
            await handoff.ArmAsync(CommitBegins, ct);
            await handoff.NetworkAsync(ct, "count there");
            await handoff.GoOnAsync(ct);
            // So soon after the one before, the checks may find the nodes not ready yet.
            if (!await handoff.ComesToAsync(CommitBegins, ct))
            {
                AssertEnding(Unchanged, await handoff.EndAsync(ct));
                continue;
            }
            var clean = await handoff.CountedAsync("there", ct);
            await handoff.GoOnFromAsync(CommitBegins, ct);
            AssertEnding(Completed, await handoff.EndAsync(ct));
            return Told("prepare", clean);
        }
    }

    private static Traffic Told(string phase, Traffic clean)
    {
        Tell($"{phase}: {clean}");
        // Not how many: what is said in one breath, as on a busy machine, goes as one record.
        Assert.True(clean is { Up: > 0, Down: > 0 }, $"{clean}");
        return clean;
    }

    private static void Tell(string words) => TestContext.Current.TestOutputHelper?.WriteLine(words);
}
