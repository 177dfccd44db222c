using Failover.Cluster;
using Failover.Identities;

namespace Failover.Validators;

/// <summary>One of the places where a validator shows its identity; <paramref name="Source"/> names it in messages.</summary>
internal sealed record IdentityReader(string Source, Func<CancellationToken, Task<Pubkey>> ReadAsync)
{
    private const string NoValidator = "No running validator found";

    public static IdentityReader FromRpc(ISolanaRpc rpc) => new("the JSON-RPC", async ct =>
    {
        try
        {
            return await rpc.GetIdentityAsync(ct);
        }
        catch (Exception e) when (e is RpcFailedException or OperationCanceledException)
        {
            throw new ValidatorException(Effect.Unknown, ValidatorFailure.NoAnswer, e.Message, e);
        }
    });

    public static IdentityReader FromCommand(IReadOnlyList<string> command) => new(command[0], async ct =>
    {
        var outcome = await RunAsync(command, ct);
        if (outcome.ExitCode != 0)
        {
            throw outcome.Words.Contains(NoValidator, StringComparison.Ordinal)
                ? new ValidatorException(Effect.None, ValidatorFailure.NotRunning, $"{command[0]}: {outcome.Words}")
                : new ValidatorException(
                    Effect.Unknown, ValidatorFailure.NoAnswer, $"{command[0]} ended with exit code {outcome.ExitCode}: {outcome.Words}");
        }
        var lastLine = outcome.Output.TrimEnd().Split('\n')[^1].Trim();
        return Pubkey.TryParse(lastLine, out var identity)
            ? identity
            : throw new ValidatorException(
                Effect.Unknown, ValidatorFailure.NoAnswer, $"{command[0]} printed no identity as its last line: {outcome.Words}");
    });

    /// <summary>
    /// What all of them show. When they differ, the identity is switched in a part of the validator only (an interrupted fdctl does that),
    /// and it is neither of them.
    /// </summary>
    public static async Task<Pubkey> ReadAllAsync(IReadOnlyList<IdentityReader> readers, CancellationToken ct)
    {
        var identity = await readers[0].ReadAsync(ct);
        foreach (var other in readers.Skip(1))
        {
            var also = await other.ReadAsync(ct);
            if (also != identity)
            {
                throw new ValidatorException(
                    Effect.Unknown, ValidatorFailure.Unknown,
                    $"the validator shows two identities: {identity} by {readers[0].Source}, {also} by {other.Source}");
            }
        }
        return identity;
    }

    // It changes nothing, so it can be ended on its deadline.
    private static async Task<CommandOutcome> RunAsync(IReadOnlyList<string> command, CancellationToken deadline)
    {
        var running = RunningCommand.Start(command);
        try
        {
            return await running.FinishAsync(deadline);
        }
        catch (OperationCanceledException e)
        {
            running.Kill();
            throw new ValidatorException(Effect.Unknown, ValidatorFailure.NoAnswer, $"{command[0]} has not answered in time", e);
        }
    }
}
