using Failover.Agents;

namespace Failover.Examinations;

/// <summary>The commands that cure, each to be pasted as it is, with the node's own paths. What is moved aside is kept.</summary>
internal static class Remedies
{
    private const string AgentUnit = "failover-agent";

    /// <summary>The remark that says where to paste; behind the command, so that it can be pasted along.</summary>
    public static string On(NodeFacts node) => On(node.Node);

    public static string On(string node) => $"   # on {node}";

    public static string RestartAgent(string node) => $"systemctl restart {AgentUnit}{On(node)}";

    public static string StartValidator(NodeFacts node) => $"systemctl start {Shell.Word(node.PathsToName.ValidatorUnit)}{On(node)}";

    /// <summary>A validator that votes is not restarted without a thought.</summary>
    public static string RestartValidator(NodeFacts node) =>
        $"systemctl restart {Shell.Word(node.PathsToName.ValidatorUnit)}{On(node)}{(node.Holds == Identities.HeldIdentity.Staked ? ", which votes: it pauses meanwhile" : "")}";

    /// <summary>Changes a flag of the validator's command line, where that lies in a file that is known.</summary>
    public static string SetFlag(NodeFacts node, string flag, string value) => EditScript(
        node, $"s|{flag}[= ][^ ]*|{flag} {Shell.SedReplacement(Shell.Word(value))}|", $"{flag} {Shell.Word(value)}");

    /// <summary>Adds a flag to the validator's command line, before its vote account.</summary>
    public static string AddFlag(NodeFacts node, string flag, string value) => EditScript(
        node, $"s|--vote-account|{flag} {Shell.SedReplacement(Shell.Word(value))} --vote-account|", $"{flag} {Shell.Word(value)}");

    /// <summary>Sets a key of the agent's configuration, which then has to be read again.</summary>
    public static string SetKey(NodeFacts node, string section, string key, string value) =>
        $"sed -i -e {Shell.Word($"/^ *{key} *=/d")} -e {Shell.Word($"/^ *\\[{section}\\]/a {key} = {TomlInSed(value)}")} {Shell.Word(node.PathsToName.Config)} && {RestartAgent(node.Node)}";

    /// <summary>Names another node in the agent's configuration.</summary>
    public static string AddPeer(NodeFacts node, string peer, string address) =>
        $"printf '\\n[[peers]]\\nname = \"%s\"\\naddress = \"%s\"\\n' {Shell.Word(peer)} {Shell.Word(address)} >> {Shell.Word(node.PathsToName.Config)} && {RestartAgent(node.Node)}";

    /// <summary>Corrects an address in the agent's configuration.</summary>
    public static string ChangeAddress(NodeFacts node, string from, string to) =>
        $"sed -i {Shell.Word($"s|\"{Shell.SedReplacement(from)}\"|\"{Shell.SedReplacement(to)}\"|")} {Shell.Word(node.PathsToName.Config)} && {RestartAgent(node.Node)}";

    /// <summary>Brings the staked keypair from another node; what lies here is kept.</summary>
    public static string FetchStaked(NodeFacts from, NodeFacts to) => FetchStaked(from.Node, from.PathsToName.StakedKeypair, to.Node, to.PathsToName.StakedKeypair, there: true);

    public static string FetchStaked(string from, string theirs, string to, string ours, bool there)
    {
        var file = Shell.Word(ours);
        return $"{(there ? $"mv --backup=numbered {file} {Shell.Word(ours + ".before")} && " : "")}scp {Shell.Word($"{from}:{theirs}")} {file} && chmod 600 {file}{On(to)}";
    }

    /// <summary>A fresh throw-away identity; the validator takes it by the order behind it.</summary>
    public static string NewUnstaked(NodeFacts node) => NewUnstaked(node.Node, node.PathsToName.UnstakedKeypair, there: true);

    public static string NewUnstaked(string node, string unstaked, bool there)
    {
        var file = Shell.Word(unstaked);
        return $"{(there ? $"mv --backup=numbered {file} {Shell.Word(unstaked + ".before")} && " : "")}(umask 077 && solana-keygen new -s --no-bip39-passphrase -o {file}){On(node)}; then failover doctor";
    }

    /// <summary>A key that cannot be read is not replaced: why it cannot be read is looked at first.</summary>
    public static string Examine(NodeFacts node) => $"failover doctor {node.Node}";

    /// <summary>What is not known calls for no cure yet.</summary>
    public static string WaitForRpc(NodeFacts node) => $"agave-validator -l {Shell.Word(node.PathsToName.Ledger)} monitor{On(node)}: wait until its JSON-RPC tells; then failover doctor";

    /// <summary>The system gives each user only so many.</summary>
    public static string MoreWatches(string node) =>
        $"sysctl -w fs.inotify.max_user_instances=1024 fs.inotify.max_user_watches=1048576{On(node)}; and the same in /etc/sysctl.d";

    public static string MoveAside(string path, string suffix, string node) => $"mv --backup=numbered {Shell.Word(path)} {Shell.Word($"{path}.{suffix}")}{On(node)}";

    // A string of TOML, in a text that sed adds: there a backslash has to be doubled once more.
    private static string TomlInSed(string value) =>
        $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\\", "\\\\", StringComparison.Ordinal)}\"";

    private static string EditScript(NodeFacts node, string edit, string wanted) => node.PathsToName.StartScript is { Length: > 0 } script
        ? $"sed -i {Shell.Word(edit)} {Shell.Word(script)} && {RestartValidator(node)}"
        : $"systemctl edit --full {Shell.Word(node.PathsToName.ValidatorUnit)}{On(node)}: {wanted}; then systemctl restart {node.PathsToName.ValidatorUnit}";
}
