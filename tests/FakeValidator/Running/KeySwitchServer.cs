using Failover.Identities;
using FakeValidator.Admin;
using FakeValidator.Identity;
using FakeValidator.Logs;
using FakeValidator.Voting;

namespace FakeValidator.Running;

/// <summary>
/// What stands in for the shared memory through which <c>fdctl</c> and <c>firedancer</c> switch keys. A client that dies between taking
/// the lock and giving it back leaves it locked: the next one needs <c>--force</c>.
/// </summary>
public sealed class KeySwitchServer(string ledger, NodeContext node, NodeStatus status, IdentitySwitch identitySwitch, ReplayLoop replay)
{
    public const string FileName = "fdctl.sock";
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(5);

    private readonly Lock _lock = new();
    private bool _locked;

    public Task RunAsync(CancellationToken stopping) => UnixLines.ServeAsync(Path.Combine(ledger, FileName), SessionAsync, stopping);

    private async Task SessionAsync(StreamReader reader, StreamWriter writer, CancellationToken ct)
    {
        while (await reader.ReadLineAsync(ct) is { } line)
        {
            await writer.WriteLineAsync(line.Split(' ') switch
            {
                ["identity"] => node.Gossip.Identity.Text,
                ["lock", var force] => TryLock(force == "force"),
                ["unlock"] => Unlock(),
                ["switch", var key, var requireTower, var requireHistory] =>
                    await SwitchAsync(Convert.FromBase64String(key), bool.Parse(requireTower), bool.Parse(requireHistory), ct),
                _ => "error unknown request",
            });
        }
    }

    private string TryLock(bool force)
    {
        lock (_lock)
        {
            if (_locked && !force)
            {
                return "busy";
            }
            var forced = _locked;
            _locked = true;
            return forced ? "forced" : "ok";
        }
    }

    private string Unlock()
    {
        lock (_lock)
        {
            _locked = false;
            return "ok";
        }
    }

    private async Task<string> SwitchAsync(byte[] key, bool requireTower, bool requireHistory, CancellationToken ct)
    {
        if (NodeKey.FromBytes(key) is not { } next || !status.IsInitialised)
        {
            return "error not ready";
        }
        try
        {
            var firedancer = node.Client == ClientKind.Firedancer;
            await node.Faults.HangSetIdentity.PassAsync(ct);
            await identitySwitch.ApplyAsync(next, requireTower && !firedancer, requireHistory && !firedancer, ct);
            if (firedancer)
            {
                await WaitForVotingAsync(next.Pubkey, ct);
            }
            return $"ok {next.Text}";
        }
        catch (JsonRpcException refusal)
        {
            node.Log.Error(AgaveLog.Admin, refusal.Message);
            return $"error {refusal.Message}";
        }
    }

    // Full Firedancer halts its tower tile and flushes the votes before it answers: no old vote can follow.
    private async Task WaitForVotingAsync(Pubkey next, CancellationToken ct)
    {
        while (replay.Identity.Pubkey != next || !node.Voting.IsIdle)
        {
            await Task.Delay(Poll, node.Time, ct);
        }
    }
}
