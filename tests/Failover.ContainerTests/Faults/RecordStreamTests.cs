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

    private static readonly string[] Sides = ["before", "after"];

    [Fact(Timeout = 2 * Limit)]
    public async Task A_stream_that_is_cut_at_any_record_of_the_commit_phase_ends_with_one_voter()
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await WorldAsync(ct);
        var clean = await CleanAsync(world, CommitBegins, ct);

        var endings = await CutEverywhereAsync(world, CommitBegins, clean.Up, clean.Down, ct);

        Assert.Contains(WentBack, endings);
        Assert.Contains(Completed, endings);
        Assert.DoesNotContain(Unchanged, endings);
    }

    [Fact(Timeout = 2 * Limit)]
    public async Task A_stream_that_is_cut_at_any_record_of_prepare_changes_nothing_and_leaves_nobody_locked()
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await WorldAsync(ct);
        var commit = await CleanAsync(world, CommitBegins, ct);
        var all = await CleanAsync(world, PrepareBegins, ct);

        var endings = await CutEverywhereAsync(world, PrepareBegins, all.Up - commit.Up, all.Down - commit.Down, ct);

        Assert.Contains(Unchanged, endings);
    }

    /// <summary>Cuts at each of so many records, with a handoff for each: before it, and behind it. Returns how they ended.</summary>
    private static async Task<List<string>> CutEverywhereAsync(FaultWorld world, string from, int up, int down, CancellationToken ct)
    {
        var endings = new List<string>();
        var cut = 0;
        foreach (var (way, record, side) in Places("up", up).Concat(Places("down", down)))
        {
            var handoff = await world.BeginAsync(ct, from);
            var earlier = await handoff.CountedAsync("there", ct);
            await handoff.NetworkAsync(ct, $"cut-at there {way} records {record} {side}");
            await handoff.GoOnAsync(ct);
            endings.Add(await handoff.EndAsync(ct));
            var now = await handoff.CountedAsync("there", ct);
            await world.Proxy.HealAsync(ct);
            cut += now.Cuts - earlier.Cuts;
            TestContext.Current.TestOutputHelper?.WriteLine($"{side} record {record} {way}: {(now.Cuts > earlier.Cuts ? "cut" : "not reached")}, {endings[^1]}");
        }
        // How many records there are depends a little on how long each step takes: pings go over the same stream.
        Assert.True(cut > endings.Count / 2, $"of {endings.Count} handoffs only {cut} were cut");
        return endings;
    }

    private static IEnumerable<(string Way, int Record, string Side)> Places(string way, int records) =>
        Enumerable.Range(1, records).SelectMany(record => Sides.Select(side => (way, record, side)));

    /// <summary>How many records there are from the point to the end when nothing is wrong.</summary>
    private static async Task<Traffic> CleanAsync(FaultWorld world, string from, CancellationToken ct)
    {
        while (true)
        {
            var handoff = await world.BeginAsync(ct, from);
            await handoff.NetworkAsync(ct, "count there");
            await handoff.GoOnAsync(ct);
            await handoff.Operators;
            var clean = await handoff.CountedAsync("there", ct);
            // So soon after the one before, the checks may find the nodes not ready yet.
            if (await handoff.EndAsync(ct) == Completed)
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"from {from} on: {clean}");
                Assert.True(clean is { Up: > 2, Down: > 2 }, $"{clean}");
                return clean;
            }
        }
    }
}
