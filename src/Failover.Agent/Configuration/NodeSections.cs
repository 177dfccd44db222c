using Failover.Agents;
using Failover.Protocol.Configuration;

namespace Failover.Agent.Configuration;

/// <summary>The sections that describe the node: <c>[node]</c>, <c>[identity]</c>, <c>[handoff]</c>, and the folders of <c>[validator]</c>.</summary>
internal static class NodeSections
{
    public static NodeConfig Read(ConfigDocument document, string version)
    {
        var node = document.Section("node");
        var identity = document.Section("identity");
        var validator = document.Section("validator");
        var handoff = document.Section("handoff");
        var staked = identity.FilePath("staked_keypair", "/etc/failover/staked.json");
        var unstaked = identity.FilePath("unstaked_keypair", "/etc/failover/unstaked.json");
        var link = identity.FilePath("link", "/etc/failover/identity.json");
        var ledger = validator.FilePath("ledger", "/mnt/ledger");
        RequireDifferent(identity, staked, unstaked, link);
        return new NodeConfig
        {
            Node = node.Name("name"),
            AgentVersion = version,
            StateFolder = node.FilePath("state_dir", "/var/lib/failover", "/var/lib/failover"),
            StakedKeypair = staked,
            UnstakedKeypair = unstaked,
            IdentityLink = link,
            VoteAccount = identity.PublicKey("vote_account"),
            AuthorizedVoters = identity.FilePaths("authorized_voters", [staked]),
            Ledger = ledger,
            TowerFolder = validator.FilePath("tower", "/mnt/tower", ledger),
            ConfigFile = Path.GetFullPath(document.File),
            ValidatorUnit = validator.Text("unit", NodeConfig.UsualValidatorUnit),
            StartScript = validator.Has("start_script") ? validator.FilePath("start_script", "/home/sol/bin/validator.sh") : "",
            StandbyFenced = handoff.Flag("standby_fenced", false),
            Timings = Timings(handoff),
            Hooks = HookSections.Read(document),
        };
    }

    private static HandoffTimings Timings(ConfigSection section)
    {
        var usual = new HandoffTimings();
        var second = TimeSpan.FromSeconds(1);
        return usual with
        {
            Drain = section.Duration("drain", usual.Drain, second / 100, 2 * second),
            VoteWait = section.Duration("vote_wait", usual.VoteWait, second / 10, 30 * second),
            SealLimit = section.Duration("seal_limit", usual.SealLimit, second / 2, 30 * second),
            // At least three margins, or the source could never count on a permit.
            PermitLife = section.Duration("permit_life", usual.PermitLife, 3 * usual.PermitMargin, 600 * second),
            PromotionLimit = section.Duration("promotion_limit", usual.PromotionLimit, 2 * second, 60 * second),
            PrepareLife = section.Duration("prepare_life", usual.PrepareLife, 30 * second, 3600 * second),
            NeedsOperatorAfter = section.Duration("needs_operator_after", usual.NeedsOperatorAfter, 5 * second, 600 * second),
            MaxSlotsApart = section.Number("max_slots_apart", usual.MaxSlotsApart, 1, 1000),
        };
    }

    private static void RequireDifferent(ConfigSection identity, string staked, string unstaked, string link)
    {
        if (staked == unstaked && staked.Length > 0)
        {
            identity.Mistake("unstaked_keypair", "is the staked keypair", "make a throw-away keypair of this node's own: solana-keygen new");
        }
        if (link.Length > 0 && (link == staked || link == unstaked))
        {
            identity.Mistake("link", "is a keypair file", "name the symbolic link that the validator is started with as --identity");
        }
    }
}
