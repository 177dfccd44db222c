using Failover.Agents;
using Failover.Hooks;

namespace Failover.Coordination;

public sealed class CommitTests
{
    private static readonly CommitOptions TwoMinutes = new(TimeSpan.FromMinutes(2));

    [Fact]
    public async Task Only_the_source_is_told_to_begin()
    {
        var (pair, plan) = await PreparedAsync();
        Assert.Equal(CommitState.Started, (await pair.Coordinator.CommitAsync(plan, TwoMinutes)).State);
        Assert.Equal("london: commit 120s", Assert.Single(pair.Calls, call => call.Contains("commit", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_refusal_changes_nothing_and_frees_both_nodes()
    {
        var (pair, plan) = await PreparedAsync();
        pair.London.OnCommit = (_, _) => throw new OrderRefusedException(RefusalReason.PreflightFailed, "tokyo fell behind.");
        var result = await pair.Coordinator.CommitAsync(plan, TwoMinutes);
        Assert.Equal((CommitState.Refused, 2), (result.State, result.Releases.Count));
        Assert.Contains("tokyo: abort", pair.Calls);
    }

    [Fact]
    public async Task Unheard_it_is_asked_again()
    {
        var (pair, plan) = await PreparedAsync();
        var tries = 0;
        pair.London.OnCommit = (_, _) => ++tries == 1 ? throw Pair.Silence("london") : Task.CompletedTask;
        var committing = pair.Coordinator.CommitAsync(plan, TwoMinutes);
        pair.Time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(CommitState.Started, (await committing).State);
    }

    [Fact]
    public async Task Never_heard_it_may_have_begun_so_nobody_is_freed()
    {
        var (pair, plan) = await PreparedAsync();
        pair.London.OnCommit = (_, _) => throw Pair.Silence("london");
        var committing = pair.Coordinator.CommitAsync(plan, TwoMinutes);
        pair.Time.Advance(TimeSpan.FromMilliseconds(500));
        pair.Time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(CommitState.Unknown, (await committing).State);
        Assert.DoesNotContain(pair.Calls, call => call.Contains("abort", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refusal_after_silence_says_nothing_of_the_first_request_so_nobody_is_freed()
    {
        var (pair, plan) = await PreparedAsync();
        var tries = 0;
        pair.London.OnCommit = (_, _) => throw (++tries == 1 ? Pair.Silence("london") : new OrderRefusedException(RefusalReason.WrongPhase, "It is demoting."));
        var committing = pair.Coordinator.CommitAsync(plan, TwoMinutes);
        pair.Time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(CommitState.Unknown, (await committing).State);
        Assert.DoesNotContain(pair.Calls, call => call.Contains("abort", StringComparison.Ordinal));
    }

    private static async Task<(Pair Pair, HandoffPlan Plan)> PreparedAsync()
    {
        var pair = new Pair();
        var plan = await pair.PlannedAsync();
        await pair.Coordinator.PrepareAsync(plan, HookUse.Run, CancellationToken.None);
        return (pair, plan);
    }
}
