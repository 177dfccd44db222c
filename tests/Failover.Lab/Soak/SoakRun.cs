using System.Globalization;

namespace Failover.Lab.Soak;

/// <summary>
/// Handoffs there and back, many in a row, with faults that a seed chooses. In the first half agents are killed as well; in the second the same two go on from its beginning
/// to its end, and what they hold is measured after each handoff.
/// </summary>
public sealed class SoakRun
{
    // Memory needs many handoffs before it says anything; handles do not.
    private const int MemoryNeeds = 200;

    // Two changes of voter that come closer may be one and a late vote, and the judge takes them for that.
    private const ulong SlotsBetween = 12;

    // Records that a handoff replaced are kept for ever, one each time.
    private const string Kept = ".before-";

    // What a file of ours is called until it is whole, and one of the validator's.
    private const string Ours = ".failover";
    private const string Validators = ".new";

    private static readonly TimeSpan EndingLimit = TimeSpan.FromMinutes(2);

    private readonly LabWorld _world;
    private readonly Operator _operator;
    private readonly Relay[] _relays;
    private readonly Random _random;
    private readonly int _handoffs;
    private readonly bool _faults;
    private readonly Dictionary<string, int> _endings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _happened = new(StringComparer.Ordinal);
    private readonly List<Dictionary<string, ProcessUsage>> _usage = [];
    private readonly List<Dictionary<string, (long State, long Ledger)>> _files = [];
    private readonly List<string> _problems = [];

    private SoakRun(LabWorld world, Relay[] relays, int seed, int handoffs, bool faults)
    {
        (_world, _relays, _handoffs, _faults) = (world, relays, handoffs, faults);
        _operator = new Operator(world);
        _random = new Random(seed);
    }

    /// <param name="progress">Is told now and then how far it is.</param>
    public static async Task<SoakReport> RunAsync(LabOptions options, int handoffs, bool faults, Action<string> progress, CancellationToken ct)
    {
        await using var world = await LabWorld.StartAsync(options with { AgentHandoffSettings = "needs_operator_after = \"5s\"" }, withAgents: false, ct);
        var relays = world.Nodes.Zip(Ports.Free(world.Nodes.Count), (node, port) =>
        {
            node.PeerPort = port;
            return new Relay(port, node.AgentPort);
        }).ToArray();
        try
        {
            foreach (var node in world.Nodes)
            {
                world.WriteAgentConfig(node);
                await node.StartAgentAsync(ct);
            }
            await world.PassVotesAsync(3, ct);
            return await new SoakRun(world, relays, options.Seed, handoffs, faults).RunAsync(progress, ct);
        }
        finally
        {
            foreach (var relay in relays)
            {
                await relay.DisposeAsync();
            }
        }
    }

    private async Task<SoakReport> RunAsync(Action<string> progress, CancellationToken ct)
    {
        var start = TimeProvider.System.GetTimestamp();
        var active = _world.Nodes[0];
        for (var i = 1; i <= _handoffs; i++)
        {
            var target = _world.Nodes.Single(node => node != active);
            var ending = await HandOffAsync(i, active, target, ct);
            Count(_endings, ending);
            active = ending == "completed" ? target : active;
            await _world.PassSlotsAsync(SlotsBetween, ct);
            _usage.Add(_world.Nodes.ToDictionary(node => node.Name, node => ProcessUsage.Read(node.Agent!.Id)));
            await KeepSampleAsync(i);
            _files.Add(_world.Nodes.ToDictionary(node => node.Name, node => ((long)FilesIn(node.StateFolder).Count, (long)FilesIn(node.Ledger).Count(file => !file.Contains(Kept, StringComparison.Ordinal)))));
            if (i % 25 == 0)
            {
                var judged = await JudgeAsync(ct);
                progress(string.Create(CultureInfo.InvariantCulture,
                    $"{i} of {_handoffs} after {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0} s: {string.Join(", ", _endings.Select(each => $"{each.Value} {each.Key}"))}, {(judged.Safe ? "safe" : "NOT SAFE")}"));
                if (!judged.Safe)
                {
                    break;
                }
            }
        }
        var took = TimeProvider.System.GetElapsedTime(start);
        var verdict = await JudgeAsync(ct);
        _problems.AddRange(verdict.Violations.Select(violation => $"{violation.Kind}: {violation.Sentence}"));
        if (verdict.Vacuous || verdict.Switches != Completed)
        {
            _problems.Add($"{Completed} handoffs completed, and the judge saw {verdict.Switches} changes of voter and {verdict.Votes} votes");
        }
        CheckFiles();
        _problems.AddRange(_usage[^1].Where(each => each.Value.Figures[ProcessUsage.Watchers] > 0)
            .Select(each => $"{each.Key} watches a folder although no handoff is going on: {each.Value.Figures[ProcessUsage.Watchers]} inotify instances"));
        var (measured, growth) = Measure();
        _problems.AddRange(growth.Where(figure => figure.Grew).Select(figure => string.Create(
            CultureInfo.InvariantCulture,
            $"{figure.Where}'s {figure.What} grew from {figure.First:0.#} to {figure.Last:0.#}; open files now: {string.Join(", ", _usage[^1][figure.Where].Files)}")));
        return new SoakReport(_endings.Values.Sum(), took, _endings, _happened, measured, growth, verdict, _problems);
    }

