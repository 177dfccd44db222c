using Failover.Agents;
using Failover.Cluster;
using Failover.Handoff;
using Failover.Hooks;
using Wire = Failover.V1;

namespace Failover.Protocol.Mapping;

/// <summary>A node's facts.</summary>
public static class FactsMapping
{
    public static Wire.NodeFacts ToProto(this NodeFacts facts)
    {
        var wire = new Wire.NodeFacts
        {
            Node = facts.Node,
            AgentVersion = Field.Word(facts.AgentVersion),
            At = facts.At.ToProto(),
            StakedIdentity = facts.StakedIdentity?.ToString() ?? "",
            UnstakedIdentity = facts.UnstakedIdentity?.ToString() ?? "",
            VoteAccount = facts.VoteAccount.ToString(),
            LinkPointsTo = facts.LinkPointsTo.ToProto(),
            RunningIdentity = facts.RunningIdentity?.ToString() ?? "",
            Holds = facts.Holds.ToProto(),
            StartProgress = Field.Word(facts.StartProgress),
            ClientVersion = Field.Word(facts.ClientVersion),
            Proof = facts.Proof.ToProto(),
            Driver = Field.Text(facts.Driver),
            AdminLatency = facts.AdminLatency?.ToProto(),
            Health = facts.Health?.ToProto(),
            GenesisHash = facts.GenesisHash,
            Epoch = facts.Epoch?.ToProto(),
            ConsensusPhase = facts.ConsensusPhase.ToProto(),
            VoteAccountOnChain = facts.VoteAccountOnChain?.ToProto(),
            NextLeaderSlots = { facts.NextLeaderSlots.Take(Limits.LeaderSlots) },
            Records = { facts.Records.Take(Limits.Summaries).Select(RecordMapping.ToProto) },
            Promised = facts.Promised.ToProto(),
            HighestToken = facts.HighestToken.Value,
            VotersOwed = facts.VotersOwed,
            LastHandoff = facts.LastHandoff?.ToProto(),
            SinceLastSwitch = facts.SinceLastSwitch?.ToProto(),
            Problems = { facts.Problems.Take(Limits.Problems).Select(Field.Text) },
            RecordProblem = Field.Text(facts.RecordProblem),
            StandbyFenced = facts.StandbyFenced,
            ValidatorSeenThisBoot = facts.ValidatorSeenThisBoot,
            Paths = facts.Paths?.ToProto(),
            Hooks = { facts.Hooks.Take(Limits.Hooks).Select(ToProto) },
        };
        SetOptional(wire, facts);
        return wire;
    }

    private static void SetOptional(Wire.NodeFacts wire, NodeFacts facts)
    {
        if (facts.ProcessRunning is { } running)
        {
            wire.ProcessRunning = running;
        }
        if (facts.CommandLineUsesLink is { } usesLink)
        {
            wire.CommandLineUsesLink = usesLink;
        }
        if (facts.CommandLineHasVoter is { } hasVoter)
        {
            wire.CommandLineHasVoter = hasVoter;
        }
        if (facts.CommandLineVoteAccountMatches is { } matches)
        {
            wire.CommandLineVoteAccountMatches = matches;
        }
        if (facts.Started is { } started)
        {
            wire.Started = started;
        }
        if (facts.VotingEnabled is { } voting)
        {
            wire.VotingEnabled = voting;
        }
        if (facts.ProcessedSlot is { } processed)
        {
            wire.ProcessedSlot = processed;
        }
        if (facts.FinalizedSlot is { } finalized)
        {
            wire.FinalizedSlot = finalized;
        }
        if (facts.UnstakedIdentityStake is { } stake)
        {
            wire.UnstakedIdentityStake = stake;
        }
        if (facts.LeaderSlotsKnownUpTo is { } knownUpTo)
        {
            wire.LeaderSlotsKnownUpTo = knownUpTo;
        }
        if (facts.FreeBytes is { } free)
        {
            wire.FreeBytes = (ulong)free;
        }
    }

