using System.Globalization;
using Failover.Agents;
using Failover.Disks;
using Failover.Handoff;
using Failover.Identities;
using Failover.Validators;

namespace Failover.Examinations;

/// <summary>
/// The standing checks of one node, as a pure function of what is seen of it: what the guide and the protocol ask of a host before anybody thinks of a handoff.
/// Where a preflight has the same check, it is the same.
/// </summary>
public static class NodeExamination
{
    /// <summary>A certificate that is valid for less has to be carried to a machine soon.</summary>
    private const int DaysToWarn = 30;

    /// <param name="peers">Names of the other nodes; the first is where a lost staked keypair is fetched from.</param>
    public static IReadOnlyList<PreflightCheck> Run(NodeConfig config, HostFacts host, NodeFacts facts, IReadOnlyList<string> peers)
    {
        var checks = new CheckList();
        Agent(checks, config, host);
        var (staked, unstaked) = Keypairs(checks, config, host, peers);
        var process = Process(checks, host, facts);
        var commandLine = CommandLine(checks, config, host, facts, process);
        var folders = Folders(checks, config, host, commandLine);
        var answers = Validator(checks, host, facts, process, commandLine, folders, staked, unstaked);
        Link(checks, config, host, facts, answers, staked, unstaked);
        Records(checks, host, facts, staked, folders);
        Chain(checks, config, host, facts, peers, process, answers, staked, unstaked);
        Promises(checks, facts, answers);
        foreach (var hook in Preflight.Hooks(facts))
        {
            checks.Add(hook);
        }
        // What no check explains is told as it was heard.
        foreach (var problem in checks.AllOk ? facts.Problems : [])
        {
            checks.Expect("problem", false, problem, "failover status   # see what else it says");
        }
        return checks.All;
    }

    /// <summary>What can be said when the configuration cannot be used: nothing else is known.</summary>
    public static IReadOnlyList<PreflightCheck> OfMistakes(string file, IReadOnlyList<ConfigFault> mistakes)
    {
        var checks = new CheckList();
        Config(checks, file, mistakes, "this host");
        return checks.All;
    }

    private static void Agent(CheckList checks, NodeConfig config, HostFacts host)
    {
        var file = Shell.Word(config.ConfigFile);
        var valid = Config(checks, config.ConfigFile, host.Config.Mistakes, config.Node);
        if (host.Config.InForce is { } inForce)
        {
            checks.Require("config-in-force", inForce, inForce ? "the agent runs with what the file says" : $"{config.ConfigFile} was changed since the agent started",
                Remedies.RestartAgent(config.Node), valid);
        }
        checks.Require("config-closed", !host.ConfigFile.WritableByOthers, $"{config.ConfigFile} has mode {host.ConfigFile.Mode}: it names what the agent runs, so only its owner may write it",
            $"chmod go-w {file}{Remedies.On(config.Node)}");
        var state = host.StateFolder;
        checks.Require("state-folder", state is { Facts.Kind: FileKind.Folder, Writable: true, WritableByOthers: false } && (state.Facts!.Uid == host.Uid || host.Uid == 0),
            state.Facts is null ? $"{state.Path} is not there" : $"{state.Path} has mode {state.Mode}, owner {state.Facts.Uid}; the agent's user is {host.Uid} and has it to itself",
            $"mkdir -p {Shell.Word(state.Path)} && chown {host.Uid} {Shell.Word(state.Path)} && chmod 700 {Shell.Word(state.Path)}{Remedies.On(config.Node)}");

        var certificate = host.Certificate;
        var key = Shell.Word(certificate.Key.Path);
        var renew = $"failover pki renew {config.Node} && scp pki/{config.Node}.key {Shell.Word($"{config.Node}:{certificate.Key.Path}")} && "
            + $"scp pki/{config.Node}.crt {Shell.Word($"{config.Node}:{certificate.CertificatePath}")}   # where the authority's folder pki lies";
        var open = (certificate.Key.Facts?.Mode ?? 0) & 0b000_010_110;
        var usable = checks.Require("certificate-usable", certificate.Problem.Length == 0 && open == 0,
            open != 0 ? $"{certificate.Key.Path} has mode {certificate.Key.Mode}: others can get at the agent's key"
                : certificate.Problem.Length > 0 ? certificate.Problem : $"{certificate.CertificatePath} with its key",
            open != 0 ? $"chmod 600 {key}{Remedies.On(config.Node)}" : renew);
        checks.Require("certificate-name", certificate.NamesThisNode, $"it names {certificate.Identity}; required is the peer {config.Node}",
            renew.Replace("pki renew", "pki issue peer", StringComparison.Ordinal), usable);
        Certificate(checks, certificate.ValidUntil, host.Now, renew, usable);
    }

