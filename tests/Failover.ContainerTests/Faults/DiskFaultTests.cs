using Failover.ContainerTests.Worlds;

namespace Failover.ContainerTests.Faults;

/// <summary>Disks that are full, or that have become read-only, in the middle. They stay so for a while, and are as before then.</summary>
public sealed class DiskFaultTests(SharedWorld shared) : FaultTest(shared)
{
    protected override WorldOptions Options => base.Options with { SmallDisks = [NodeContainer.Ledger, NodeContainer.StateFolder] };

    [Theory(Timeout = Limit)]
    [InlineData("target.prepared.before", "target", NodeContainer.StateFolder, Unchanged)]
    [InlineData("target.promoting.before", "target", NodeContainer.StateFolder, WentBack)]
    [InlineData("target.promoting.before", "target", NodeContainer.Ledger, WentBack)]
    [InlineData("target.set-identity-staked.before", "target", NodeContainer.StateFolder, Completed)]
    [InlineData("source.demoting.before", "source", NodeContainer.StateFolder, Unchanged)]
    [InlineData("source.seal.after", "source", NodeContainer.StateFolder, WentBack)]
    public async Task A_disk_that_is_full_ends_with_one_voter(string at, string node, string folder, string endings)
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await WorldAsync(ct);
        var handoff = await world.BeginAsync(ct, at);
        var disturbed = node == "source" ? handoff.Source : handoff.Target;

        await disturbed.FillAsync(folder, ct);
        await handoff.GoOnAsync(ct);
        await handoff.StayAsync(ct);
        await disturbed.MakeRoomAsync(folder, ct);

        AssertEnding(endings, await handoff.EndAsync(ct));
    }

    [Theory(Timeout = Limit)]
    [InlineData("target.promoting.before", NodeContainer.StateFolder, WentBack)]
    [InlineData("target.promoting.before", NodeContainer.Ledger, WentBack)]
    [InlineData("target.set-identity-staked.before", NodeContainer.StateFolder, Completed)]
    public async Task A_disk_of_the_target_that_becomes_read_only_ends_with_one_voter(string at, string folder, string endings)
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await WorldAsync(ct);
        var handoff = await world.BeginAsync(ct, at);

        await handoff.Target.MakeReadOnlyAsync(folder, ct);
        await handoff.GoOnAsync(ct);
        await handoff.StayAsync(ct);
        await handoff.Target.MakeWritableAsync(folder, ct);

        AssertEnding(endings, await handoff.EndAsync(ct));
    }

    [Theory(Timeout = Limit)]
    [InlineData(NodeContainer.Ledger)]
    [InlineData(NodeContainer.StateFolder)]
    public async Task A_target_without_room_is_not_handed_anything(string folder)
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await WorldAsync(ct);
        await world.Standby.FillAsync(folder, ct);

        var said = await world.OperateAsync("handoff", "--to", world.Standby.Name, "--now", "--yes");

        await world.Standby.MakeRoomAsync(folder, ct);
        Assert.Equal(3, said.GetProperty("exit_code").GetInt32());
        await world.CheckAsync(Unchanged, ct);
    }
}