    /// <exception cref="OrderRefusedException">A field is missing or cannot be right.</exception>
    public static NodeFacts ToDomain(this Wire.NodeFacts? facts, string at)
    {
        Field.Present(facts, "", at);
        Field.Count(facts.NextLeaderSlots.Count, Limits.LeaderSlots, at, "next_leader_slots");
        Field.Count(facts.Problems.Count, Limits.Problems, at, "problems");
        Field.Count(facts.Hooks.Count, Limits.Hooks, at, "hooks");
        return new NodeFacts
        {
            Node = Field.Name(facts.Node, at, "node"),
            AgentVersion = Field.Word(facts.AgentVersion),
            At = Field.Time(facts.At, at, "at"),
            StakedIdentity = Field.OptionalKey(facts.StakedIdentity, at, "staked_identity"),
            UnstakedIdentity = Field.OptionalKey(facts.UnstakedIdentity, at, "unstaked_identity"),
            VoteAccount = Field.Key(facts.VoteAccount, at, "vote_account"),
            LinkPointsTo = facts.LinkPointsTo.ToDomainOrUnknown(at, "link_points_to"),
            ProcessRunning = facts.HasProcessRunning ? facts.ProcessRunning : null,
            CommandLineUsesLink = facts.HasCommandLineUsesLink ? facts.CommandLineUsesLink : null,
            CommandLineHasVoter = facts.HasCommandLineHasVoter ? facts.CommandLineHasVoter : null,
            CommandLineVoteAccountMatches = facts.HasCommandLineVoteAccountMatches ? facts.CommandLineVoteAccountMatches : null,
            RunningIdentity = Field.OptionalKey(facts.RunningIdentity, at, "running_identity"),
            Holds = facts.Holds.ToDomainOrUnknown(at, "holds"),
            Started = facts.HasStarted ? facts.Started : null,
            StartProgress = Field.Word(facts.StartProgress),
            ClientVersion = Field.Word(facts.ClientVersion),
            Proof = facts.Proof.ToDomainOrUnknown(at, "proof"),
            Driver = Field.Text(facts.Driver),
            VotingEnabled = facts.HasVotingEnabled ? facts.VotingEnabled : null,
            AdminLatency = Field.OptionalSpan(facts.AdminLatency, at, "admin_latency"),
            ProcessedSlot = facts.HasProcessedSlot ? facts.ProcessedSlot : null,
            FinalizedSlot = facts.HasFinalizedSlot ? facts.FinalizedSlot : null,
            Health = facts.Health?.ToDomain(),
            GenesisHash = Field.OptionalGenesisHash(facts.GenesisHash, at, "genesis_hash"),
            Epoch = facts.Epoch?.ToDomain($"{at}.epoch"),
            ConsensusPhase = facts.ConsensusPhase.ToDomainOrUnknown(at, "consensus_phase"),
            VoteAccountOnChain = facts.VoteAccountOnChain?.ToDomain($"{at}.vote_account_on_chain"),
            UnstakedIdentityStake = facts.HasUnstakedIdentityStake ? facts.UnstakedIdentityStake : null,
            NextLeaderSlots = [.. facts.NextLeaderSlots],
            LeaderSlotsKnownUpTo = facts.HasLeaderSlotsKnownUpTo ? facts.LeaderSlotsKnownUpTo : null,
            Records = facts.Records.ToDomain(Limits.Summaries, at, "records"),
            FreeBytes = facts.HasFreeBytes ? Field.Int64(facts.FreeBytes, at, "free_bytes") : null,
            Promised = facts.Promised.ToDomainOrUnknown(at, "promised"),
            HighestToken = new FencingToken(facts.HighestToken),
            VotersOwed = facts.VotersOwed,
            LastHandoff = facts.LastHandoff?.ToDomain($"{at}.last_handoff"),
            SinceLastSwitch = Field.OptionalSpan(facts.SinceLastSwitch, at, "since_last_switch"),
            Problems = [.. facts.Problems.Select(Field.Text)],
            RecordProblem = Field.Text(facts.RecordProblem),
            StandbyFenced = facts.StandbyFenced,
            ValidatorSeenThisBoot = facts.ValidatorSeenThisBoot,
            Paths = facts.Paths?.ToDomain(),
            Hooks = [.. facts.Hooks.Select((hook, i) => hook.ToDomain(RecordMapping.Item(at, "hooks", i)))],
        };
    }

