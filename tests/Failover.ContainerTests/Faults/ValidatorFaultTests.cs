namespace Failover.ContainerTests.Faults;

/// <summary>Validators that hang, fall silent, or are restarted in the middle, with real sockets and processes.</summary>
public sealed class ValidatorFaultTests(SharedWorld shared) : FaultTest(shared)
{
    [Theory(Timeout = Limit)]
    [InlineData("source.demoting.after", "hang-set-identity", WentBack)]
    [InlineData("source.demoting.after", "silent-socket", WentBack)]
    [InlineData("source.voter-fence.after", "silent-socket", WentBack)]
    public async Task A_source_whose_validator_does_not_answer_has_the_identity_back_when_it_does(string at, string fault, string endings)
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await WorldAsync(ct);
        var handoff = await world.BeginAsync(ct, at);

        await handoff.Source.ControlAsync(ct, fault, "on");
        await handoff.GoOnAsync(ct);
        await handoff.StayAsync(ct);
        await handoff.Source.ControlAsync(ct, fault, "off");

        AssertEnding(endings, await handoff.EndAsync(ct));
    }

    // The agent ends what hangs past its limit; the service manager starts it again, with nothing wrong.
    [Theory(Timeout = Limit)]
    [InlineData("target.promoting.after", "hang-set-identity", WentBack)]
    [InlineData("target.promoting.after", "silent-socket", WentBack)]
    public async Task A_target_whose_validator_does_not_answer_is_ended_and_the_source_takes_the_identity_back(string at, string fault, string endings)
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await WorldAsync(ct);
        var handoff = await world.BeginAsync(ct, at);

        await handoff.Target.ControlAsync(ct, fault, "on");
        await handoff.GoOnAsync(ct);

        AssertEnding(endings, await handoff.EndAsync(ct));
    }

    [Theory(Timeout = Limit)]
    [InlineData("source.demoting.after", "source", $"{WentBack} or {Completed}")]
    [InlineData("source.voter-fence.after", "source", WentBack)]
    [InlineData("source.seal.after", "source", $"{WentBack} or {Completed}")]
    [InlineData("target.promoting.after", "target", WentBack)]
    [InlineData("target.set-identity-staked.after", "target", WentBack)]
    public async Task A_validator_that_is_restarted_in_the_middle_ends_with_one_voter(string at, string node, string endings)
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await WorldAsync(ct);
        var handoff = await world.BeginAsync(ct, at);

        var restarted = node == "source" ? handoff.Source : handoff.Target;
        // Not while it writes its record: what that may leave behind is told in docs/what-is-proven.md.
        await restarted.ControlAsync(ct, "hold", "before-store", "on");
        await restarted.RestartValidatorAsync(ct);
        await handoff.GoOnAsync(ct);

        AssertEnding(endings, await handoff.EndAsync(ct));
    }

    [Theory(Timeout = Limit)]
    [InlineData("source", 5, "It may be voting.")]
    [InlineData("target", 3, "see its log first")]
    public async Task A_validator_that_is_silent_from_the_start_is_told_of_and_nothing_begins(string node, int exitCode, string words)
    {
        var ct = TestContext.Current.CancellationToken;
        var world = await WorldAsync(ct);
        var silent = node == "source" ? world.Active : world.Standby;
        await silent.ControlAsync(ct, "silent-socket", "on");

        var said = await world.OperateAsync("handoff", "--to", world.Standby.Name, "--now", "--yes");

        await silent.ControlAsync(ct, "silent-socket", "off");
        Assert.Equal(exitCode, said.GetProperty("exit_code").GetInt32());
        Assert.Contains(words, said.GetRawText(), StringComparison.Ordinal);
        await world.CheckAsync(Unchanged, ct);
    }
}
