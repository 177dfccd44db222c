namespace Failover.Examinations;

/// <summary>What a check of the doctor asks.</summary>
/// <param name="Together">It takes all nodes; the others are about one.</param>
/// <param name="InPreflight">The preflight of a handoff has the very same one.</param>
public sealed record KnownCheck(string Name, string Asks, bool Together = false, bool InPreflight = false);

/// <summary>Every check of the doctor, in the order in which they are made. A test holds it to what is made.</summary>
public static class CheckCatalogue
{
    public static IReadOnlyList<KnownCheck> All { get; } =
    [
        new("agent-answers", "The node's agent answers the coordinator, and calls itself by the name that the coordinator has for it."),
        new("config-valid", "The agent's configuration file has no mistake: it would start with it again."),
        new("config-in-force", "The running agent does what the file says."),
        new("config-closed", "Nobody but its owner may write the configuration file."),
        new("state-folder", "The agent's promises lie in a folder that is its own."),
        new("certificate-usable", "CA, certificate and key can be read and fit; others cannot get at the key."),
        new("certificate-name", "The certificate is a peer's and names this node."),
        new("certificate-expiry", "It is valid, for 30 days at least."),
        new("staked-keypair", "S's keypair file is there, whole, and closed to all but its owner."),
        new("unstaked-keypair", "The same of U's."),
        new("keypairs-differ", "S is not U."),
        new("keypairs-for-validator", "The validator's user can read both."),
        new("validator-runs", "A process runs on the node's ledger, as `/proc` shows it."),
        new("command-line-identity", "Its `--identity` is the identity link, so that a restart comes up as the link says.", InPreflight: true),
        new("command-line-vote-account", "Its `--vote-account` is the agent's.", InPreflight: true),
        new("authorized-voter", "Its `--authorized-voter` is S (or every voter that the agent's configuration names).", InPreflight: true),
        new("command-line-ledger", "Its `--ledger` is the agent's."),
        new("command-line-tower", "Its towers lie where the agent reads them."),
        new("link-folder", "The agent may repoint the identity link, and others may not."),
        new("ledger-folder", "The agent may store records in the ledger, and others may not."),
        new("tower-folder", "The same of the tower folder, where it is another one."),
        new("admin-socket", "The validator's admin socket is there, and the agent's user may use it."),
        new("validator-started", "Start-up is complete.", InPreflight: true),
        new("admin-answers", "It answers on the socket, in time.", InPreflight: true),
        new("holds-own-identity", "The validator runs with S or with this node's own U."),
        new("voters-loaded", "The authorized voters are loaded, where the client can tell.", InPreflight: true),
        new("proof-that-voting-stops", "The driver can prove that no vote follows.", InPreflight: true),
        new("link-leads-to-keypair", "The identity link is a symbolic link to one of the two keypair files."),
        new("identity-link", "It says what the validator holds: a restart changes nothing.", InPreflight: true),
        new("record-readable", "Every voting record of S passes every test.", InPreflight: true),
        new("record-present", "The active node has one."),
        new("record-owner", "Records belong to the validator's user."),
        new("record-left-behind", "No half-written record lies about that nobody is writing."),
        new("record-watch", "The agent can watch the folder of the records (inotify): sealing a record needs it."),
        new("disk-space", "There is room for records and for the agent's state.", InPreflight: true),
        new("rpc-answers", "The validator's JSON-RPC answers where the agent asks it."),
        new("healthy", "The validator says that it is healthy.", InPreflight: true),
        new("roots-advance", "It roots slots.", InPreflight: true),
        new("vote-account-belongs-to-staked-identity", "The vote account on chain names S as its node.", InPreflight: true),
        new("not-delinquent", "The active node's votes land."),
        new("unstaked-identity-has-no-stake", "U has no stake: newer validators refuse to change from staked to staked.", InPreflight: true),
        new("no-handoff-open", "No handoff is under way, or was left behind."),
        new("last-word", "The agent's last word and the validator agree on who holds S."),
        new("voters-returned", "No voters are still to be given back."),
        new("hooks-runnable", "Every hook's program is there, can be run by the agent's user, and cannot be changed by others. (Where there are hooks.)", InPreflight: true),
        new("problem", "Whatever else the agent cannot read."),
        new("peer-answers", "The other nodes' agents answer this one."),
        new("peer-named", "The agent's configuration names the other nodes."),
        new("all-nodes-answer", "Every node can be compared.", Together: true),
        new("one-active", "Exactly one validator holds S.", Together: true),
        new("same-staked-identity", "All have the same S.", Together: true, InPreflight: true),
        new("different-unstaked-identities", "Each has its own U.", Together: true, InPreflight: true),
        new("same-vote-account", "All vote for the same account.", Together: true, InPreflight: true),
        new("same-cluster", "All follow the same cluster.", Together: true),
        new("slots-close", "They are at the same slot, or nearly.", Together: true, InPreflight: true),
        new("record-portable", "Their versions can read each other's record.", Together: true, InPreflight: true),
        new("same-agent-version", "Their agents are of the same version.", Together: true),
        new("clocks-together", "Their clocks agree within a second.", Together: true),
        new("target-loads-the-record", "The standby's client loads a record before it votes.", Together: true, InPreflight: true),
        new("target-record-not-newer", "The standby has no vote that the active node lacks.", Together: true, InPreflight: true),
    ];
}