    private int Completed => _endings.GetValueOrDefault("completed");

    private Task<Verdict> JudgeAsync(CancellationToken ct) => _world.Cluster.JudgeAsync(Completed, ct);

    private async Task<string> HandOffAsync(int number, LabNode source, LabNode target, CancellationToken ct)
    {
        var fault = _faults ? Fault.Choose(_random, agentsLive: number > _handoffs / 2) : Fault.None;
        try
        {
            await fault.PrepareAsync(source, target, ct);
            for (var tries = 1; ; tries++)
            {
                LogTail[] tails = [new(source.AgentLog), new(target.AgentLog)];
                string[] typed = ["handoff", "--to", target.Name, "--now", "--yes"];
                var handoff = fault.Kind == FaultKind.CoordinatorKilled ? TypedCommand.AsProcess(_world, typed) : TypedCommand.Here(_world, typed);
                var happened = await fault.HappenAsync(_world, source, target, handoff, _relays, tails, ct);
                var code = await handoff.Ended.WaitAsync(ct);
                if (happened && fault.Kind != FaultKind.None)
                {
                    Count(_happened, fault.Kind.ToString());
                }
                var ending = await _operator.EndAsync(source, target, EndingLimit, ct);
                // Without a fault a refusal says that the nodes are not ready again yet, so soon after the one before, or still locked by it: nothing was begun.
                if (code != 3 || fault.Kind != FaultKind.None || tries == 20)
                {
                    return ending;
                }
                await _world.PassSlotsAsync(SlotsBetween, ct);
            }
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidOperationException($"handoff {number} from {source.Name} to {target.Name} with {fault}: {e.Message}", e);
        }
    }

    /// <summary>For whoever wants to see the curve behind a verdict.</summary>
    private async Task KeepSampleAsync(int number)
    {
        await using var file = new StreamWriter(Path.Combine(_world.Folder, "usage.csv"), append: true);
        foreach (var (node, usage) in _usage[^1])
        {
            await file.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{number},{node},{usage.Process},{string.Join(',', usage.Figures.Values)}"));
        }
    }

    /// <summary>Nothing half-done lies about.</summary>
    private void CheckFiles()
    {
        foreach (var node in _world.Nodes)
        {
            var files = FilesIn(node.StateFolder).Concat(FilesIn(node.Ledger)).Concat(FilesIn(node.Folder)).ToList();
            _problems.AddRange(files.Where(file => file.EndsWith(Ours, StringComparison.Ordinal)).Select(file => $"{node.Name} has a leftover: {file}"));
        }
    }

    private (int Measured, IReadOnlyList<Growth> Growth) Measure()
    {
        var last = _usage[^1];
        var stretch = _usage.AsEnumerable().Reverse().TakeWhile(sample => sample.All(each => each.Value.Process == last[each.Key].Process)).Count();
        if (stretch < _usage.Count / 2)
        {
            _problems.Add($"the agents of the last handoff have only gone through {stretch} of {_usage.Count}: an agent ended by itself");
        }
        // What is loaded at first use, and connections that are opened once, are no growth.
        var from = _usage.Count - stretch + (stretch / 10);
        List<Growth> growth = [];
        foreach (var node in _world.Nodes)
        {
            foreach (var figure in last[node.Name].Figures.Keys.Where(figure => _handoffs >= MemoryNeeds || figure is not (ProcessUsage.ResidentMemory or ProcessUsage.AnonymousMemory)))
            {
                growth.Add(Growth.Of(node.Name, figure, [.. _usage.Skip(from).Select(sample => sample[node.Name].Figures[figure])]));
            }
            if (_handoffs >= MemoryNeeds)
            {
                growth.Add(Growth.Of(node.Name, Growth.StateFiles, [.. _files.Skip(from).Select(sample => sample[node.Name].State)]));
                growth.Add(Growth.Of(node.Name, Growth.LedgerFiles, [.. _files.Skip(from).Select(sample => sample[node.Name].Ledger)]));
            }
        }
        return (_usage.Count - from, growth);
    }

    private static List<string> FilesIn(string folder) =>
        [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path)).Where(name => !name.EndsWith(Validators, StringComparison.Ordinal))];

    private static void Count(Dictionary<string, int> counts, string what) => counts[what] = counts.GetValueOrDefault(what) + 1;
}
