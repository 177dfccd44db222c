namespace Failover.Simulation;

/// <summary>A deliberate mistake in the product's protocol.</summary>
/// <param name="Name">Kebab-case.</param>
/// <param name="Breaks">What it takes away.</param>
/// <param name="Edits">Texts of files in <c>src/Failover.Core</c>; each must occur exactly once, so that the mutants keep in step with the code.</param>
internal sealed record Mutant(string Name, string Breaks, params IReadOnlyList<Edit> Edits);

internal sealed record Edit(string File, string Text, string Instead);

/// <summary>Every mistake that the simulation must see.</summary>
internal static class Mutants
{
    private const string Planned = "Handoff/PlannedHandoff.cs";
    private const string Source = "Handoff/LocalSource.cs";
    private const string Reclaim = "Handoff/LocalSource.Reclaim.cs";
    private const string Target = "Handoff/LocalTarget.cs";
    private const string Answers = "Handoff/LocalTarget.Answers.cs";

    private const string Hooks = "Agents/HandoffAgent.Hooks.cs";

    public static IReadOnlyList<Mutant> All { get; } =
    [
        new("relink-after-the-fence", "a restart of the source must come up unstaked from the first effect on",
            new Edit(Source, "        link.PointTo(HeldIdentity.Unstaked);\n        // A process that starts from now on", "        // A process that starts from now on"),
            new Edit(Source, "            return \"no validator process runs on this node: it comes up with U\";\n        }\n        await SetAndReadBackAsync(HeldIdentity.Unstaked, RecordRequirement.None);\n        return $\"the validator reports {keys.Unstaked}\";\n    }\n\n    /// <summary>\n    /// Step 5.",
                "            return \"no validator process runs on this node: it comes up with U\";\n        }\n        await SetAndReadBackAsync(HeldIdentity.Unstaked, RecordRequirement.None);\n        link.PointTo(HeldIdentity.Unstaked);\n        return $\"the validator reports {keys.Unstaked}\";\n    }\n\n    /// <summary>\n    /// Step 5.")),
        new("no-voter-fence", "no vote can be generated once the record is sealed",
            new Edit(Source, "        await validator.StopVotersAsync(CancellationToken.None);\n        _quietSince", "        _quietSince")),
        new("no-sealing", "the vote that was queued at the fence is in the record",
            new Edit(Source, "if (rest > TimeSpan.Zero && await ChangesWithinAsync(rest, limit))", "if (rest > TimeSpan.MaxValue && await ChangesWithinAsync(rest, limit))"),
            new Edit(Source, "&& !(_running && records.BeingWritten())", "")),
        new("slow-disk-trusted", "votes that queue up behind a slow disk are in the record before it is sealed",
            new Edit(Source, "var drain = _running && await MayBeQueuedAsync(before, limit) ?", "var drain = _running && before is null ?")),
        new("no-slow-barrier", "without a fence, the voting loop is seen to have left S before the record is sealed",
            new Edit(Source, "if (validator.Proof == VotingStopProof.SlowBarrier && _running)", "if (validator.Proof == VotingStopProof.Unknown && _running)")),
        new("no-read-back", "the source's validator really has U before the record leaves",
            new Edit(Source, "        if (reported != wanted)\n        {\n            throw", "        if (reported != wanted && identity == HeldIdentity.Staked)\n        {\n            throw")),
        new("reclaim-on-silence", "after the hand-over only the target's word sets the source free",
            new Edit(Planned, "(HandoffPhase.HandedOver, AnswerKind.Unknown or AnswerKind.CannotTell) => WayOut.AskTarget", "(HandoffPhase.HandedOver, AnswerKind.Unknown or AnswerKind.CannotTell) => WayOut.Reclaim")),
        new("cannot-tell-is-permission", "a target that may hold S holds up a reclaim",
            new Edit(Planned, "(HandoffPhase.HandedOver, AnswerKind.Unknown or AnswerKind.CannotTell) => WayOut.AskTarget", "(HandoffPhase.HandedOver, AnswerKind.CannotTell) => WayOut.Reclaim,\n        (HandoffPhase.HandedOver, AnswerKind.Unknown) => WayOut.AskTarget")),
        new("reclaim-without-asking", "a target that was given S by hand is heard before the source takes it back",
            new Edit(Planned, "if (State.Phase != HandoffPhase.Prepared && (tooOld || answer.Kind is AnswerKind.Unknown or AnswerKind.CannotTell))", "if (State.Phase == HandoffPhase.HandedOver && (tooOld || answer.Kind is AnswerKind.Unknown or AnswerKind.CannotTell))"),
            new Edit(Reclaim, "                await RequireMovingChainAsync();\n", ""),
            new Edit(Reclaim, "!vouched)\n            {\n                throw new HandoffStepException(HandoffStep.Reclaim, Effect.None, $\"{behind}", "vouched && own.Count > 9)\n            {\n                throw new HandoffStepException(HandoffStep.Reclaim, Effect.None, $\"{behind}"),
            new Edit(Reclaim, "if (!_pastHorizon && await grounds", "if (vouched && !_pastHorizon && await grounds")),
        new("hand-over-not-written", "a source that crashes after the send knows that it may have sent",
            new Edit(Planned, "            Enter(HandoffPhase.HandedOver, records.Receipt);\n", "")),
        new("power-loss-trusted", "after a loss of power the disk may lack votes",
            new Edit(Reclaim, "var lostPower = state.BootId != bootId && !sealedOne", "var lostPower = state.BootId == \"never\" && !sealedOne"),
            new Edit(Reclaim, "if (await trust.WhyBehindChainAsync(own.Max(record => record.LastVotedSlot) ?? 0, CancellationToken.None) is not { } behind)", "if (await trust.WhyBehindChainAsync(ulong.MaxValue, CancellationToken.None) is not { } behind)")),
        new("refusal-not-written", "a refusal that was given stays one",
            new Edit(Answers, "journal.Write(order, (state, old) => state with { Handoff = old with { Phase = HandoffPhase.Refused, Ending = HandoffEnding.Unchanged, Text = reason } });", "_ = reason;"),
            new Edit(Answers, "        if (answer.Kind == AnswerKind.Refused)\n        {\n            journal.Write", "        if (answer.Kind == AnswerKind.Refused && handoff.Phase == HandoffPhase.Refused)\n        {\n            journal.Write")),
        new("answer-not-idempotent", "what was answered once stays the answer, however often it is asked for",
            new Edit(Reclaim, "if (await trust.WhyBehindChainAsync(own.Max(record => record.LastVotedSlot) ?? 0, CancellationToken.None) is not { } behind)", "if (await trust.WhyBehindChainAsync(ulong.MaxValue, CancellationToken.None) is not { } behind)"),
            new Edit(Answers, "{ Answer: { } answer } => await RepeatAsync(order, answer),", "{ Answer: not null } => await RepeatAsync(order, TargetAnswer.Refused(\"it is not this order's\")),"),
            new Edit(Answers, "        if (state.LastPromotion is { } last && last.Token >= order.Token)", "        if (state.LastPromotion is { } last && last.Token > order.Token.Next)"),
            new Edit(Answers, "        var holds = await HoldsAsync();\n", "        var holds = HeldIdentity.Unstaked;\n"),
            new Edit(Answers, "(HeldIdentity.Unstaked, PromisedRole.Active) => TargetAnswer.CannotTell(", "(HeldIdentity.Unknown, PromisedRole.Active) => TargetAnswer.CannotTell(")),
        new("hung-promotion-not-ended", "a validator that may still take S is ended before the order is refused",
            new Edit(Answers, "                await process.KillAsync(running, killing.Token);\n", "                await Task.CompletedTask;\n"),
            new Edit(Answers, "return OnlyEverHadUnstaked() ? HeldIdentity.Unstaked : HeldIdentity.Unknown;", "return HeldIdentity.Unstaked;")),
        new("interrupted-promotion-not-fenced", "a set-identity that an earlier life of the agent gave cannot lead to a vote",
            new Edit(Answers, "if (identity == keys.Staked || !interrupted)", "if (identity == keys.Staked || !interrupted || interrupted)")),
        new("record-not-required", "the target's validator does not take S without its record",
            new Edit("Handoff/RecordRequirements.cs", "ConsensusPhase.TowerBft => RecordRequirement.Tower,", "ConsensusPhase.TowerBft => RecordRequirement.None,")),
        new("record-not-stored", "the target votes from the record that was handed over",
            new Edit(Target, "            foreach (var record in received)\n            {\n                records.Store", "            foreach (var record in received.Take(0))\n            {\n                records.Store")),
        new("newer-record-overwritten", "no newer record is replaced by an older one",
            new Edit("Agents/NodeRecords.cs", "            case RecordOrder.Newer:\n                DurableFile", "            default:\n                DurableFile"),
            new Edit("Agents/NodeRecords.cs", "            default:\n                throw new RecordRefusedException", "            case (RecordOrder)99:\n                throw new RecordRefusedException"),
            new Edit(Target, "if (records.StandsTo(record) is not (RecordOrder.Newer or RecordOrder.Same) and var stands)", "if (records.StandsTo(record) is (RecordOrder)99 and var stands)"),
            new Edit(Target, "if (facts.VoteAccountOnChain is { } account && account.LastVote > message.Receipt.LastVotedSlot)", "if (facts.VoteAccountOnChain is { } account && account.LastVote == ulong.MaxValue)"),
            new Edit("Agents/Preflight.cs", "Require(\"target-record-not-newer\", newer.Count == 0,", "Require(\"target-record-not-newer\", newer.Count >= 0,"),
            new Edit("Agents/Preflight.cs", "(source.Records.Max(record => record.LastVotedSlot) ?? 0) >= chain.LastVote,", "chain.LastVote > 0,")),
        new("journal-not-synced", "what was written down survives a loss of power",
            new Edit("Disks/DurableFile.cs", "        disk.Sync(temporary);\n", ""),
            new Edit("Disks/DurableFile.cs", "        disk.Rename(temporary, path);\n        disk.SyncFolder(folder);\n", "        disk.Rename(temporary, path);\n        _ = folder;\n")),
        new("link-not-synced", "a link that was repointed survives a loss of power",
            new Edit("Disks/DurableFile.cs", "        disk.Rename(temporary, link);\n        disk.SyncFolder(FolderOf(link));\n", "        disk.Rename(temporary, link);\n")),
        new("no-token-check", "an order that is not newer than every one seen is refused",
            new Edit("Agents/HandoffAgent.Prepare.cs", "        if (order.Token <= Journal.Current.HighestToken)\n", "        if (order.Token.Value == 0)\n"),
            new Edit("Agents/HandoffAgent.Prepare.cs", "Journal.Write(state => (state with { HighestToken = order.Token })", "Journal.Write(state => (state with { HighestToken = state.HighestToken < order.Token ? order.Token : state.HighestToken })")),
        new("permit-not-checked", "a promotion begins only within the life of a permit that the target gave",
            new Edit("Handoff/Permits.cs", "        if (issuedAt is not { } issued)\n        {\n            return", "        if (time is not null)\n        {\n            return null;\n        }\n        if (issuedAt is not { } issued)\n        {\n            return")),
        new("voters-back-before-adoption", "the source gets its voters back only once its loop has left S",
            new Edit("Agents/HandoffAgent.Source.cs", "                    await source.ProveAdoptedAsync(_stopping.Token);\n", "                    await Task.CompletedTask;\n")),
        new("no-stand-down", "a node that let S go takes it from a validator that runs with it",
            new Edit("Agents/HandoffAgent.Start.cs", "            if (await validator.ReadIdentityAsync(ct) != keys.Staked)\n            {\n                return true;\n            }\n            Note(", "            if (await validator.ReadIdentityAsync(ct) != keys.Unstaked)\n            {\n                return true;\n            }\n            Note(")),
        new("hook-in-the-gap", "no program of the operator's runs once the source begins to let go",
            new Edit(Hooks, "            await KeepPreparedAsync(session, ct => _hooks.RunAsync(moment, timeline, ct), \"hooks ran\");\n", "            _ = _hooks.RunAsync(moment, timeline, _stopping.Token);\n"),
            new Edit(Hooks, "        await _hooks.IdleAsync(session.Aborted.Token);\n", "")),
        new("after-hooks-at-once", "none runs again before the target has voted",
            new Edit(Hooks, "        await UntilVotedAsync(ended);\n", "")),
        new("hook-begun-not-written", "one that a crash cut off is not run again",
            new Edit(Hooks, "HooksBegun = handoff.HooksBegun + 1", "HooksBegun = handoff.HooksBegun")),
    ];
}
