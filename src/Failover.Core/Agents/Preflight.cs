using System.Globalization;
using Failover.Examinations;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Failover.Records;
using Failover.Validators;

namespace Failover.Agents;

/// <summary>
/// The checks before a handoff, as a pure function of what both nodes see. Nothing here changes anything; a check that cannot be decided fails, since a
/// handoff that has not begun costs nothing.
/// </summary>
public static class Preflight
{
    // Below this the record or the journal might not fit; both together are far smaller.
    private const long MinFreeBytes = 64L * 1024 * 1024;

    private static readonly TimeSpan SlowAdmin = TimeSpan.FromMilliseconds(250);

    public static IReadOnlyList<PreflightCheck> Run(
        HandoffOrder order, NodeFacts source, NodeFacts target, HandoffTimings timings, TimeSpan roundTrip, TimeSpan clockOffset)
    {
        var stopped = source.ProcessRunning == false;
        return
        [
            // First, since what it leaves unknown makes others fail that nothing is wrong with.
            stopped ? new PreflightCheck("source-started", CheckOutcome.Ok, $"{source.Node}'s validator does not run", "") : Started(source),
            Started(target),
            SameStaked(source, target, order.StakedIdentity),
            DifferentUnstaked(source, target),
            Unstaked(source, stopped),
            Unstaked(target, false),
            SameVoteAccount(source, target, order.VoteAccount),
            Require("same-cluster", (source.GenesisHash == order.GenesisHash || (stopped && source.GenesisHash.Length == 0)) && target.GenesisHash == order.GenesisHash && order.GenesisHash.Length > 0,
                $"genesis {source.Node}: {source.GenesisHash}, {target.Node}: {target.GenesisHash}", "# connect both validators to the same cluster"),
            VoteAccountBelongs(target, order.StakedIdentity),
            stopped
                ? Require("source-was-active", source.Promised == PromisedRole.Active || source.LinkPointsTo == HeldIdentity.Staked,
                    $"{source.Node}'s validator does not run; its link points to {source.LinkPointsTo}, its last word is {source.Promised}",
                    "failover status   # find the node that held the staked identity last")
                : Require("source-holds-staked-identity", source.Holds == HeldIdentity.Staked, $"{source.Node} holds {source.Holds} ({Text(source.RunningIdentity)})",
                    "failover status   # hand over from the active node"),
            Require("target-holds-unstaked-identity", target.Holds == HeldIdentity.Unstaked, $"{target.Node} holds {target.Holds} ({Text(target.RunningIdentity)})",
                $"failover node set-identity {target.Node} unstaked"),
            stopped
                ? new PreflightCheck("source-link", CheckOutcome.Ok, $"{source.Node}'s validator does not run; its link is set first", "")
                : Link(source, HeldIdentity.Staked),
            Link(target, HeldIdentity.Unstaked),
            .. CommandLine(source, stopped),
            .. CommandLine(target, false),
            Require("target-does-not-claim-to-be-active", target.Promised != PromisedRole.Active,
                $"{target.Node}'s last word is {target.Promised}", $"failover node set-identity {target.Node} unstaked   # after making certain who holds S: failover status"),
            Require("target-voting-loop-left-staked-identity", !target.VotersOwed,
                target.VotersOwed ? $"{target.Node}'s voting loop is not yet known to have adopted its unstaked identity" : $"{target.Node} is a settled standby",
                "# wait for a few slots and try again"),
            stopped ? new PreflightCheck("source-healthy", CheckOutcome.Warning, $"{source.Node}'s validator does not run", "") : Healthy(source, warnOnly: true),
            Healthy(target, warnOnly: false),
            stopped
                ? new PreflightCheck("slots-close", CheckOutcome.Warning, $"{source.Node}'s validator does not run; {target.Node} is at slot {Text(target.ProcessedSlot)}", "")
                : SlotsClose(source, target, timings.MaxSlotsApart),
            RootsAdvance("target-roots-advance", target),
            Require("source-has-voting-record", source.Records.Any(record => record.LastVotedSlot is not null),
                Text(source.Node, source.Records), $"failover status   # see the problems of {source.Node}; without a verified record nothing can be handed over"),
            Readable(source),
            Readable(target),
            RecordNotNewer(source, target),
            Survived(source, target, stopped),
            LoadsTheRecord(target),
            Portable(source, target),
            Require("record-not-behind-chain",
                (stopped ? target : source).VoteAccountOnChain is { } chain && (source.Records.Max(record => record.LastVotedSlot) ?? 0) >= chain.LastVote,
                $"on chain: {Text((stopped ? target : source).VoteAccountOnChain?.LastVote)}, {Text(source.Node, source.Records)}",
                "# the tower folder is not the one that the validator writes: check [validator] tower against --tower"),
            Require("target-clock-not-behind", clockOffset > -TimeSpan.FromSeconds(1),
                $"{target.Node}'s clock minus {source.Node}'s: {Milliseconds(clockOffset)}", $"chronyc makestep{Remedies.On(target)} and {source.Node}: the newest claimant in gossip is decided by wall clock"),
            Require("last-switch-long-ago",
                (source.SinceLastSwitch ?? TimeSpan.MaxValue) > Magnitude(clockOffset) + TimeSpan.FromSeconds(1)
                && (target.SinceLastSwitch ?? TimeSpan.MaxValue) > Magnitude(clockOffset) + TimeSpan.FromSeconds(1),
                $"{source.Node}: {Ago(source.SinceLastSwitch)}, {target.Node}: {Ago(target.SinceLastSwitch)}", "# wait a moment and try again"),
            Disk(source),
            Disk(target),
            Admin(source, stopped),
            Admin(target, false),
            Proof(source),
            RoundTrip(roundTrip),
            .. Hooks(source),
            .. Hooks(target),
            .. Problems(source),
            .. Problems(target),
        ];
    }

