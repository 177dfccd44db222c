using System.CommandLine;
using System.Net;

namespace FakeValidator.Running;

/// <summary>The command line of the validator itself: the real flags that matter, then the <c>--fake-</c> ones.</summary>
public sealed class RunCommand
{
    private readonly Option<string> _identity = new("--identity", "-i") { Description = "Keypair file of the identity; a link is followed", Required = true };
    private readonly Option<string> _voteAccount = new("--vote-account") { Description = "The vote account: its keypair file or its address", Required = true };
    private readonly Option<string[]> _voters = new("--authorized-voter") { Description = "Keypair file of an authorized voter; may be given again (default: the identity)" };
    private readonly Option<string> _ledger = new("--ledger", "-l") { Description = "Ledger folder", DefaultValueFactory = _ => "ledger" };
    private readonly Option<string?> _tower = new("--tower") { Description = "Folder of the tower files (default: the ledger)" };
    private readonly Option<int> _rpcPort = new("--rpc-port") { Description = "JSON-RPC port; 0 takes a free one" };
    private readonly Option<string> _rpcAddress = new("--rpc-bind-address") { Description = "JSON-RPC address", DefaultValueFactory = _ => "127.0.0.1" };
    private readonly Option<string> _log = new("--log", "-o") { Description = "Log file; - is stderr", DefaultValueFactory = _ => "-" };
    private readonly Option<bool> _requireTower = new("--require-tower") { Description = "Refuse to start without the tower" };
    private readonly Option<bool> _noHistory = new("--do-not-require-vote-history") { Description = "Start without the vote history too" };
    private readonly Option<bool> _fullApi = new("--full-rpc-api") { Description = "More JSON-RPC methods" };
    private readonly Option<bool> _noWait = new("--no-wait-for-vote-to-start-leader") { Description = "Lead at once, without a rooted vote" };
    private readonly Option<string?> _cluster = new("--fake-cluster") { Description = "HOST:PORT of the fake cluster" };
    private readonly Option<string> _host = new("--fake-host") { Description = "This machine's name, for the fake cluster", DefaultValueFactory = _ => Environment.MachineName };
    private readonly Option<string> _version = new("--fake-version") { Description = "Release line: 2.3, 3.1, 4.0, 4.1, 4.2 or 4.3", DefaultValueFactory = _ => "4.2" };
    private readonly Option<ClientKind> _client = new("--fake-client") { Description = "agave, frankendancer or firedancer", DefaultValueFactory = _ => ClientKind.Agave };
    private readonly Option<double> _startUp = new("--fake-startup-seconds") { Description = "How long the start takes" };
    private readonly Option<bool> _alpenglow = new("--fake-alpenglow") { Description = "Alpenglow from the start: keeps a vote history besides the tower" };
    private readonly Option<string?> _control = new("--fake-control") { Description = "Unix socket for misbehaviour at run time" };
    private readonly Option<string[]> _faults = new("--fake-fault") { Description = "A misbehaviour from the start, e.g. \"late-answer 500\"; may be given again" };
    private readonly Option<double> _storeDelay = new("--fake-store-delay-ms") { Description = "A vote waits up to this long before its tower is stored", DefaultValueFactory = _ => 20 };
    private readonly Option<double> _sendDelay = new("--fake-send-delay-ms") { Description = "A stored vote waits up to this long before it is sent", DefaultValueFactory = _ => 10 };
    private readonly Option<double> _skew = new("--fake-clock-skew-ms") { Description = "How much this machine's wall clock is ahead, as gossip sees it" };
    private readonly Option<double> _exitDelay = new("--fake-exit-ms") { Description = "How long the exit call takes to have its effect", DefaultValueFactory = _ => 500 };
    private readonly Option<int> _seed = new("--fake-seed") { Description = "Decides the random delays" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[]
        {
            _identity, _voteAccount, _voters, _ledger, _tower, _rpcPort, _rpcAddress, _log, _requireTower, _noHistory, _fullApi, _noWait, _cluster, _host,
            _version, _client, _startUp, _alpenglow, _control, _faults, _storeDelay, _sendDelay, _skew, _exitDelay, _seed,
        })
        {
            command.Options.Add(option);
        }
        // A real start script has dozens of flags more. They are no business of the fake's, but a mistyped own one is.
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        if (parsed.UnmatchedTokens.FirstOrDefault(token => token.StartsWith("--fake-", StringComparison.Ordinal)) is { } unknown)
        {
            await Console.Error.WriteLineAsync($"error: Unrecognized option '{unknown}'");
            return 1;
        }
        return await new ValidatorProcess(Read(parsed), TimeProvider.System).RunAsync(ct);
    }

    private ValidatorOptions Read(ParseResult parsed) => new()
    {
        IdentityPath = parsed.GetRequiredValue(_identity),
        VoteAccount = parsed.GetRequiredValue(_voteAccount),
        AuthorizedVoters = parsed.GetValue(_voters) ?? [],
        Ledger = parsed.GetRequiredValue(_ledger),
        Tower = parsed.GetValue(_tower),
        Rpc = new IPEndPoint(IPAddress.Parse(parsed.GetRequiredValue(_rpcAddress)), parsed.GetValue(_rpcPort)),
        Log = parsed.GetRequiredValue(_log),
        RequireTower = parsed.GetValue(_requireTower),
        RequireVoteHistory = !parsed.GetValue(_noHistory),
        FullRpcApi = parsed.GetValue(_fullApi),
        NoWaitForVoteToStartLeader = parsed.GetValue(_noWait),
        Cluster = parsed.GetValue(_cluster),
        Host = parsed.GetRequiredValue(_host),
        Version = ValidatorVersion.Parse(parsed.GetRequiredValue(_version)),
        Client = parsed.GetValue(_client),
        StartUp = TimeSpan.FromSeconds(parsed.GetValue(_startUp)),
        Alpenglow = parsed.GetValue(_alpenglow),
        ControlSocket = parsed.GetValue(_control),
        Faults = parsed.GetValue(_faults) ?? [],
        StoreDelay = TimeSpan.FromMilliseconds(parsed.GetValue(_storeDelay)),
        SendDelay = TimeSpan.FromMilliseconds(parsed.GetValue(_sendDelay)),
        ClockSkew = TimeSpan.FromMilliseconds(parsed.GetValue(_skew)),
        ExitDelay = TimeSpan.FromMilliseconds(parsed.GetValue(_exitDelay)),
        Seed = parsed.GetValue(_seed),
    };
}
