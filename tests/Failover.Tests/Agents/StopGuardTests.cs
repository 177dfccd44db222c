using Failover.Agent.Commands;
using Failover.Agent.Configuration;
using Failover.Coordination;
using Failover.Disks;
using Failover.Handoff;
using Failover.Tests.Disks;
using Microsoft.Extensions.Time.Testing;

namespace Failover.Agents;

/// <summary>An agent is not upgraded or removed while the other node waits for it.</summary>
public sealed class StopGuardTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    [Theory]
    [InlineData(HandoffRole.Source, HandoffPhase.Prepared, "is prepared and may begin at any moment", "failover abort")]
    [InlineData(HandoffRole.Source, HandoffPhase.Demoting, "this node's part is Demoting", "failover resume")]
    [InlineData(HandoffRole.Source, HandoffPhase.HandedOver, "this node's part is HandedOver", "failover resume")]
    [InlineData(HandoffRole.Source, HandoffPhase.Reclaiming, "this node's part is Reclaiming", "failover resume")]
    [InlineData(HandoffRole.Target, HandoffPhase.Prepared, "is prepared and may begin at any moment", "failover abort")]
    [InlineData(HandoffRole.Target, HandoffPhase.Promoting, "this node's part is Promoting", "failover resume")]
    public async Task While_a_handoff_is_under_way_it_says_which_and_what_to_do(HandoffRole role, HandoffPhase phase, string why, string next)
    {
        var config = Write(role, phase);
        Assert.Equal(1, await AskAsync(config, TimeSpan.Zero));
        Assert.Contains($"The agent of london should not be stopped now: handoff {Samples.Id} from london to tokyo", _errors.ToString(), StringComparison.Ordinal);
        Assert.Contains(why, _errors.ToString(), StringComparison.Ordinal);
        Assert.Contains(next, _errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HandoffRole.Source, HandoffPhase.Ended)]
    [InlineData(HandoffRole.Target, HandoffPhase.Active)]
    [InlineData(HandoffRole.Target, HandoffPhase.Refused)]
    public async Task After_its_ending_the_agent_may_be_stopped(HandoffRole role, HandoffPhase phase)
    {
        Assert.Equal(0, await AskAsync(Write(role, phase), TimeSpan.Zero));
        Assert.Contains("may be stopped", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_never_took_part_in_one_may_be_stopped() => Assert.Equal(0, await AskAsync(Config(), TimeSpan.Zero));

    [Fact]
    public async Task Waiting_ends_with_the_handoff()
    {
        var config = Write(HandoffRole.Source, HandoffPhase.HandedOver);
        var asked = AskAsync(config, TimeSpan.FromMinutes(1));
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.False(asked.IsCompleted);
        Write(HandoffRole.Source, HandoffPhase.Ended);
        await AdvanceUntilAsync(asked);
        Assert.Equal(0, await asked);
    }

    [Fact]
    public async Task Waiting_for_one_that_does_not_end_is_over_in_time()
    {
        var begun = _time.GetUtcNow();
        var asked = AskAsync(Write(HandoffRole.Target, HandoffPhase.Promoting), TimeSpan.FromMinutes(1));
        await AdvanceUntilAsync(asked);
        Assert.Equal(1, await asked);
        Assert.True(_time.GetUtcNow() - begun >= TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_state_that_cannot_be_read_is_no_permission()
    {
        var config = Config();
        _folder.Write("state/state.json", "damaged");
        Assert.Equal(1, await AskAsync(config, TimeSpan.Zero));
        Assert.Contains("cannot be used", _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_takes_a_duration_and_a_wrong_line_or_configuration_is_2()
    {
        var config = Write(HandoffRole.Source, HandoffPhase.Ended);
        Assert.Equal(0, await Agent.CommandLine.RunAsync(["may-stop", "--wait", "60s", "--config", config], _output, _errors));
        Assert.Equal(2, await Agent.CommandLine.RunAsync(["may-stop", "--wait", "soon", "--config", config], _output, _errors));
        Assert.Contains("\"soon\" is not a duration", _errors.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, await Agent.CommandLine.RunAsync(["may-stop", "--config", _folder["none.toml"]], _output, _errors));
    }

    public void Dispose()
    {
        _folder.Dispose();
        _output.Dispose();
        _errors.Dispose();
    }

    private Task<int> AskAsync(string config, TimeSpan wait) => MayStopCommand.AskAsync(config, wait, _time, _output, _errors, TestContext.Current.CancellationToken);

    // The command looks again on its own thread: time goes on until it has seen.
    private async Task AdvanceUntilAsync(Task asked)
    {
        while (!asked.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }

    private string Config()
    {
        Directory.CreateDirectory(_folder["state"]);
        var example = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "config", "agent.example.toml"));
        return _folder.Write("agent.toml", example.Replace("#state_dir = \"/var/lib/failover\"", $"state_dir = \"{_folder["state"]}\"", StringComparison.Ordinal));
    }

    private string Write(HandoffRole role, HandoffPhase phase)
    {
        var config = Config();
        AgentJournal.Open(new LinuxDisk(), AgentConfig.Load(config, "test").Node.StateFolder)
            .Write(state => state with { Handoff = new HandoffState(Samples.Order(), role, phase, "boot") });
        return config;
    }
}
