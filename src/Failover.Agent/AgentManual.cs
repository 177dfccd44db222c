using Failover.Agent.Configuration;
using Failover.Usage;

namespace Failover.Agent;

/// <summary>What the agent's manual page says beyond its commands.</summary>
internal static class AgentManual
{
    public static ManualText Text { get; } = new("failover-agent", 8, CommandLine.Version.Split('+')[0], "keep a validator's promises about its staked identity")
    {
        Description =
        [
            "One agent runs beside each validator, as the validator's user. It takes orders from failover(1) and speaks to the other nodes' agents over mutual TLS. What it promises it writes down before it acts, so it may be restarted at any moment.",
            "Told to stop in the middle of a handoff, it first brings it to where both nodes are safe.",
        ],
        ExitCodes =
        [
            ("0", "done, or what was asked is so"),
            ("1", "the agent could not run, or what was asked is not so; why, and what to do, was printed"),
            ("2", "the command line or the configuration is wrong"),
        ],
        Environment = [("FAILOVER__SECTION__KEY", "overrides a key of the configuration, for example FAILOVER__NODE__NAME")],
        Files =
        [
            (AgentConfig.DefaultFile, "the configuration; no agent is started by its unit while there is none"),
            ("/var/lib/failover", "the agent's state and history. Never delete it: it holds the node's promises"),
        ],
        SeeAlso = [("failover", 1), ("systemctl", 1), ("journalctl", 1)],
    };
}
