using Failover.Identities;

namespace Failover.Simulation;

/// <summary>The simulator itself: it repeats itself, and it sees what it is there to see.</summary>
[Collection(SimulationCollection.Name)]
public class SimulationTests
{
    [Fact]
    public async Task The_same_simulation_happens_the_same_way_twice()
    {
        List<string[]> runs = [];
        for (var run = 0; run < 2; run++)
        {
            await SimulatedPair.RunAsync(async pair =>
            {
                pair.B.Validator.Fail(AdminCall.SetIdentity, AdminFault.HangForGood);
                await pair.HandOverAsync(pair.A, pair.B);
                pair.B.Validator.Hangs = false;
                pair.B.Validator.Heal();
                pair.B.Validator.StartAtOnce();
                await pair.PassAsync(TimeSpan.FromSeconds(2));
                await pair.HandOverAsync(pair.A, pair.B);
                runs.Add([.. pair.Happened]);
            });
        }

        Assert.Equal(runs[0], runs[1]);
    }

    [Fact]
    public async Task Two_voters_at_once_are_seen()
    {
        var broken = await Assert.ThrowsAsync<InvariantBrokenException>(() => SimulatedPair.RunAsync(async pair =>
        {
            pair.Oracle.NobodyMeddles = false;
            pair.B.Disk.Create(pair.B.TowerPath, pair.A.Disk.BytesOf(pair.A.TowerPath)!, null);
            pair.B.Validator.RecordByHand(pair.Cluster.Staked.Public);
            await pair.PassAsync(TimeSpan.FromSeconds(5));
        }));

        Assert.Contains("node-a and node-b can vote with S at once", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_claimants_at_once_are_seen()
    {
        var broken = await Assert.ThrowsAsync<InvariantBrokenException>(() => SimulatedPair.RunAsync(async pair =>
        {
            pair.B.Validator.RecordByHand(pair.Cluster.Staked.Public);
            await pair.PassAsync(TimeSpan.FromSeconds(1));
        }));

        Assert.Contains("node-a and node-b both claim S", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_that_would_make_a_second_voter_after_a_loss_of_power_is_seen()
    {
        var broken = await Assert.ThrowsAsync<InvariantBrokenException>(() => SimulatedPair.RunAsync(async pair =>
        {
            pair.B.Disk.Delete(pair.B.Config.IdentityLink);
            pair.B.Disk.CreateSymlink(pair.B.Config.IdentityLink, pair.B.Config.StakedKeypair);
            pair.B.Disk.WriteBack();
            await pair.PassAsync(TimeSpan.FromSeconds(1));
        }));

        Assert.Contains("a loss of power would bring node-b back with S", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vote_from_a_stale_record_is_seen()
    {
        var broken = await Assert.ThrowsAsync<InvariantBrokenException>(() => SimulatedPair.RunAsync(async pair =>
        {
            pair.Oracle.NobodyMeddles = false;
            pair.B.Disk.Create(pair.B.TowerPath, pair.A.Disk.BytesOf(pair.A.TowerPath)!, null);
            await pair.PassAsync(TimeSpan.FromSeconds(5));
            pair.A.Validator.Stop();
            pair.B.Validator.RecordByHand(pair.Cluster.Staked.Public);
            await pair.PassAsync(TimeSpan.FromSeconds(5));
        }));

        Assert.Contains("it lacks node-a's vote", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_published_guide_is_seen_to_be_unsafe()
    {
        // Identity first, then the copy, as fast as a script can: the late vote is missing from it.
        await Assert.ThrowsAsync<InvariantBrokenException>(() => SimulatedPair.RunAsync(async pair =>
        {
            await pair.UntilAsync(() => pair.Cluster.Votes.Count % 5 == 0);
            await pair.PassAsync(TimeSpan.FromMilliseconds(200));
            await pair.A.Validator.SetIdentityAsync(HeldIdentity.Unstaked, Validators.RecordRequirement.None, CancellationToken.None);
            pair.B.Disk.Create(pair.B.TowerPath, pair.A.Disk.BytesOf(pair.A.TowerPath)!, null);
            await pair.B.Validator.SetIdentityAsync(HeldIdentity.Staked, Validators.RecordRequirement.Tower, CancellationToken.None);
            await pair.PassAsync(TimeSpan.FromSeconds(5));
        }));
    }

    [Fact]
    public void A_loss_of_power_takes_what_was_not_synced()
    {
        var disk = new SimulatedDisk(_ => { });
        disk.Create("/state/kept", [1], null);
        disk.Sync("/state/kept");
        disk.SyncFolder("/state");
        disk.Create("/state/kept", [2], null);
        disk.Create("/state/content-only", [3], null);
        disk.Sync("/state/content-only");
        disk.Create("/other/name-only", [4], null);
        disk.SyncFolder("/other");
        disk.Rename("/state/kept", "/state/renamed");

        disk.Crash();

        Assert.Equal([1], disk.BytesOf("/state/kept")!);
        Assert.Null(disk.Stat("/state/renamed"));
        Assert.Null(disk.Stat("/state/content-only"));
        Assert.Empty(disk.BytesOf("/other/name-only")!);
    }
}
