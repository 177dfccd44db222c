using System.CommandLine;
using System.Net;
using FakeCluster.Wire;
using FakeCluster.World;

namespace FakeCluster.Control;

/// <summary><c>fake-cluster</c> without a verb: runs a cluster until it is told to stop.</summary>
internal sealed class RunCommand
{
    private readonly Option<string> _listen = new("--listen") { Description = "Where validators connect (0: any free port)", DefaultValueFactory = _ => "127.0.0.1:0" };
    private readonly Option<string> _http = new("--http") { Description = "Where tests read and control (0: any free port)", DefaultValueFactory = _ => "127.0.0.1:0" };
    private readonly Option<string> _voteAccount = new("--vote-account") { Description = "The vote account", Required = true };
    private readonly Option<string> _identity = new("--identity") { Description = "The vote account's node: S", Required = true };
    private readonly Option<string?> _voter = new("--authorized-voter") { Description = "The authorized voter (default: the identity)" };
    private readonly Option<ulong> _stake = new("--stake") { Description = "Lamports delegated to the vote account", DefaultValueFactory = _ => 1_000_000_000_000 };
    private readonly Option<double> _slotMs = new("--slot-ms") { Description = "How long a slot takes", DefaultValueFactory = _ => 400 };
    private readonly Option<ulong> _epochSlots = new("--slots-per-epoch") { Description = "Slots in an epoch", DefaultValueFactory = _ => 4_096 };
    private readonly Option<ulong> _startSlot = new("--start-slot") { Description = "The first slot that passes", DefaultValueFactory = _ => 1_000 };
    private readonly Option<int> _seed = new("--seed") { Description = "Decides forks, skips, schedule and hashes", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _leaderEvery = new("--leader-every") { Description = "S leads one of this many groups of four slots (0: none)", DefaultValueFactory = _ => 10 };
    private readonly Option<double> _forkRate = new("--fork-rate") { Description = "Chance that a slot begins a minority fork", DefaultValueFactory = _ => 0 };
    private readonly Option<double> _skipRate = new("--skip-rate") { Description = "Chance that the rest of the cluster skips a slot", DefaultValueFactory = _ => 0 };
    private readonly Option<ulong?> _alpenglow = new("--alpenglow-since") { Description = "Tell validators that Alpenglow is active since this slot" };
    private readonly Option<FileInfo?> _events = new("--events") { Description = "Event log file (JSON lines)" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[]
        {
            _listen, _http, _voteAccount, _identity, _voter, _stake, _slotMs, _epochSlots, _startSlot, _seed, _leaderEvery, _forkRate, _skipRate, _alpenglow, _events,
        })
        {
            command.Options.Add(option);
        }

        command.SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken stopping)
    {
        using var log = parsed.GetValue(_events) is { } file ? EventLog.Create(file.FullName) : null;
        var world = new ClusterWorld(Read(parsed), TimeProvider.System, log: log);
        await using var wire = new WireServer(world, IPEndPoint.Parse(parsed.GetValue(_listen)!));
        await using var http = ControlApi.Create(world, IPEndPoint.Parse(parsed.GetValue(_http)!));
        var wireAddress = wire.Start();
        await http.StartAsync(stopping);
        await Console.Out.WriteLineAsync($"listening wire={wireAddress} http={ControlApi.AddressOf(http)}");
        await Console.Out.FlushAsync(CancellationToken.None);
        try
        {
            await world.RunAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            // Told to stop: the usual end.
        }

        var verdict = world.Conclude();
        await Console.Out.WriteLineAsync(verdict.Text);
        return 0;
    }

    private ClusterOptions Read(ParseResult parsed) => new()
    {
        VoteAccount = parsed.GetRequiredValue(_voteAccount),
        Node = parsed.GetRequiredValue(_identity),
        AuthorizedVoter = parsed.GetValue(_voter) ?? parsed.GetRequiredValue(_identity),
        Stake = parsed.GetValue(_stake),
        SlotTime = TimeSpan.FromMilliseconds(parsed.GetValue(_slotMs)),
        SlotsPerEpoch = parsed.GetValue(_epochSlots),
        StartSlot = parsed.GetValue(_startSlot),
        Seed = parsed.GetValue(_seed),
        LeaderEvery = parsed.GetValue(_leaderEvery),
        ForkRate = parsed.GetValue(_forkRate),
        SkipRate = parsed.GetValue(_skipRate),
        AlpenglowSinceSlot = parsed.GetValue(_alpenglow),
    };
}
