using System.Globalization;
using System.Reflection;
using Failover.Usage;

namespace Failover.Coordinator;

/// <summary>What the manual page says beyond the commands.</summary>
internal static class FailoverManual
{
    public static ManualText Text { get; } = new("failover", 1, Version.Split('+')[0], "move a validator's staked identity between machines")
    {
        Description =
        [
            "An agent runs beside each validator, see failover-agent(8). This command asks them, and keeps nothing that matters: it may be killed at any moment, and any machine with a certificate can go on with failover resume.",
        ],
        ExitCodes = [.. ExitCodes.All.Select(known => (((int)known.Code).ToString(CultureInfo.InvariantCulture), known.Meaning))],
        Environment =
        [
            ("FAILOVER__SECTION__KEY", "overrides a key of the configuration, for example FAILOVER__TLS__KEY"),
            ("NO_COLOR", "no colours, if set"),
            ("COLUMNS", "how wide tables are where there is no terminal"),
        ],
        Files = [("~/.config/failover/coordinator.toml, /etc/failover/coordinator.toml", "where the nodes are; the first one that is there")],
        Examples =
        [
            ("failover status", "who is active"),
            ("failover plan --to tokyo", "what a handoff would do now, and what would stop it"),
            ("failover handoff --to tokyo", "move the identity to tokyo in its next restart window"),
            ("failover handoff --to tokyo --now \"london's disk is failing\"", "the same without waiting for one"),
            ("failover resume", "after anything that stopped in the middle"),
        ],
        SeeAlso = [("failover-agent", 8)],
    };

    private static string Version => typeof(FailoverManual).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
