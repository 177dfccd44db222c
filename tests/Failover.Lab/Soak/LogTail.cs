namespace Failover.Lab.Soak;

/// <summary>What a program writes into its log from now on.</summary>
internal sealed class LogTail(string path)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2);

    private long _from = File.Exists(path) ? new FileInfo(path).Length : 0;
    private string _seen = "";

    /// <summary>False when it was over before the words came.</summary>
    public async Task<bool> SaysAsync(string words, Func<bool> over, CancellationToken ct)
    {
        while (true)
        {
            var last = over();
            _seen += await NewAsync(ct);
            if (_seen.Contains(words, StringComparison.Ordinal))
            {
                return true;
            }
            if (last)
            {
                return false;
            }
            await Task.Delay(Look, TimeProvider.System, ct);
        }
    }

    private async Task<string> NewAsync(CancellationToken ct)
    {
        if (!File.Exists(path))
        {
            return "";
        }
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Seek(_from, SeekOrigin.Begin);
        using var reader = new StreamReader(file);
        var text = await reader.ReadToEndAsync(ct);
        _from = file.Position;
        return text;
    }
}
