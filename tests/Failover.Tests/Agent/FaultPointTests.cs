using Failover.Agent.Faults;
using Failover.Agent.Hosting;
using Failover.Agents;
using Failover.Disks;
using Failover.Handoff;
using Failover.Protocol.Clients;
using Failover.Tests.Disks;
using Failover.Tests.Protocol;
using Failover.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Failover.Tests.Agent;

/// <summary>The fault points themselves; what they are for is in the process tests' fault grid.</summary>
public sealed class FaultPointTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly LinuxDisk _disk = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Without_the_variable_nothing_is_put_around_disk_validator_and_peers()
    {
        Assert.Null(Environment.GetEnvironmentVariable(FaultPoints.Variable));
        using var pki = new TestPki();
        await using var agent = await TestAgent.StartAsync(pki, faults: FaultPoints.FromEnvironment());
        var machine = agent.Services.GetRequiredService<MachineParts>();
        Assert.IsType<LinuxDisk>(machine.Disk);
        Assert.IsNotType<FaultyValidator>(machine.Validator);
        Assert.IsType<Peers>(agent.Services.GetRequiredService<IPeers>());
        Assert.Null(agent.Services.GetService<FaultPoints>());
    }

    [Fact]
    public async Task With_the_variable_there_are_points_around_all_three_and_an_agent_with_none_armed_runs_on()
    {
        using var pki = new TestPki();
        await using var agent = await TestAgent.StartAsync(pki, faults: new FaultPoints(_folder.Path));
        var machine = agent.Services.GetRequiredService<MachineParts>();
        Assert.IsType<FaultyDisk>(machine.Disk);
        Assert.IsType<FaultyValidator>(machine.Validator);
        Assert.IsType<FaultyPeers>(agent.Services.GetRequiredService<IPeers>());
    }

    [Theory]
    [InlineData(HandoffRole.Source, HandoffPhase.Prepared, HandoffEnding.Unknown)]
    [InlineData(HandoffRole.Source, HandoffPhase.Demoting, HandoffEnding.Unknown)]
    [InlineData(HandoffRole.Source, HandoffPhase.HandedOver, HandoffEnding.Unknown)]
    [InlineData(HandoffRole.Source, HandoffPhase.Reclaiming, HandoffEnding.Unknown)]
    [InlineData(HandoffRole.Source, HandoffPhase.Ended, HandoffEnding.Unchanged)]
    [InlineData(HandoffRole.Source, HandoffPhase.Ended, HandoffEnding.WentBack)]
    [InlineData(HandoffRole.Source, HandoffPhase.Ended, HandoffEnding.Completed)]
    [InlineData(HandoffRole.Target, HandoffPhase.Prepared, HandoffEnding.Unknown)]
    [InlineData(HandoffRole.Target, HandoffPhase.Promoting, HandoffEnding.Unknown)]
    [InlineData(HandoffRole.Target, HandoffPhase.Active, HandoffEnding.Completed)]
    [InlineData(HandoffRole.Target, HandoffPhase.Refused, HandoffEnding.Unchanged)]
    public void Each_phase_that_is_written_down_has_a_point_before_during_and_after_it(HandoffRole role, HandoffPhase phase, HandoffEnding ending)
    {
        AgentJournal.Open(_disk, _folder.Path).Write(state => state with
        {
            Handoff = new HandoffState(Samples.Order, role, phase, "boot") { Ending = ending },
        });

        var written = WrittenDown.Parse(_disk.Read(_folder[AgentJournal.FileName], 64 * 1024));

        Assert.Equal((role, phase, ending), (written.HandoffRole, written.Phase, written.Ending));
        var step = written.StepAfter(WrittenDown.Nothing);
        Assert.All([FaultPoint.Before, FaultPoint.During, FaultPoint.After], when => Assert.Contains($"{written.Role}.{step}.{when}", FaultPoint.All));
    }

    [Fact]
    public void No_phase_is_without_a_step() =>
        Assert.All(
            Enum.GetValues<HandoffPhase>().Except([HandoffPhase.Unknown]),
            phase => Assert.NotNull(WrittenDown.StepOf(phase, phase == HandoffPhase.Ended ? HandoffEnding.Completed : HandoffEnding.Unknown)));

    [Fact]
    public void The_first_vote_and_the_return_of_the_voters_are_steps_and_a_write_that_is_neither_is_none()
    {
        var ended = new WrittenDown("one", HandoffRole.Source, HandoffPhase.Ended, HandoffEnding.Completed, false, true);
        Assert.Equal("first-vote", (ended with { FirstVoteSeen = true }).StepAfter(ended));
        Assert.Equal("voters-returned", (ended with { VotersOwed = false }).StepAfter(ended));
        Assert.Null(ended.StepAfter(ended with { VotersOwed = false }));
    }

    [Fact]
    public void What_was_renamed_and_not_synced_is_lost()
    {
        var unsynced = new UnsyncedWrites(_disk);
        var disk = new FaultyDisk(_disk, unsynced, new FaultPoints(_folder["none"]), Config());
        DurableFile.Replace(disk, _folder["a"], "old"u8);
        DurableFile.Relink(disk, _folder["link"], "old");

        disk.Create(_folder["a.failover"], "new"u8, null);
        disk.Sync(_folder["a.failover"]);
        disk.Rename(_folder["a.failover"], _folder["a"]);
        disk.CreateSymlink(_folder["link.failover"], "new");
        disk.Rename(_folder["link.failover"], _folder["link"]);
        disk.Append(_folder["b"], "new"u8);
        unsynced.Undo();

        Assert.Equal("old"u8.ToArray(), _disk.Read(_folder["a"], 10));
        Assert.Equal("old", _disk.ReadLink(_folder["link"]));
        Assert.Equal(["a", "link"], _disk.List(_folder.Path, ""));
    }

    [Fact]
    public void What_was_synced_stays()
    {
        var unsynced = new UnsyncedWrites(_disk);
        var disk = new FaultyDisk(_disk, unsynced, new FaultPoints(_folder["none"]), Config());
        DurableFile.Replace(disk, _folder["a"], "old"u8);
        DurableFile.Replace(disk, _folder["a"], "new"u8);
        DurableFile.Relink(disk, _folder["link"], "new");

        unsynced.Undo();

        Assert.Equal("new"u8.ToArray(), _disk.Read(_folder["a"], 10));
        Assert.Equal("new", _disk.ReadLink(_folder["link"]));
    }

    private NodeConfig Config() => new()
    {
        Node = "london",
        AgentVersion = "test",
        StateFolder = _folder["state"],
        StakedKeypair = _folder["staked.json"],
        UnstakedKeypair = _folder["unstaked.json"],
        IdentityLink = _folder["identity.json"],
        VoteAccount = TestAgent.VoteAccount,
        AuthorizedVoters = [],
        Ledger = _folder["ledger"],
        TowerFolder = _folder["ledger"],
    };
}
