using System.CommandLine;

namespace Failover.Fuzzing;

/// <summary>The command line: any number of cases, or one of them again.</summary>
internal static class Cli
{
    public static Task<int> RunAsync(string[] args)
    {
        var cases = new Option<long>("--cases") { Description = "how many cases in all, shared out among the targets", DefaultValueFactory = _ => 1_000_000 };
        var seed = new Option<ulong>("--seed") { Description = "a case is made of this, its target and its number alone", DefaultValueFactory = _ => 1 };
        var only = new Option<string[]>("--only") { Description = "only these targets", AllowMultipleArgumentsPerToken = true };
        var save = new Option<string>("--save") { Description = "the folder for inputs that show a mistake", DefaultValueFactory = _ => "fuzz-findings" };
        var target = new Argument<string>("target");
        var number = new Option<long>("--case") { Description = "its number", Required = true };

        var run = new Command("run", "Make cases, read them, and judge what came out.") { cases, seed, only, save };
        run.SetAction((parsed, ct) => Fuzzer.RunAsync(
            parsed.GetValue(cases), parsed.GetValue(seed), parsed.GetValue(only) ?? [], Console.Out, parsed.GetValue(save), ct));
        var replay = new Command("replay", "Read one case again.") { target, seed, number, save };
        replay.SetAction((parsed, _) => Fuzzer.ReplayAsync(
            parsed.GetValue(target)!, parsed.GetValue(seed), parsed.GetValue(number), Console.Out, parsed.GetValue(save)!));
        var targets = new Command("targets", "List the targets.");
        targets.SetAction(_ => Fuzzer.Targets.ToList().ForEach(Console.WriteLine));
        return new RootCommand("Hostile input for everything that reads what others wrote.") { run, replay, targets }.Parse(args).InvokeAsync();
    }
}
