using System.CommandLine;
using Failover.Lab;
using Failover.Lab.Soak;

var slot = new Option<double>("--slot-ms") { Description = "How long a slot takes", DefaultValueFactory = _ => 400, Recursive = true };
var version = new Option<string>("--validator-version") { Description = "Release line that the validators imitate: 2.3, 3.1, 4.0, 4.1, 4.2, 4.3", DefaultValueFactory = _ => "4.2", Recursive = true };
var alpenglow = new Option<bool>("--alpenglow") { Description = "Alpenglow is active", Recursive = true };
var seed = new Option<int>("--seed") { Description = "Decides forks and delays", DefaultValueFactory = _ => 1, Recursive = true };
var folder = new Option<string?>("--folder") { Description = "Keep all files and logs there", Recursive = true };
var leaderEvery = new Option<int>("--leader-every") { Description = "One of so many groups of four slots is led by the staked identity; 0: none", Recursive = true };
var handoffs = new Option<int>("--handoffs") { Description = "How many", DefaultValueFactory = _ => 20 };
var scp = new Option<double>("--scp-ms") { Description = "How long the guide's scp takes: about 200 ms with a new connection, on one machine", DefaultValueFactory = _ => 200 };

var only = new Option<string?>("--only") { Description = "failover or guide; both when left out" };
only.AcceptOnlyFromAmong("failover", "guide");

var demo = new Command("demo", "A dry run and a real handoff there and back, with the judge's verdict");
demo.SetAction((parsed, ct) => Demo.RunAsync(Read(parsed), ct));
var compare = new Command("compare", "Many handoffs with failover and with the published guide, side by side") { handoffs, scp, only };
compare.SetAction((parsed, ct) => Comparison.RunAsync(Read(parsed), parsed.GetValue(handoffs), TimeSpan.FromMilliseconds(parsed.GetValue(scp)), parsed.GetValue(only), ct));
var up = new Command("up", "Start it all and leave it running until Ctrl-C, to try commands by hand");
up.SetAction(async (parsed, ct) =>
{
    await using var world = await LabWorld.StartAsync(Read(parsed), withAgents: true, ct);
    Console.WriteLine($"{Programs.Coordinator} --config {world.CoordinatorConfig} status");
    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    return 0;
});

var faults = new Option<string>("--faults") { Description = "on or off", DefaultValueFactory = _ => "on" };
faults.AcceptOnlyFromAmong("on", "off");
var soak = new Command("soak", "Many handoffs in a row, with faults, and what they leave behind in the agents; fails when something grew") { handoffs, faults };
soak.SetAction(async (parsed, ct) =>
{
    var report = await SoakRun.RunAsync(Read(parsed), parsed.GetValue(handoffs), parsed.GetValue(faults) == "on", Console.WriteLine, ct);
    Console.WriteLine(report);
    return report.Problems.Count == 0 ? 0 : 1;
});

var root = new RootCommand("A world of fakes to try failover in") { slot, version, alpenglow, seed, folder, leaderEvery };
root.Subcommands.Add(demo);
root.Subcommands.Add(compare);
root.Subcommands.Add(up);
root.Subcommands.Add(soak);
return await root.Parse(args).InvokeAsync();

LabOptions Read(ParseResult parsed) => new()
{
    Slot = TimeSpan.FromMilliseconds(parsed.GetValue(slot)),
    Version = parsed.GetValue(version)!,
    Alpenglow = parsed.GetValue(alpenglow),
    LeaderEvery = parsed.GetValue(leaderEvery),
    Seed = parsed.GetValue(seed),
    Folder = parsed.GetValue(folder),
};
