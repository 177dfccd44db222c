using System.Globalization;

namespace Failover.Fuzzing.Cases;

/// <summary>Runs the cases of one target, one after the other, and tells what was found.</summary>
internal sealed class FuzzRun(FuzzTarget target, ulong seed, TextWriter output, string? folder)
{
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    public Tally Tally { get; } = new(target.Name);

    public static string Command(string target, ulong seed, string number) =>
        string.Create(CultureInfo.InvariantCulture, $"failover-fuzz replay {target} --seed {seed} --case {number}");

    public static string Command(string target, ulong seed, long number) => Command(target, seed, number.ToString(CultureInfo.InvariantCulture));

    public async Task RunAsync(long first, long count, Watchdog watchdog, CancellationToken ct)
    {
        using var last = folder is null ? null : new LastCase(folder, target.Name, seed);
        for (var number = first; number < first + count; number++)
        {
            ct.ThrowIfCancellationRequested();
            last?.Begin(number);
            watchdog.Begin(number);
            await RunAsync(number);
        }
    }

    private async Task RunAsync(long number)
    {
        var input = target.Make(new CaseRandom(seed, target.Name, number));
        var answer = Answer.Refuse("");
        var allocated = 0L;
        try
        {
            (answer, allocated) = await MeasureAsync(input);
            if (answer.Accepted is { } accepted)
            {
                target.Check(input, accepted);
            }
        }
        catch (Exception e)
        {
            Tally.Findings++;
            answer = Answer.Refuse("FINDING");
            await TellAsync(number, input, e);
        }
        Tally.Add(answer, allocated, input.Length);
    }

    private async Task<(Answer Answer, long Allocated)> MeasureAsync(byte[] input)
    {
        var (answer, allocated) = await ReadAsync(input);
        if (allocated > Most(input))
        {
            // What is made once, at first use, is not the input's doing.
            (answer, allocated) = await ReadAsync(input);
        }
        FindingException.Require(
            allocated <= Most(input), $"allocated {allocated} bytes for an input of {input.Length}, at most {Most(input)} are allowed");
        return (answer, allocated);
    }

    private async Task<(Answer Answer, long Allocated)> ReadAsync(byte[] input)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var reading = target.ReadAsync(input);
        FindingException.Require(reading.IsCompleted, "did not end synchronously, so what it allocated cannot be told");
        var answer = await reading;
        return (answer, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private long Most(byte[] input) => target.MostAllocated.Least + target.MostAllocated.PerByte * input.Length;

    // The same mistake is told once.
    private async Task TellAsync(long number, byte[] input, Exception e)
    {
        var place = e.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("Failover", StringComparison.Ordinal))?.Trim();
        if (!_told.Add($"{e.GetType().Name} {place}"))
        {
            return;
        }
        await output.WriteLineAsync($"FINDING in {target.Name}, seed {seed}, case {number}: {e}");
        await output.WriteLineAsync($"  again: {Command(target.Name, seed, number)}");
        if (folder is not null)
        {
            var file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{target.Name}-{seed}-{number}.bin"));
            await File.WriteAllBytesAsync(file, input);
            await output.WriteLineAsync($"  input: {file}");
        }
        else
        {
            await output.WriteLineAsync($"  input: {Convert.ToBase64String(input.AsSpan(0, Math.Min(input.Length, 4096)))}");
        }
    }
}