    /// <summary>Expired fails, soon to expire warns.</summary>
    private static void Certificate(CheckList checks, DateTimeOffset? validUntil, DateTimeOffset now, string renew, params ReadOnlySpan<PreflightCheck> after)
    {
        var days = validUntil is { } until ? Math.Floor((until - now).TotalDays) : -1;
        checks.Add(new PreflightCheck("certificate-expiry", days < 0 ? CheckOutcome.Fails : days < DaysToWarn ? CheckOutcome.Warning : CheckOutcome.Ok,
            validUntil is null ? "unknown" : string.Create(CultureInfo.InvariantCulture, $"{(days < 0 ? "expired on" : "valid until")} {validUntil:yyyy-MM-dd}, {days} days"),
            days < DaysToWarn ? renew : ""), after);
    }

    private static PreflightCheck Config(CheckList checks, string file, IReadOnlyList<ConfigFault> mistakes, string node)
    {
        var path = Shell.Word(file);
        var check = $"failover-agent check-config --config {path}";
        PreflightCheck? last = null;
        foreach (var mistake in mistakes)
        {
            var first = checks.Require("config-valid", false, mistake.Text, mistake.UnknownKeyLine is { } line
                ? $"sed -i '{line}s/^/# /' {path} && {check}{Remedies.On(node)}"
                : $"\"${{EDITOR:-vi}}\" {(mistake.Line is { } at ? $"+{at} " : "")}{path} && {check}{Remedies.On(node)}");
            last ??= first;
        }
        return last ?? checks.Require("config-valid", true, $"{file} has no mistake", "");
    }

    private static (PreflightCheck Staked, PreflightCheck Unstaked) Keypairs(CheckList checks, NodeConfig config, HostFacts host, IReadOnlyList<string> peers)
    {
        var there = host.Staked.File.Facts is not null;
        var staked = Keypair("staked-keypair", host.Staked, peers is [var peer, ..]
            ? Remedies.FetchStaked(peer, config.StakedKeypair, config.Node, config.StakedKeypair, there)
            : $"# bring the staked keypair from where it is, as {config.StakedKeypair}, mode 0600");
        var unstaked = Keypair("unstaked-keypair", host.Unstaked, Remedies.NewUnstaked(config.Node, config.UnstakedKeypair, host.Unstaked.File.Facts is not null));
        checks.Require("keypairs-differ", host.Staked.Key != host.Unstaked.Key, $"S is {host.Staked.Key?.ToString() ?? "unknown"}, U is {host.Unstaked.Key?.ToString() ?? "unknown"}",
            Remedies.NewUnstaked(config.Node, config.UnstakedKeypair, there: true), staked, unstaked);
        // Root reads everything; anybody else reads its own, since a keypair file is closed to all but its owner.
        var user = host.Validator?.Uid;
        var foreign = new[] { host.Staked.Target, host.Unstaked.Target }.Where(file => user is > 0 && file.Facts is { } facts && facts.Uid != user).Select(file => file.Path).ToList();
        checks.Require("keypairs-for-validator", foreign.Count == 0,
            foreign.Count == 0 ? $"the validator's user{(user is null ? "" : $" {user}")} can read both" : $"the validator's user {user} cannot read {string.Join(" and ", foreign)}",
            $"chown {user} {string.Join(' ', foreign.Select(Shell.Word))}{Remedies.On(config.Node)}", staked, unstaked);
        return (staked, unstaked);

        PreflightCheck Keypair(string name, KeyFacts key, string replace) => checks.Require(name, key.Problem.Length == 0,
            key.Problem.Length == 0 ? $"{key.File.Path}, mode {key.Target.Mode}" : key.Problem,
            key.Target.Facts switch
            {
                { Kind: FileKind.Regular } facts when (facts.Mode & 0b000_111_111) != 0 => $"chmod 600 {Shell.Word(key.Target.Path)}{Remedies.On(config.Node)}",
                { Kind: FileKind.Regular } facts when facts.Uid != 0 && facts.Uid != host.Uid && facts.Uid != host.Ledger.Facts?.Uid =>
                    $"chown {host.Ledger.Facts?.Uid ?? host.Uid} {Shell.Word(key.Target.Path)}{Remedies.On(config.Node)}",
                _ => replace,
            });
    }