    internal static PreflightCheck Unstaked(NodeFacts node, bool stopped) => stopped && node.UnstakedIdentityStake is null
        ? new PreflightCheck("unstaked-identity-has-no-stake", CheckOutcome.Warning, $"{node.Node}'s validator does not run, so the stake of its U cannot be asked for", "")
        : Require("unstaked-identity-has-no-stake", node.UnstakedIdentityStake == 0, $"{node.Node}: U has {Text(node.UnstakedIdentityStake)} lamports of active stake",
            node.UnstakedIdentityStake is null ? Remedies.WaitForRpc(node) : Remedies.NewUnstaked(node));

    internal static PreflightCheck Link(NodeFacts node, HeldIdentity wanted) => Require(
        "identity-link", node.LinkPointsTo == wanted, $"{node.Node}'s identity link points to {node.LinkPointsTo}, it should point to {wanted}",
        $"failover node relink {node.Node} {(wanted == HeldIdentity.Staked ? "staked" : "unstaked")}");

    internal static PreflightCheck SameStaked(NodeFacts source, NodeFacts target, Pubkey? ordered = null) => Require(
        "same-staked-identity", source.StakedIdentity is { } s && s == target.StakedIdentity && s == (ordered ?? s),
        $"{source.Node}: {Text(source.StakedIdentity)}, {target.Node}: {Text(target.StakedIdentity)}{(ordered is { } order ? $", order: {order}" : "")}",
        source.StakedIdentity is null || target.StakedIdentity is null ? Remedies.Examine(source.StakedIdentity is null ? source : target) : Remedies.FetchStaked(from: source, to: target));

    internal static PreflightCheck DifferentUnstaked(NodeFacts source, NodeFacts target) => Require(
        "different-unstaked-identities",
        source.UnstakedIdentity is not null && target.UnstakedIdentity is not null && source.UnstakedIdentity != target.UnstakedIdentity,
        $"{source.Node}: {Text(source.UnstakedIdentity)}, {target.Node}: {Text(target.UnstakedIdentity)}",
        source.UnstakedIdentity is null || target.UnstakedIdentity is null ? Remedies.Examine(source.UnstakedIdentity is null ? source : target) : Remedies.NewUnstaked(target));

