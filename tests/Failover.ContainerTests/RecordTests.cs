using Failover.ContainerTests.Images;
using Failover.ContainerTests.Worlds;
using Failover.Records;
using Failover.Records.Towers;

namespace Failover.ContainerTests;

/// <summary>Records that nobody may vote from: the handoff does not begin, and the operator is told which file of which machine is at fault.</summary>
public sealed class RecordTests(Engine engine) : ContainerTest(engine)
{
    private static readonly byte[] Garbage = [.. Enumerable.Repeat((byte)0xee, 2_319)];

    [Fact(Timeout = Limit)]
    public async Task A_damaged_record_on_the_target_is_named_and_nothing_begins()
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await StartAsync(ct);
        await world.Tokyo.Container.WriteSecretAsync(world.Tokyo.StakedTower, Garbage, ct);

        var result = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes");

        Assert.True(result.ExitCode == 3, $"{result}");
        Assert.Contains($"The check record-readable fails: tokyo: {world.Tokyo.StakedTower} is refused by the test known-version", result.Text, StringComparison.Ordinal);
        Assert.Contains("move the damaged file aside, unless this node voted last", result.Text, StringComparison.Ordinal);
        Assert.Contains("nothing about voting was changed, and both nodes are free again.", result.Text, StringComparison.Ordinal);
        await world.AssertActiveAsync(world.London, switches: 0, ct);
    }

    [Fact(Timeout = Limit)]
    public async Task A_damaged_record_on_the_source_is_named_and_nothing_begins()
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await StartAsync(ct);
        // Else the validator's next vote would replace the damaged file at once.
        await world.London.ControlAsync(ct, "hold", "before-store", "on");
        await world.London.Container.WriteSecretAsync(world.London.StakedTower, [], ct);

        var result = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes");

        Assert.True(result.ExitCode == 3, $"{result}");
        Assert.Contains($"london: {world.London.StakedTower} is refused by the test header-is-complete", result.Text, StringComparison.Ordinal);
        Assert.Contains("source-has-voting-record", result.Text, StringComparison.Ordinal);
        Assert.Contains("nothing about voting was changed, and both nodes are free again.", result.Text, StringComparison.Ordinal);
        await world.London.ControlAsync(ct, "hold", "before-store", "off");
        await world.AssertActiveAsync(world.London, switches: 0, ct);
    }

    [Fact(Timeout = Limit)]
    public async Task A_record_on_the_target_that_is_newer_than_the_sources_is_never_replaced()
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await StartAsync(ct);
        var newer = new TowerVotes(root: 1);
        newer.Record(await world.Cluster.SlotAsync(ct) + 100_000, Hash.Of("bank"u8), Hash.Of("block"u8), unixSeconds: 1_700_000_000);
        var file = TowerWriter.Write(world.Staked, newer.Snapshot());
        await world.Tokyo.Container.WriteSecretAsync(world.Tokyo.StakedTower, file, ct);

        var result = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes");

        Assert.True(result.ExitCode == 3, $"{result}");
        Assert.Contains("The check target-record-not-newer fails: newer than the source's:", result.Text, StringComparison.Ordinal);
        Assert.Contains("tokyo has votes that london lacks: find out who voted last before anything else", result.Text, StringComparison.Ordinal);
        Assert.Equal(file, await world.Tokyo.Container.ReadFileAsync(world.Tokyo.StakedTower, ct));
        await world.AssertActiveAsync(world.London, switches: 0, ct);
    }
}