    private static PreflightCheck Process(CheckList checks, HostFacts host, NodeFacts facts) => checks.Require(
        "validator-runs", host.Validator is not null,
        host.Validator is { } process ? $"process {process.Pid}, user {process.Uid}" : host.ValidatorProblem.Length > 0 ? host.ValidatorProblem : "no validator runs on this node's ledger",
        host.ValidatorProblem.Length > 0 ? "# run the agent where it sees the validator's process: no hidepid, the same PID namespace" : Remedies.StartValidator(facts));

    private static PreflightCheck CommandLine(CheckList checks, NodeConfig config, HostFacts host, NodeFacts facts, PreflightCheck process)
    {
        // The account that the process names may be the right one: the chain knows which of the two S votes for.
        var accountOnLine = host.Validator?.ValuesOf("--vote-account") is [var account] && Pubkey.TryParse(account, out var named) ? named : (Pubkey?)null;
        foreach (var check in Preflight.CommandLine(facts, stopped: false))
        {
            if (check.Name == "command-line-vote-account" && accountOnLine is { } other && facts.VoteAccountOnChain?.Node != facts.StakedIdentity)
            {
                checks.Add(check with { Remedy = check.Outcome == CheckOutcome.Ok ? "" : Remedies.SetKey(facts, "identity", "vote_account", other.ToString()) }, process);
            }
            else if (check.Name != "voters-loaded")
            {
                checks.Add(check, process);
            }
        }
        var ledger = PathOf(host.Validator, "--ledger", "-l");
        var ledgerFlag = checks.Require("command-line-ledger", ledger is null || Same(ledger, config.Ledger),
            $"the validator's ledger is {ledger ?? "not named"}, the agent's is {config.Ledger}", Remedies.SetKey(facts, "validator", "ledger", ledger ?? ""), process);
        var tower = PathOf(host.Validator, "--tower");
        var towerFlag = checks.Require("command-line-tower", host.Validator is null || Same(tower ?? ledger ?? config.Ledger, config.TowerFolder),
            $"the validator's towers lie in {tower ?? ledger ?? config.Ledger}, the agent reads {config.TowerFolder}",
            Remedies.SetKey(facts, "validator", "tower", tower ?? ledger ?? config.Ledger), process, ledgerFlag);
        return ledgerFlag.Outcome == CheckOutcome.Ok ? towerFlag : ledgerFlag;
    }

    private static PreflightCheck Folders(CheckList checks, NodeConfig config, HostFacts host, PreflightCheck commandLine)
    {
        var link = Folder("link-folder", host.LinkFolder, "the agent repoints the identity link in it");
        var ledger = Folder("ledger-folder", host.Ledger, "the agent stores records in it", commandLine);
        if (host.TowerFolder.Path != host.Ledger.Path)
        {
            Folder("tower-folder", host.TowerFolder, "the agent stores towers in it", commandLine);
        }
        return ledger.Outcome == CheckOutcome.Ok ? link : ledger;

        PreflightCheck Folder(string name, PathFacts folder, string why, params ReadOnlySpan<PreflightCheck> after)
        {
            var path = Shell.Word(folder.Path);
            return checks.Require(name, folder is { Facts.Kind: FileKind.Folder, Readable: true, Writable: true, WritableByOthers: false },
                folder.Facts is null ? $"{folder.Path} is not there {folder.Problem}".TrimEnd()
                    : folder.WritableByOthers ? $"{folder.Path} has mode {folder.Mode}: others could put a file in a record's or a key's place"
                    : $"{folder.Path} has mode {folder.Mode}, owner {folder.Facts.Uid}: {why}, as user {host.Uid}",
                folder.Facts is null ? $"mkdir -p {path}{Remedies.On(config.Node)}"
                    : folder.WritableByOthers ? $"chmod go-w {path}{Remedies.On(config.Node)}"
                    : $"setfacl -m u:{host.Uid}:rwx {path}{Remedies.On(config.Node)}; or run the agent as the validator's user",
                after);
        }
    }