    internal static PreflightCheck SameVoteAccount(NodeFacts source, NodeFacts target, Pubkey? ordered = null) => Require(
        "same-vote-account", source.VoteAccount == target.VoteAccount && source.VoteAccount == (ordered ?? source.VoteAccount),
        $"{source.Node}: {source.VoteAccount}, {target.Node}: {target.VoteAccount}",
        Remedies.SetKey(target, "identity", "vote_account", source.VoteAccount.ToString()));

    internal static PreflightCheck VoteAccountBelongs(NodeFacts node, Pubkey staked) => Require(
        "vote-account-belongs-to-staked-identity", node.VoteAccountOnChain is { } account && account.Node == staked,
        node.VoteAccountOnChain is { } seen ? $"the vote account's node is {seen.Node}, S is {staked}" : $"{node.Node} does not see the vote account {node.VoteAccount}",
        node.VoteAccountOnChain is null ? Remedies.WaitForRpc(node) : $"solana vote-update-validator {node.VoteAccount} {Shell.Word(node.PathsToName.StakedKeypair)} WITHDRAWER_KEYPAIR   # or correct [identity] in {node.PathsToName.Config} on {node.Node}");

    internal static IReadOnlyList<PreflightCheck> CommandLine(NodeFacts node, bool stopped)
    {
        if (stopped)
        {
            return [new("command-line", CheckOutcome.Warning, $"{node.Node}'s validator does not run, so its command line cannot be seen", "")];
        }
        var staked = Shell.Word(node.PathsToName.StakedKeypair);
        return
        [
            Require("command-line-identity", node.CommandLineUsesLink == true,
                $"{node.Node}'s validator runs with the link as --identity: {Text(node.CommandLineUsesLink)}", Remedies.SetFlag(node, "--identity", node.PathsToName.IdentityLink)),
            Require("command-line-vote-account", node.CommandLineVoteAccountMatches != false,
                $"{node.Node}'s validator runs with the vote account {node.VoteAccount}: {Text(node.CommandLineVoteAccountMatches)}",
                Remedies.SetFlag(node, "--vote-account", node.VoteAccount.ToString())),
            Require("authorized-voter", node.CommandLineHasVoter == true,
                $"{node.Node}'s command line names the voter: {Text(node.CommandLineHasVoter)}", Remedies.AddFlag(node, "--authorized-voter", node.PathsToName.StakedKeypair)),
            Require("voters-loaded", node.VotingEnabled != false || node.VotersOwed || (node.StandbyFenced && node.Holds == HeldIdentity.Unstaked),
                $"{node.Node}: voting enabled: {Text(node.VotingEnabled)}",
                node.Holds == HeldIdentity.Staked
                    ? $"failover node set-identity {node.Node} staked"
                    : $"agave-validator -l {Shell.Word(node.PathsToName.Ledger)} authorized-voter add {staked}{Remedies.On(node)}"),
        ];
    }

    internal static PreflightCheck SlotsClose(NodeFacts source, NodeFacts target, ulong most) => Require(
        "slots-close", source.ProcessedSlot is { } a && target.ProcessedSlot is { } b && Apart(a, b) <= most,
        $"processed slot {source.Node}: {Text(source.ProcessedSlot)}, {target.Node}: {Text(target.ProcessedSlot)}",
        $"solana catchup --our-localhost{Remedies.On(target)}: wait until both are within {most} slots");

    internal static PreflightCheck RootsAdvance(string name, NodeFacts node) => Require(
        name, node is { ProcessedSlot: { } processed, FinalizedSlot: { } finalized } && finalized + 150 >= processed,
        $"{node.Node} processed {Text(node.ProcessedSlot)}, finalized {Text(node.FinalizedSlot)}", $"agave-validator -l {Shell.Word(node.PathsToName.Ledger)} monitor{Remedies.On(node)}: wait until it roots slots again");

    internal static PreflightCheck LoadsTheRecord(NodeFacts target) => Require(
        "target-loads-the-record", target.Proof != VotingStopProof.CommandGuarantee,
        $"{target.Node}: {target.Driver}",
        "# a client that keeps no tower would vote without the source's last votes: hand over to a node that loads one");

