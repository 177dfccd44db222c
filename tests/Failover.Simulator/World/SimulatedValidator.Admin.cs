using Failover.Identities;
using Failover.Records;
using Failover.Validators;

namespace Failover.Simulation;

/// <summary>The calls on the admin socket.</summary>
internal enum AdminCall
{
    ReadStart,
    ReadIdentity,
    StopVoters,
    GiveVotersBack,
    ReadVotingEnabled,
    SetIdentity,
}

/// <summary>How a call goes wrong.</summary>
internal enum AdminFault
{
    /// <summary>An error before any effect.</summary>
    Refuse,

    /// <summary>Success, without any effect.</summary>
    SayYesDoNothing,

    /// <summary>The effect, then an error that does not tell.</summary>
    ApplyThenFail,

    /// <summary>No answer, no effect.</summary>
    Hang,

    /// <summary>The effect at once, no answer.</summary>
    ApplyThenHang,

    /// <summary>No effect, and from then on no call is answered.</summary>
    HangForGood,

    /// <summary>The effect at once, and from then on no call is answered.</summary>
    ApplyThenHangForGood,
}

internal sealed partial class SimulatedValidator : IValidator
{
    /// <summary>The deadline that every driver has of its own.</summary>
    private static readonly TimeSpan DriverDeadline = TimeSpan.FromSeconds(5);

    private readonly Dictionary<AdminCall, (AdminFault Fault, int Times)> _faults = [];

    // By the process that asks.
    private readonly System.Runtime.CompilerServices.ConditionalWeakTable<object, Task> _lastCall = [];