    private static PreflightCheck Validator(
        CheckList checks, HostFacts host, NodeFacts facts, PreflightCheck process, PreflightCheck commandLine, PreflightCheck folders, PreflightCheck staked, PreflightCheck unstaked)
    {
        var socket = process;
        if (host.AdminSocket is { } path)
        {
            socket = checks.Require("admin-socket", path is { Facts.Kind: FileKind.Other, Writable: true },
                path.Facts is null ? $"{path.Path} is not there" : $"{path.Path}, mode {path.Mode}, owner {path.Facts.Uid}, writable for user {host.Uid}: {(path.Writable ? "yes" : "no")}",
                path.Facts is { Kind: FileKind.Other }
                    ? $"# run the agent as the validator's user: User= in systemctl edit failover-agent on {facts.Node}"
                    : Remedies.RestartValidator(facts), process, commandLine, folders);
        }
        var started = checks.Add(Preflight.Started(facts), process, socket);
        var answers = checks.Add(Preflight.Admin(facts, stopped: false), process, socket, started);
        var holds = checks.Require("holds-own-identity", facts.Holds != HeldIdentity.Unknown,
            facts.RunningIdentity is { } running ? $"it runs with {running}, {Held(facts.Holds)}" : "it does not say which identity it runs with",
            $"failover node set-identity {facts.Node} unstaked", process, socket, started, answers, staked, unstaked);
        foreach (var check in Preflight.CommandLine(facts, stopped: false).Where(check => check.Name == "voters-loaded"))
        {
            checks.Add(check, process, socket, started, answers, holds);
        }
        checks.Add(Preflight.Proof(facts), process, socket, started);
        return holds;
    }

    private static void Link(CheckList checks, NodeConfig config, HostFacts host, NodeFacts facts, PreflightCheck holds, PreflightCheck staked, PreflightCheck unstaked)
    {
        var link = host.Link;
        // A link that has to be made anew leads to S only where the validator holds it: anything else could make a second voter at the next start.
        var target = facts is { Holds: HeldIdentity.Staked, Promised: not PromisedRole.Standby } ? config.StakedKeypair : config.UnstakedKeypair;
        var make = $"ln -sfn {Shell.Word(target)} {Shell.Word(link.Path)}{Remedies.On(config.Node)}";
        var leads = checks.Require("link-leads-to-keypair", facts.LinkPointsTo != HeldIdentity.Unknown,
            link.Facts is null ? $"{link.Path} is not there" : link.PointsTo is { } to ? $"{link.Path} points to {to}" : $"{link.Path} is no symbolic link",
            link.Facts is null || link.PointsTo is not null ? make : $"mv --backup=numbered {Shell.Word(link.Path)} {Shell.Word(link.Path + ".before")} && {make}");
        var wanted = facts.Holds == HeldIdentity.Unknown ? facts.LinkPointsTo : facts.Holds;
        checks.Add(Preflight.Link(facts, wanted), leads, holds, staked, unstaked);
    }

    private static void Records(CheckList checks, HostFacts host, NodeFacts facts, PreflightCheck staked, PreflightCheck folders)
    {
        var readable = Preflight.Readable(facts);
        if (readable.Outcome != CheckOutcome.Ok && host.DamagedRecord.Length > 0)
        {
            readable = readable with { Remedy = $"{Remedies.MoveAside(host.DamagedRecord, "damaged", facts.Node)}, unless this node voted last" };
        }
        var passes = checks.Add(readable, staked);
        var votes = facts.Holds == HeldIdentity.Staked;
        checks.Require("record-present", !votes || facts.Records.Any(record => record.LastVotedSlot is not null),
            facts.Records.Count == 0 ? votes ? "the active node has no voting record" : "none, as a standby may" : string.Join(", ", facts.Records.Select(record => $"{record.Kind} to slot {record.LastVotedSlot}")),
            $"agave-validator -l {Shell.Word(facts.PathsToName.Ledger)} monitor{Remedies.On(facts)}: wait until it votes", staked, passes);
        var user = host.Validator?.Uid;
        var foreign = host.Records.Where(file => user is > 0 && file.Facts!.Uid != user).Select(file => file.Path).ToList();
        checks.Require("record-owner", foreign.Count == 0, foreign.Count == 0 ? "every record belongs to the validator's user" : $"{string.Join(" and ", foreign)} does not belong to the validator's user {user}",
            $"chown {user} {string.Join(' ', foreign.Select(Shell.Word))}{Remedies.On(facts)}", staked);
        checks.Expect("record-left-behind", host.LeftBehind.Count == 0,
            host.LeftBehind.Count == 0 ? "no half-written record" : $"half-written, and nobody is writing it: {string.Join(", ", host.LeftBehind)}",
            host.LeftBehind.Count == 0 ? "" : Remedies.MoveAside(host.LeftBehind[0], "left", facts.Node), staked);
        checks.Require("record-watch", host.WatchProblem.Length == 0, host.WatchProblem.Length == 0 ? "changes of a record can be watched" : host.WatchProblem,
            Remedies.MoreWatches(facts.Node), staked, folders);
        checks.Add(Preflight.Disk(facts));
    }