    internal static PreflightCheck Proof(NodeFacts source) => Require(
        "proof-that-voting-stops", source.Proof != VotingStopProof.Unknown, $"{source.Node}: {source.Proof}: {source.Driver}", "# choose a [validator] driver that gives a proof");

    internal static PreflightCheck RoundTrip(TimeSpan roundTrip) => new(
        "round-trip", roundTrip < TimeSpan.FromMilliseconds(250) ? CheckOutcome.Ok : CheckOutcome.Warning,
        $"{Milliseconds(roundTrip)} between the agents", roundTrip < TimeSpan.FromMilliseconds(250) ? "" : "# expect a longer vote gap");

    internal static PreflightCheck Started(NodeFacts node) => node.Started is { } started
        ? Require("validator-started", started, $"{node.Node}: {node.StartProgress}", $"agave-validator -l {Shell.Word(node.PathsToName.Ledger)} monitor{Remedies.On(node)}: wait until start-up is complete")
        // It says so itself while it starts: waiting does not help one that says nothing.
        : Silent("validator-started", node);

    internal static PreflightCheck Healthy(NodeFacts node, bool warnOnly)
    {
        var check = Require("healthy", node.Health is { Healthy: true }, $"{node.Node}: {node.Health?.Words ?? "no answer"}", $"agave-validator -l {Shell.Word(node.PathsToName.Ledger)} monitor{Remedies.On(node)}: wait until it is healthy");
        return check.Outcome == CheckOutcome.Fails && warnOnly ? check with { Outcome = CheckOutcome.Warning } : check;
    }

    internal static PreflightCheck Readable(NodeFacts node) => Require(
        "record-readable", node.RecordProblem.Length == 0, node.RecordProblem.Length == 0 ? $"{node.Node}: every record passes" : $"{node.Node}: {node.RecordProblem}",
        "# move the damaged file aside, unless this node voted last");

    /// <summary>After a loss of power the record of a validator that has not run since may lack its last votes; time makes them harmless.</summary>
    private static PreflightCheck Survived(NodeFacts source, NodeFacts target, bool stopped)
    {
        var last = source.Records.Max(record => record.LastVotedSlot) ?? 0;
        return Require("record-survived", !stopped || source.ValidatorSeenThisBoot
                || (target.FinalizedSlot >= last + VoteHorizon.Slots && target.VoteAccountOnChain?.LastVote <= last),
            !stopped ? $"{source.Node}'s validator runs" : $"{source.Node}'s record ends with slot {last}; its validator was seen since the machine started: {source.ValidatorSeenThisBoot}",
            $"{Remedies.StartValidator(source)}: or wait until slot {last + VoteHorizon.Slots} is finalized");
    }

    internal static PreflightCheck RecordNotNewer(NodeFacts source, NodeFacts target)
    {
        var newer = target.Records.Where(theirs => source.Records.FirstOrDefault(ours => ours.Kind == theirs.Kind) is not { } ours
            || theirs.LastVotedSlot > ours.LastVotedSlot
            || (theirs.LastVotedSlot == ours.LastVotedSlot && theirs.Sha256 != ours.Sha256 && source.ProcessRunning == false)).ToList();
        return Require("target-record-not-newer", newer.Count == 0,
            newer.Count == 0 ? Text(target.Node, target.Records) : $"newer than the source's: {Text(target.Node, newer)}",
            $"# {target.Node} has votes that {source.Node} lacks: find out who voted last before anything else");
    }

    internal static PreflightCheck Portable(NodeFacts source, NodeFacts target)
    {
        var history = source.Records.Any(record => record.Kind == RecordKind.VoteHistory);
        return Require("record-portable", !history || Newer(source.ClientVersion) == Newer(target.ClientVersion),
            $"{source.Node} runs {source.ClientVersion}, {target.Node} runs {target.ClientVersion}",
            "# a vote history cannot be read across the border between 4.1 and 4.2: bring both to the same side");
    }

