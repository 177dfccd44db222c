using System.CommandLine;

namespace Failover.Simulation;

/// <summary>The command line: any number of schedules, or one of them again.</summary>
internal static class Cli
{
    public static Task<int> RunAsync(string[] args)
    {
        var from = new Option<int>("--from") { Description = "the first seed", DefaultValueFactory = _ => 1 };
        var count = new Option<int>("--count") { Description = "how many seeds", DefaultValueFactory = _ => 1000 };
        var workers = new Option<int>("--workers") { Description = "processes at once; each has one simulation at a time", DefaultValueFactory = _ => Environment.ProcessorCount };
        var untilFailure = new Option<bool>("--until-failure") { Description = "stop at the first failure" };
        var seed = new Argument<int>("seed");
        var only = new Option<int[]>("--only") { Description = "only these of its disturbances", AllowMultipleArgumentsPerToken = true };
        var story = new Option<bool>("--story") { Description = "tell all that happened, votes included" };

        var run = new Command("run", "Run schedules and judge them.") { from, count, workers, untilFailure };
        run.SetAction((parsed, ct) => Batch.RunAsync(parsed.GetValue(from), parsed.GetValue(count), parsed.GetValue(workers), parsed.GetValue(untilFailure), ct));
        var replay = new Command("replay", "Run one schedule again and tell its story.") { seed, only, story };
        replay.SetAction(async (parsed, _) => await Replay.RunAsync(parsed.GetValue(seed), parsed.GetValue(only), parsed.GetValue(story)));
        var names = new Option<string[]>("--only") { Description = "only these", AllowMultipleArgumentsPerToken = true };
        var most = new Option<int>("--most") { Description = "schedules after which a mistake counts as not caught", DefaultValueFactory = _ => 4000 };
        var mutants = new Command("mutants", "Build the product with one deliberate mistake after the other, and see that the schedules find each.") { names, most };
        mutants.SetAction((parsed, ct) => MutantRun.TellAsync(parsed.GetValue(names) ?? [], parsed.GetValue(most), ct));
        return new RootCommand("Deterministic simulation of handoffs between the agents that ship, in a world where things go wrong.") { run, replay, mutants }.Parse(args).InvokeAsync();
    }
}