    private static void Chain(
        CheckList checks, NodeConfig config, HostFacts host, NodeFacts facts, IReadOnlyList<string> peers, PreflightCheck process, PreflightCheck answers, PreflightCheck staked, PreflightCheck unstaked)
    {
        // Its port stands in the command line: where that is another one, this is the mistake.
        var port = Named(host.Validator, "--rpc-port");
        var elsewhere = port is not null and not "0" && port != host.Rpc.Port.ToString(CultureInfo.InvariantCulture);
        var rpc = checks.Require("rpc-answers", facts.ProcessedSlot is not null,
            $"{host.Rpc.OriginalString}: {(facts.ProcessedSlot is { } slot ? $"slot {slot}" : "no answer")}{(elsewhere ? $"; the validator's --rpc-port is {port}" : "")}",
            elsewhere ? Remedies.SetKey(facts, "validator", "rpc", $"http://127.0.0.1:{port}") : $"{Remedies.RestartValidator(facts)}; is --rpc-port given, and as in [validator] rpc?", process);
        checks.Add(Preflight.Healthy(facts, warnOnly: false), process, rpc);
        checks.Add(Preflight.RootsAdvance("roots-advance", facts), process, rpc);
        if (facts.StakedIdentity is { } s)
        {
            var account = checks.All.First(check => check.Name is "command-line-vote-account" or "command-line");
            var belongs = Preflight.VoteAccountBelongs(facts, s);
            if (belongs.Outcome != CheckOutcome.Ok && facts is { Holds: HeldIdentity.Unstaked, VoteAccountOnChain: not null } && peers is [var peer, ..])
            {
                // Somebody else votes for the account: the key that lies here is not the pair's.
                belongs = belongs with { Remedy = Remedies.FetchStaked(peer, config.StakedKeypair, config.Node, config.StakedKeypair, there: true) };
            }
            belongs = checks.Add(belongs, process, rpc, staked, account);
            checks.Require("not-delinquent", facts.VoteAccountOnChain is not { Delinquent: true } || facts.Holds != HeldIdentity.Staked,
                facts.VoteAccountOnChain is { } view ? $"last vote on chain: slot {view.LastVote}" : "unknown",
                $"agave-validator -l {Shell.Word(facts.PathsToName.Ledger)} monitor{Remedies.On(facts)}: its votes do not land", process, rpc, belongs, answers);
        }
        checks.Add(Preflight.Unstaked(facts, stopped: false), process, rpc, staked, unstaked);
    }

    private static void Promises(CheckList checks, NodeFacts facts, PreflightCheck holds)
    {
        var denies = facts is { Promised: PromisedRole.Standby, Holds: HeldIdentity.Staked };
        var claims = facts is { Promised: PromisedRole.Active, Holds: HeldIdentity.Unstaked };
        var open = facts.LastHandoff is { Phase: not HandoffPhase.Ended and not HandoffPhase.Active and not HandoffPhase.Refused and not HandoffPhase.Unknown } ? facts.LastHandoff : null;
        var free = checks.Require("no-handoff-open", open is null, open is null ? "none is under way" : $"handoff {open.Order.Id} is {open.Phase}: {open.Text}",
            open?.Phase == HandoffPhase.Prepared ? "failover abort" : "failover resume");
        checks.Require("last-word", !denies && !claims, $"the node's last word is {facts.Promised}, its validator holds {Held(facts.Holds)}",
            $"failover node set-identity {facts.Node} unstaked   # after making certain who holds S: failover status", holds, free);
        checks.Expect("voters-returned", !facts.VotersOwed, facts.VotersOwed ? "its voters were taken and are still to be given back" : "nothing is owed",
            "# wait for a few slots and look again", holds, free);
    }

    private static string? Named(ProcessFacts? process, params ReadOnlySpan<string> flags) => process?.ValuesOf(flags) is [.., var last] ? last : null;

    // Relative to the validator's own folder, which is not this process's: it cannot be compared.
    private static string? PathOf(ProcessFacts? process, params ReadOnlySpan<string> flags) =>
        Named(process, flags) is { } path && Path.IsPathRooted(path) ? path : null;

    private static bool Same(string a, string b) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(a)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(b));

    private static string Held(HeldIdentity held) => held switch
    {
        HeldIdentity.Staked => "S",
        HeldIdentity.Unstaked => "U",
        _ => "neither of this node's identities",
    };
}
