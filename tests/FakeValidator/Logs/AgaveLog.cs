using System.Globalization;

namespace FakeValidator.Logs;

/// <summary>Writes log lines in the validator's own format. Lines leave the process at once, so that they survive a kill.</summary>
public sealed class AgaveLog(TimeProvider time, Func<TextWriter> open) : IDisposable
{
    public const string Replay = "solana_core::replay_stage";
    public const string Tower = "solana_core::consensus";
    public const string Validator = "solana_core::validator";
    public const string Admin = "agave_validator::admin_rpc_service";
    public const string Gossip = "solana_gossip::cluster_info";
    public const string VotingService = "solana_core::voting_service";
    public const string Votor = "agave_votor::event_handler";
    public const string Metrics = "solana_metrics::metrics";

    private readonly Lock _lock = new();
    private TextWriter _writer = open();

    public static AgaveLog To(TextWriter writer, TimeProvider time) => new(time, () => writer);

    public void Info(string target, string message) => Write("INFO ", target, message);

    public void Warn(string target, string message) => Write("WARN ", target, message);

    public void Error(string target, string message) => Write("ERROR", target, message);

    /// <summary>What the real validator does on SIGUSR1, after its log was rotated away.</summary>
    public void Reopen()
    {
        lock (_lock)
        {
            _writer.Dispose();
            _writer = open();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _writer.Flush();
        }
    }

    private void Write(string level, string target, string message)
    {
        var now = time.GetUtcNow();
        var line = string.Create(CultureInfo.InvariantCulture, $"[{now:yyyy-MM-ddTHH:mm:ss.fffffff}00Z {level} {target}] {message}");
        lock (_lock)
        {
            _writer.WriteLine(line);
            _writer.Flush();
        }
    }
}