    internal static PreflightCheck Disk(NodeFacts node) => Require(
        "disk-space", node.FreeBytes >= MinFreeBytes, $"{node.Node}: {(node.FreeBytes is { } free ? $"{free / (1024 * 1024)} MiB" : "unknown")} free", $"df -h {Shell.Word(node.PathsToName.Ledger)}{Remedies.On(node)}: make room there");

    internal static PreflightCheck Admin(NodeFacts node, bool stopped) => stopped
        ? new PreflightCheck("admin-answers", CheckOutcome.Ok, $"{node.Node}'s validator does not run", "")
        : node.AdminLatency is not { } took
            ? Silent("admin-answers", node)
            : new PreflightCheck("admin-answers", took < SlowAdmin ? CheckOutcome.Ok : CheckOutcome.Warning, $"{node.Node}: {Milliseconds(took)}", "");

    /// <summary>What the operator had in mind for the handoff must not fail for want of a file; and whoever can change one would act with the agent's rights.</summary>
    internal static IEnumerable<PreflightCheck> Hooks(NodeFacts node)
    {
        var wrong = node.Hooks.Where(hook => hook.File != HookFile.Good).DistinctBy(hook => hook.Program).ToList();
        if (node.Hooks.Count > 0 && wrong.Count == 0)
        {
            yield return new PreflightCheck("hooks-runnable", CheckOutcome.Ok, $"{node.Node}: {string.Join(", ", node.Hooks.Select(hook => hook.Name).Distinct())}", "");
        }
        foreach (var hook in wrong)
        {
            var program = Shell.Word(hook.Program);
            var config = Shell.Word(node.PathsToName.Config);
            var (what, remedy) = hook.File switch
            {
                HookFile.NotExecutable => ("cannot be run by the agent's user", $"chmod a+x {program}{Remedies.On(node)}"),
                HookFile.WritableByOthers => ("can be changed, or replaced in its folder, by others than root and the agent's user", $"chown root: {program} && chmod go-w {program}{Remedies.On(node)}; and the folders above it: namei -l {program}"),
                _ => ("is not there", $"\"${{EDITOR:-vi}}\" {config} && failover-agent check-config --config {config} && {Remedies.RestartAgent(node.Node)}: correct [[hooks]]"),
            };
            yield return new PreflightCheck("hooks-runnable", CheckOutcome.Fails, $"{node.Node}: the program of the hook {hook.Name} ({hook.At.Word}), {hook.Program}, {what}", remedy);
        }
    }

    private static PreflightCheck Silent(string name, NodeFacts node) => new(
        name, CheckOutcome.Fails, $"{node.Node}'s validator does not answer", $"{Remedies.RestartValidator(node)}: one blocked call blocks all; see its log first");

    internal static IEnumerable<PreflightCheck> Problems(NodeFacts node) =>
        node.Problems.Select(problem => new PreflightCheck("problem", CheckOutcome.Warning, $"{node.Node}: {problem}", ""));

    internal static PreflightCheck Require(string name, bool holds, string seen, string remedy) =>
        holds ? new PreflightCheck(name, CheckOutcome.Ok, seen, "") : new PreflightCheck(name, CheckOutcome.Fails, seen, remedy);

    private static bool Newer(string clientVersion) =>
        Version.TryParse(clientVersion.Split('-')[0], out var version) && version >= new Version(4, 2);

    private static ulong Apart(ulong a, ulong b) => a > b ? a - b : b - a;

    private static TimeSpan Magnitude(TimeSpan span) => span < TimeSpan.Zero ? -span : span;

    private static string Milliseconds(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0.0} ms");

    private static string Ago(TimeSpan? span) => span is { } ago ? string.Create(CultureInfo.InvariantCulture, $"{ago.TotalSeconds:0.0} s ago") : "not since the agent started";

    private static string Text<T>(T? value) where T : struct => value?.ToString() ?? "unknown";

    private static string Text(string node, IReadOnlyList<RecordSummary> records) => records.Count == 0
        ? $"{node} has no record"
        : $"{node}: {string.Join(", ", records.Select(record => $"{record.Kind} to slot {Text(record.LastVotedSlot)}"))}";
}