    public TimeSpan AdminLatency { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>From a set-identity to its effect, e.g. because it lies unread in the socket.</summary>
    public TimeSpan SetIdentityLatency { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>From a call for the voter fence to its effect, e.g. because vote generation holds the lock.</summary>
    public TimeSpan StopVotersLatency { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>No call is answered.</summary>
    public bool Hangs { get; set; }

    /// <summary>Whether the client is one that says whether voting is enabled.</summary>
    public bool SaysVotingEnabled { get; set; } = true;

    /// <summary>What a driver gives as its proof.</summary>
    public VotingStopProof Proof { get; set; } = VotingStopProof.VoterFence;

    public string Describe => "a simulated validator";

    public void Fail(AdminCall call, AdminFault fault, int times = int.MaxValue) => _faults[call] = (fault, times);

    public void Heal() => _faults.Clear();

    /// <summary>Called with each call of an agent, before it is answered.</summary>
    public Action<AdminCall> Called { get; set; } = _ => { };

    public Task<ValidatorStart> ReadStartAsync(CancellationToken ct) =>
        CallAsync(AdminCall.ReadStart, () => new ValidatorStart(Started, Started ? "Running" : "LoadingLedger"), ct, evenStarting: true);

    public Task<Pubkey> ReadIdentityAsync(CancellationToken ct) => CallAsync(AdminCall.ReadIdentity, () => Recorded, ct);

    public Task StopVotersAsync(CancellationToken ct) => CallAsync(AdminCall.StopVoters, () => ChangeVoters("no voters", Voters.Clear), ct);

    public Task GiveVotersBackAsync(CancellationToken ct) =>
        CallAsync(AdminCall.GiveVotersBack, () => ChangeVoters("its voters", () => Voters.UnionWith(config.AuthorizedVoters)), ct);

    public Task<bool?> ReadVotingEnabledAsync(CancellationToken ct) =>
        CallAsync(AdminCall.ReadVotingEnabled, () => SaysVotingEnabled ? Voters.Count > 0 : (bool?)null, ct);

    public Task SetIdentityAsync(HeldIdentity identity, RecordRequirement require, CancellationToken ct) => CallAsync(AdminCall.SetIdentity, () =>
    {
        if (require == RecordRequirement.Tower
            && (disk.Stat(TowerPath) is null || RecordVerifier.Verify(RecordKind.Tower, disk.Read(TowerPath, int.MaxValue), cluster.Staked.Public).Record is null))
        {
            throw new ValidatorException(Effect.None, ValidatorFailure.Refused, "tower is required and cannot be loaded");
        }
        if (require == RecordRequirement.VoteHistory && disk.Stat(Path.Combine(config.Ledger, RecordFiles.Name(RecordKind.VoteHistory, cluster.Staked.Public))) is null)
        {
            throw new ValidatorException(Effect.None, ValidatorFailure.Refused, "vote history is required and cannot be loaded");
        }
        if (identity == HeldIdentity.Staked && require is not (RecordRequirement.Tower or RecordRequirement.VoteHistory))
        {
            throw new InvariantBrokenException($"{Node} was told to take S without its record");
        }
        Recorded = identity == HeldIdentity.Staked ? cluster.Staked.Public : unstaked.Public;
        trace($"{Node}'s validator records {Name(Recorded)}");
        return 0;
    }, ct);

    private int ChangeVoters(string what, Action change)
    {
        change();
        trace($"{Node}'s validator has {what}");
        return 0;
    }

    /// <summary>The effect comes in the validator's own time, whether the caller still lives or waits by then or not.</summary>
    private async Task<T> CallAsync<T>(AdminCall call, Func<T> effect, CancellationToken ct, bool evenStarting = false)
    {
        PumpContext.RequireAlive();
        Called(call);
        PumpContext.RequireAlive();
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var caller = PumpContext.Current ?? pump.Outside;
        pump.Outside.Post(_ => _ = AnswerAsync(caller, call, effect, answer, evenStarting), null);
        using (ct.UnsafeRegister(static (state, token) => ((TaskCompletionSource<T>)state!).TrySetCanceled(token), answer))
        {
            return await answer.Task;
        }
    }

    private async Task AnswerAsync<T>(object caller, AdminCall call, Func<T> effect, TaskCompletionSource<T> answer, bool evenStarting)
    {
        // One connection, one call at a time: what was asked before is done before.
        var before = _lastCall.TryGetValue(caller, out var last) ? last : Task.CompletedTask;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _lastCall.AddOrUpdate(caller, done.Task);
        await before;
        try
        {
            await AnswerInTurnAsync(call, effect, answer, evenStarting);
        }
        finally
        {
            done.SetResult();
        }
    }

    private async Task AnswerInTurnAsync<T>(AdminCall call, Func<T> effect, TaskCompletionSource<T> answer, bool evenStarting)
    {
        var pid = _pid;
        var latency = call switch
        {
            AdminCall.SetIdentity => SetIdentityLatency,
            AdminCall.StopVoters => StopVotersLatency,
            _ => AdminLatency,
        };
        await Task.Delay(latency, pump.Time, CancellationToken.None);
        await ThawAsync();
        try
        {
            if (!Running || pid != _pid)
            {
                throw new ValidatorException(Effect.None, ValidatorFailure.NotRunning, "nobody listens on the admin socket");
            }
            if (!Started && !evenStarting && !Hangs)
            {
                throw new ValidatorException(Effect.None, ValidatorFailure.StartingUp, "start-up has not finished");
            }
            var fault = Hangs ? AdminFault.Hang : NextFault(call);
            if (fault == AdminFault.Refuse)
            {
                throw new ValidatorException(Effect.None, ValidatorFailure.Refused, $"{call} is refused");
            }
            Hangs |= fault is AdminFault.HangForGood or AdminFault.ApplyThenHangForGood;
            var result = fault is AdminFault.Hang or AdminFault.HangForGood or AdminFault.SayYesDoNothing ? default! : effect();
            if (fault is AdminFault.Hang or AdminFault.ApplyThenHang or AdminFault.HangForGood or AdminFault.ApplyThenHangForGood)
            {
                await Task.Delay(DriverDeadline, pump.Time, CancellationToken.None);
                throw new ValidatorException(Effect.Unknown, ValidatorFailure.NoAnswer, $"no answer to {call} within {DriverDeadline.TotalSeconds} s");
            }
            if (fault == AdminFault.ApplyThenFail)
            {
                throw new ValidatorException(Effect.Unknown, ValidatorFailure.NoAnswer, $"the connection broke during {call}");
            }
            answer.TrySetResult(result);
        }
        catch (ValidatorException e)
        {
            answer.TrySetException(e);
        }
        catch (InvariantBrokenException e)
        {
            pump.Fail(e);
        }
    }

    private AdminFault? NextFault(AdminCall call)
    {
        if (!_faults.TryGetValue(call, out var planned) || planned.Times == 0)
        {
            return null;
        }
        _faults[call] = (planned.Fault, planned.Times == int.MaxValue ? int.MaxValue : planned.Times - 1);
        return planned.Fault;
    }
}
