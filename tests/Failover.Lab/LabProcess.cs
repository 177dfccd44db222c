using System.Diagnostics;
using System.Threading.Channels;

namespace Failover.Lab;

/// <summary>One program of the lab: started with its output kept in a file, killed as a power cut would, awaited.</summary>
public sealed class LabProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly StreamWriter _log;
    private readonly Lock _logging = new();

    private LabProcess(Process process, StreamWriter log)
    {
        _process = process;
        _log = log;
    }

    public int Id => _process.Id;

    public bool Running => !_process.HasExited;

    public int ExitCode => _process.ExitCode;

    public static LabProcess Start(string program, IEnumerable<string> arguments, string logFile, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }
        var log = new StreamWriter(logFile, append: true) { AutoFlush = true };
        var lab = new LabProcess(new Process { StartInfo = start, EnableRaisingEvents = true }, log);
        lab._process.OutputDataReceived += (_, line) => lab.Take(line.Data, standardOutput: true);
        lab._process.ErrorDataReceived += (_, line) => lab.Take(line.Data, standardOutput: false);
        lab._process.Start();
        lab._process.BeginOutputReadLine();
        lab._process.BeginErrorReadLine();
        return lab;
    }

    /// <summary>The first line of standard output that starts so. Fails when the program ends first.</summary>
    public async Task<string> LineAsync(string prefix, CancellationToken ct)
    {
        await foreach (var line in _lines.Reader.ReadAllAsync(ct))
        {
            if (line.StartsWith(prefix, StringComparison.Ordinal))
            {
                return line;
            }
        }
        throw new InvalidOperationException($"{_process.StartInfo.FileName} ended before it said \"{prefix}\"");
    }

    /// <summary>As <c>kill -9</c>, or a loss of power.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
        await _process.WaitForExitAsync();
    }

    /// <summary>As <c>kill -STOP</c> (and <c>-CONT</c>): the program stands still and does not know it.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{Id}"]);
        kill.WaitForExit();
    }

    public async Task<int> ExitedAsync(CancellationToken ct)
    {
        await _process.WaitForExitAsync(ct);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
        lock (_logging)
        {
            _log.Dispose();
        }
    }

    private void Take(string? line, bool standardOutput)
    {
        if (line is null)
        {
            if (standardOutput)
            {
                _lines.Writer.TryComplete();
            }
            return;
        }
        if (standardOutput)
        {
            _lines.Writer.TryWrite(line);
        }
        lock (_logging)
        {
            if (_log.BaseStream is not null)
            {
                _log.WriteLine(line);
            }
        }
    }
}
