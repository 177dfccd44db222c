using Failover.Cluster;
using Failover.Disks;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Failover.Records;
using Failover.Validators;

namespace Failover.Agents;

/// <summary>Looks at the whole node: files, link, process, validator, chain. Changes nothing; what cannot be read becomes a problem in words, never an exception.</summary>
public sealed class NodeObserver(
    NodeConfig config, IDisk disk, IValidator validator, IValidatorProcess process, ISolanaRpc rpc, IdentityLink link, AgentJournal journal, TimeProvider time,
    IHookPrograms hooks)
{
    /// <summary>How far ahead the leader schedule is shown.</summary>
    public const int MaxLeaderSlots = 64;

    private long _switchedAt;
    private bool _switched;
    private bool _seenProcess;

    private (Pubkey Identity, int Pid, ulong StartTicks)? _seen;

    /// <summary>Whether this very process was seen to report the identity, and nothing was ordered since that might have changed it.</summary>
    public bool SawWith(Pubkey identity, ProcessFacts running) => _seen == (identity, running.Pid, running.StartTicks);

    /// <summary>Before anything is ordered that may give the validator, or its next start, another identity.</summary>
    public void Forget() => _seen = null;

    /// <summary>Looks for the validator's process; once seen, it is known that the machine has not lost power since what it stored.</summary>
    public bool SeeProcess()
    {
        try
        {
            return _seenProcess |= process.Find() is not null;
        }
        catch (ValidatorException)
        {
            return false; // The next look may tell.
        }
    }

    /// <summary>Notes that this agent has just switched the validator.</summary>
    public void Switched()
    {
        _switchedAt = time.GetTimestamp();
        _switched = true;
    }

    public async Task<NodeFacts> ObserveAsync(HandoffOutcome? lastHandoff, CancellationToken ct)
    {
        List<string> problems = [];
        var keys = Try(problems, () => NodeKeys.Read(disk, config));
        var state = journal.Current;
        var processFacts = Try(problems, () => (Found: process.Find(), Known: true));
        _seenProcess |= processFacts.Found is not null;
        var facts = new NodeFacts
        {
            Node = config.Node,
            AgentVersion = config.AgentVersion,
            At = time.GetUtcNow(),
            StakedIdentity = keys?.Staked,
            UnstakedIdentity = keys?.Unstaked,
            VoteAccount = config.VoteAccount,
            LinkPointsTo = Try(problems, link.PointsTo),
            ProcessRunning = processFacts.Known ? processFacts.Found is not null : null,
            Proof = validator.Proof,
            Driver = validator.Describe,
            FreeBytes = Try(problems, () => (long?)Math.Min(disk.FreeBytes(config.TowerFolder), disk.FreeBytes(config.StateFolder))),
            StandbyFenced = config.StandbyFenced,
            Paths = config.Paths,
            Hooks = HookSequence.FactsOf(config, hooks),
            ValidatorSeenThisBoot = _seenProcess,
            Promised = state.Promised,
            HighestToken = state.HighestToken,
            VotersOwed = state.VotersOwed,
            LastHandoff = lastHandoff,
            SinceLastSwitch = _switched ? time.GetElapsedTime(_switchedAt) : null,
        };
        facts = WithCommandLine(facts, processFacts.Found);
        if (processFacts.Known && processFacts.Found is null)
        {
            problems.Add("no validator process runs on this node's ledger");
        }
        else
        {
            facts = await WithChainAsync(await WithValidatorAsync(facts, processFacts.Found, keys, problems, ct), keys, problems, ct);
        }
        // Last, so that a record is never older than what the chain showed a moment before.
        if (keys is not null)
        {
            var records = new NodeRecords(disk, config, keys.Staked);
            var before = problems.Count;
            var summaries = Try(problems, () => (IReadOnlyList<RecordSummary>)[.. records.ReadAll().Select(record => record.Summary)]) ?? [];
            facts = facts with { Records = summaries, RecordProblem = problems.Count > before ? problems[^1] : "" };
        }
        return facts with { Problems = problems };
    }

    private NodeFacts WithCommandLine(NodeFacts facts, ProcessFacts? running)
    {
        if (running is null)
        {
            return facts;
        }
        var identities = running.ValuesOf("--identity", "-i");
        var voters = running.ValuesOf("--authorized-voter");
        var accounts = running.ValuesOf("--vote-account");
        return facts with
        {
            CommandLineUsesLink = identities.Count == 1 && SamePath(identities[0], config.IdentityLink),
            CommandLineHasVoter = config.AuthorizedVoters.All(ours => voters.Any(theirs => SamePath(theirs, ours))),
            CommandLineVoteAccountMatches = accounts.Count == 1 && Pubkey.TryParse(accounts[0], out var named) ? named == config.VoteAccount : null,
        };
    }

    private async Task<NodeFacts> WithValidatorAsync(NodeFacts facts, ProcessFacts? before, NodeKeys? keys, List<string> problems, CancellationToken ct)
    {
        try
        {
            var start = await validator.ReadStartAsync(ct);
            facts = facts with { Started = start.Running, StartProgress = start.Progress };
            if (!start.Running)
            {
                problems.Add($"the validator is still starting up: {start.Progress}");
                return facts;
            }
            var asked = time.GetTimestamp();
            var identity = await validator.ReadIdentityAsync(ct);
            // Only if it is still the process that was there before: another one has not been heard yet.
            _seen = before is not null && process.Find() is { } after && (before.Pid, before.StartTicks) == (after.Pid, after.StartTicks)
                ? (identity, after.Pid, after.StartTicks)
                : null;
            facts = facts with { RunningIdentity = identity, AdminLatency = time.GetElapsedTime(asked), Holds = keys?.Which(identity) ?? HeldIdentity.Unknown };
            if (facts.Holds == HeldIdentity.Unknown)
            {
                problems.Add($"the validator runs with {identity}, which is neither of this node's identities");
            }
            return facts with { VotingEnabled = await validator.ReadVotingEnabledAsync(ct) };
        }
        catch (ValidatorException e)
        {
            problems.Add(e.Message);
            return facts;
        }
    }

    private async Task<NodeFacts> WithChainAsync(NodeFacts facts, NodeKeys? keys, List<string> problems, CancellationToken ct)
    {
        var health = Ask(() => rpc.GetHealthAsync(ct));
        var version = Ask(() => rpc.GetVersionAsync(ct));
        var genesis = Ask(() => rpc.GetGenesisHashAsync(ct));
        var processed = Ask(async () => (ulong?)await rpc.GetSlotAsync(Commitment.Processed, ct));
        var finalized = Ask(async () => (ulong?)await rpc.GetSlotAsync(Commitment.Finalized, ct));
        var epoch = Ask(() => rpc.GetEpochInfoAsync(ct));
        var consensus = Ask(async () => (ConsensusPhase?)await rpc.GetConsensusPhaseAsync(ct));
        var account = Ask(() => rpc.GetVoteAccountAsync(config.VoteAccount, Commitment.Processed, ct));
        var stake = keys is null ? Task.FromResult<ulong?>(null) : Ask(async () => (ulong?)await rpc.GetStakeOfAsync(keys.Unstaked, ct));
        var schedule = await epoch is { } at && keys is not null
            ? (await Ask(() => LeaderSchedule.ReadAsync(rpc, keys.Staked, at, ct)))?.First(MaxLeaderSlots)
            : null;
        return facts with
        {
            Health = await health,
            ClientVersion = await version ?? "",
            GenesisHash = await genesis ?? "",
            ProcessedSlot = await processed,
            FinalizedSlot = await finalized,
            Epoch = await epoch,
            ConsensusPhase = await consensus ?? ConsensusPhase.Unknown,
            VoteAccountOnChain = await account,
            UnstakedIdentityStake = await stake,
            NextLeaderSlots = schedule?.Slots ?? [],
            LeaderSlotsKnownUpTo = schedule?.KnownUpTo,
        };

        async Task<T?> Ask<T>(Func<Task<T>> call)
        {
            try
            {
                return await call();
            }
            catch (RpcFailedException e)
            {
                // Several of these calls run at once.
                lock (problems)
                {
                    if (!problems.Contains(e.Message))
                    {
                        problems.Add(e.Message);
                    }
                }
                return default;
            }
        }
    }

    private static T? Try<T>(List<string> problems, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or KeypairFileException or OrderRefusedException or RecordRefusedException or ValidatorException)
        {
            problems.Add(e.Message);
            return default;
        }
    }

    // A relative path on a foreign command line is relative to that process's folder, which is not this one's: only whole paths can be compared.
    private static bool SamePath(string theirs, string ours) => Path.IsPathRooted(theirs) && Path.GetFullPath(theirs) == Path.GetFullPath(ours);
}
