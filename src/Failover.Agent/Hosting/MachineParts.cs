using Failover.Agent.Configuration;
using Failover.Agents;
using Failover.Cluster;
using Failover.Disks;
using Failover.Hooks;
using Failover.Validators;

namespace Failover.Agent.Hosting;

/// <summary>What the agent touches of the machine that it runs on. A test gives its own.</summary>
public sealed record MachineParts(IDisk Disk, IValidator Validator, ISolanaRpc Rpc, IValidatorProcess Process, IHookPrograms Hooks, string BootId)
{
    /// <summary>The real ones. Opens nothing yet, except that the commands' driver reads both public keys.</summary>
    /// <exception cref="Identities.KeypairFileException">A keypair file cannot be used.</exception>
    /// <exception cref="ArgumentException">The settings of the validator contradict each other.</exception>
    public static MachineParts OfThisMachine(AgentConfig config, TimeProvider time, ILoggerFactory loggers)
    {
        var disk = new LinuxDisk();
        // No proxy: the validator is on this machine, and what is said of it must come from nowhere else.
        var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false });
        var rpc = new SolanaRpc(http, new SolanaRpcOptions { Url = config.Validator.Rpc }, time);
        return new MachineParts(
            disk, ValidatorDriver.Choose(Socket(config), Commands(config, disk), rpc, time, loggers), rpc, ProcessOf(config, disk, time, loggers),
            new LinuxHookPrograms(disk, time), Failover.Clocks.BootId.Read(disk));
    }

    /// <summary>The validator's process alone: needs no key.</summary>
    public static IValidatorProcess ProcessOf(AgentConfig config, IDisk disk, TimeProvider time, ILoggerFactory loggers) => new LinuxValidatorProcess(
        new LinuxValidatorProcessOptions
        {
            LedgerPath = config.Node.Ledger,
            IdentityLinkPath = config.Node.IdentityLink,
            CommandMarks = config.Validator.ProcessMarks,
        },
        disk, time, loggers.CreateLogger<LinuxValidatorProcess>());

    private static AgaveValidatorOptions? Socket(AgentConfig config) => config.Validator.Driver == DriverKind.Command ? null : new()
    {
        SocketPath = Path.Combine(config.Node.Ledger, "admin.rpc"),
        StakedKeypairPath = config.Node.StakedKeypair,
        UnstakedKeypairPath = config.Node.UnstakedKeypair,
        VoterKeypairPaths = config.Node.AuthorizedVoters,
        Timeout = config.Validator.AdminTimeout,
    };

    private static CommandValidatorOptions? Commands(AgentConfig config, LinuxDisk disk)
    {
        if (config.Validator.Commands is not { } commands)
        {
            return null;
        }
        var keys = NodeKeys.Read(disk, config.Node);
        return new CommandValidatorOptions
        {
            SetStaked = commands.SetIdentityStaked,
            SetStakedWithVoteHistory = commands.SetIdentityStakedWithVoteHistory,
            SetUnstaked = commands.SetIdentityUnstaked,
            GetIdentity = commands.GetIdentity,
            RemoveVoters = commands.RemoveAllVoters,
            AddVoters = commands.AddVoters,
            SetIdentityIsFence = commands.Guarantee,
            StakedIdentity = keys.Staked,
            UnstakedIdentity = keys.Unstaked,
            Timeout = commands.Timeout,
        };
    }
}
