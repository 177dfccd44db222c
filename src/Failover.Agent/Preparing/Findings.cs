using Failover.Cluster;
using Failover.Disks;
using Failover.Identities;
using Failover.Validators;

namespace Failover.Agent.Preparing;

/// <summary>What can be found of the validator on this host without being told anything. Changes nothing.</summary>
/// <param name="Validator">The only one that runs; null when none does, or several.</param>
/// <param name="VoteAccount">Null when it does not run or its file cannot be read.</param>
/// <param name="OnChain">The vote account's node: S; null when the chain does not say.</param>
/// <param name="Reported">The identity that the validator reports now; null when it does not say.</param>
/// <param name="IdentityFile">Behind <c>--identity</c>, links followed, and whose it is.</param>
/// <param name="StartScript">What the unit starts, where that is a script.</param>
/// <param name="OwnRpc">It was this very validator that was asked: at the port of its own command line, on this host.</param>
internal sealed record Findings(
    IReadOnlyList<RunningValidator> Running, RunningValidator? Validator, Pubkey? VoteAccount, Pubkey? OnChain, Pubkey? Reported, (string Path, Pubkey Key)? IdentityFile,
    bool IdentityIsLink, string? StartScript, bool OwnRpc = false)
{
    private const string UsualRpc = "8899";

    private static readonly TimeSpan RpcLimit = TimeSpan.FromSeconds(3);

    /// <param name="ledger">Chooses between several; null for the only one.</param>
    public static async Task<Findings> LookAsync(LinuxDisk disk, string? ledger, string? rpc, TimeProvider time, CancellationToken ct)
    {
        var running = RunningValidators.Find(disk);
        var chosen = running.Where(validator => ledger is null || validator.Ledger == Path.GetFullPath(ledger)).ToList() is [var only] ? only : null;
        if (chosen is null)
        {
            return new Findings(running, null, null, null, null, null, false, null);
        }
        var voteAccount = chosen.VoteAccount is not { } said ? null : Pubkey.TryParse(said, out var address) ? address : ReadKey(disk, said, chosen)?.Key;
        var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false });
        var url = new Uri(rpc ?? RpcOf(chosen));
        var chain = new SolanaRpc(http, new SolanaRpcOptions { Url = url, Timeout = RpcLimit }, time);
        return new Findings(
            running, chosen, voteAccount,
            voteAccount is { } account ? (await AskAsync(() => chain.GetVoteAccountAsync(account, Commitment.Confirmed, ct)))?.Node : null,
            await AskAsync<Pubkey?>(async () => await chain.GetIdentityAsync(ct)),
            ReadKey(disk, chosen.Identity, chosen), disk.ReadLink(chosen.Identity) is not null, chosen.Unit is { } unit ? StartScriptOf(unit) : null,
            url.IsLoopback && chosen.RpcPort == url.Port);
    }

    public static string RpcOf(RunningValidator? validator) => $"http://127.0.0.1:{validator?.RpcPort?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? UsualRpc}";

    private static (string Path, Pubkey Key)? ReadKey(LinuxDisk disk, string path, RunningValidator validator)
    {
        try
        {
            return (new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path, KeypairFile.ReadPublic(disk, path, validator.Process.Uid));
        }
        catch (Exception e) when (e is KeypairFileException or IOException or UnauthorizedAccessException)
        {
            return null; // The doctor says why; here it is only not proposed.
        }
    }

    private static async Task<T?> AskAsync<T>(Func<Task<T?>> ask)
    {
        try
        {
            return await ask();
        }
        catch (RpcFailedException)
        {
            return default; // Asked for instead.
        }
    }

    /// <summary>The first word of the unit's <c>ExecStart=</c>, without systemd's prefixes, if it is a file that begins with <c>#!</c>.</summary>
    private static string? StartScriptOf(string unit)
    {
        foreach (var folder in (string[])["/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"])
        {
            try
            {
                var file = Path.Combine(folder, unit);
                if (File.Exists(file) && File.ReadLines(file).FirstOrDefault(line => line.StartsWith("ExecStart=", StringComparison.Ordinal)) is { } line)
                {
                    var program = line["ExecStart=".Length..].TrimStart('-', '@', ':', '+', '!').Split(' ').FirstOrDefault(word => word.StartsWith('/') && IsScript(word));
                    return program;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null; // It only saves the operator a line in the remedies.
            }
        }
        return null;
    }

    private static bool IsScript(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }
        using var file = File.OpenRead(path);
        return file.ReadByte() == '#' && file.ReadByte() == '!';
    }
}