    public static Wire.Hook ToProto(this HookFacts hook) => new()
    {
        At = hook.At.ToProto(),
        Name = hook.Name,
        Program = Field.Word(hook.Program),
        TimeLimit = hook.TimeLimit.ToProto(),
        MustSucceed = hook.MustSucceed,
        OnlyAs = hook.OnlyAs.ToProto(),
        File = hook.File.ToProto(),
    };

    /// <exception cref="OrderRefusedException">A field is missing or cannot be right.</exception>
    public static HookFacts ToDomain(this Wire.Hook hook, string at) => new(
        hook.At.ToDomain(at, "at"), Field.Name(hook.Name, at, "name"), Field.Word(hook.Program), Field.Span(hook.TimeLimit, TimeSpan.Zero, Limits.HookTime, at, "time_limit"), hook.MustSucceed,
        hook.OnlyAs.ToDomainOrUnknown(at, "only_as"), hook.File.ToDomain(at, "file"));

    public static Wire.NodePaths ToProto(this NodePaths paths) => new()
    {
        IdentityLink = Field.Text(paths.IdentityLink),
        StakedKeypair = Field.Text(paths.StakedKeypair),
        UnstakedKeypair = Field.Text(paths.UnstakedKeypair),
        TowerFolder = Field.Text(paths.TowerFolder),
        Config = Field.Text(paths.Config),
        Ledger = Field.Text(paths.Ledger),
        ValidatorUnit = Field.Word(paths.ValidatorUnit),
        StartScript = Field.Text(paths.StartScript),
    };

    public static NodePaths ToDomain(this Wire.NodePaths paths) => new(
        Field.Text(paths.IdentityLink), Field.Text(paths.StakedKeypair), Field.Text(paths.UnstakedKeypair), Field.Text(paths.TowerFolder))
    {
        Config = Field.Text(paths.Config),
        Ledger = Field.Text(paths.Ledger),
        ValidatorUnit = Field.Word(paths.ValidatorUnit),
        StartScript = Field.Text(paths.StartScript),
    };

    public static Wire.NodeHealth ToProto(this NodeHealth health)
    {
        var wire = new Wire.NodeHealth { Healthy = health.Healthy, Words = Field.Text(health.Words) };
        if (health.SlotsBehind is { } behind)
        {
            wire.SlotsBehind = behind;
        }
        return wire;
    }

    public static NodeHealth ToDomain(this Wire.NodeHealth health) =>
        new(health.Healthy, health.HasSlotsBehind ? health.SlotsBehind : null, Field.Text(health.Words));

    public static Wire.EpochInfo ToProto(this EpochInfo epoch) => new()
    {
        Epoch = epoch.Epoch,
        AbsoluteSlot = epoch.AbsoluteSlot,
        SlotIndex = epoch.SlotIndex,
        SlotsInEpoch = epoch.SlotsInEpoch,
    };

    /// <exception cref="OrderRefusedException">The numbers contradict each other.</exception>
    public static EpochInfo ToDomain(this Wire.EpochInfo epoch, string at) =>
        epoch.SlotIndex <= epoch.AbsoluteSlot && epoch.SlotIndex < epoch.SlotsInEpoch
            ? new EpochInfo(epoch.Epoch, epoch.AbsoluteSlot, epoch.SlotIndex, epoch.SlotsInEpoch)
            : throw Field.Bad(at, "slot_index", "contradicts the other numbers of the epoch");

    public static Wire.VoteAccountView ToProto(this VoteAccountView view) => new()
    {
        VoteAccount = view.VoteAccount.ToString(),
        Node = view.Node.ToString(),
        ActivatedStake = view.ActivatedStake,
        LastVote = view.LastVote,
        RootSlot = view.RootSlot,
        Delinquent = view.Delinquent,
    };

    /// <exception cref="OrderRefusedException">A field is missing or cannot be right.</exception>
    public static VoteAccountView ToDomain(this Wire.VoteAccountView view, string at) => new(
        Field.Key(view.VoteAccount, at, "vote_account"), Field.Key(view.Node, at, "node"), view.ActivatedStake, view.LastVote, view.RootSlot,
        view.Delinquent);
}
