using System.Text.Json;
using Failover.Identities;

namespace Failover.Cluster;

/// <summary>
/// The cluster through one validator's JSON-RPC over HTTP, in the dialects of Agave and Firedancer. Uses only methods that Agave serves
/// without its full RPC API, except <see cref="GetConsensusPhaseAsync"/>. The caller's cancelling throws
/// <see cref="OperationCanceledException"/>. Thread-safe.
/// </summary>
/// <param name="http">Whose base address and timeout are not used.</param>
/// <param name="options">Which node, and the bounds.</param>
/// <param name="time">For the deadlines only.</param>
public sealed class SolanaRpc(HttpClient http, SolanaRpcOptions options, TimeProvider time) : ISolanaRpc
{
    private const int NodeUnhealthy = -32005;

    // JSON_RPC_SERVER_ERROR_NO_SNAPSHOT
    private const int NoSnapshot = -32008;

    private readonly RpcChannel _channel = new(http, options, time);

    /// <inheritdoc/>
    public async Task<NodeHealth> GetHealthAsync(CancellationToken ct)
    {
        const string Method = "getHealth";
        var answer = await _channel.AskAsync(Method, null, ct);
        if (answer.Error is not { } error)
        {
            return answer.Result.TryText(out var words) && words == "ok"
                ? new NodeHealth(true, null, words)
                : throw Wrong(Method, answer.Result, "\"ok\"");
        }
        if (error.Code != NodeUnhealthy)
        {
            throw Refused(Method, error);
        }
        // Agave's name, then Firedancer's. Absent or null: the node does not know.
        var known = error.Data.TryMember("numSlotsBehind", out var behind) || error.Data.TryMember("slotsBehind", out behind);
        return new NodeHealth(false, known && behind.TryNumber(out var slots) ? slots : null, error.Message);
    }

    /// <inheritdoc/>
    public async Task<ulong> GetSlotAsync(Commitment commitment, CancellationToken ct)
    {
        const string Method = "getSlot";
        var result = await AskAsync(Method, json => WriteConfig(json, commitment), ct);
        return result.TryNumber(out var slot) ? slot : throw Wrong(Method, result, "a slot");
    }

    /// <inheritdoc/>
    public async Task<Pubkey> GetIdentityAsync(CancellationToken ct)
    {
        const string Method = "getIdentity";
        return Key(Method, await AskAsync(Method, null, ct), "identity");
    }

    /// <inheritdoc/>
    public async Task<string> GetVersionAsync(CancellationToken ct)
    {
        const string Method = "getVersion";
        var result = await AskAsync(Method, null, ct);
        return result.TryMember("solana-core", out var version) && version.TryText(out var text)
            ? text
            : throw Wrong(Method, result, "a solana-core version");
    }

    /// <inheritdoc/>
    public async Task<string> GetGenesisHashAsync(CancellationToken ct)
    {
        const string Method = "getGenesisHash";
        var result = await AskAsync(Method, null, ct);
        // A hash is written like a key: base58 of 32 bytes.
        return result.TryText(out var hash) && Pubkey.TryParse(hash, out _) ? hash : throw Wrong(Method, result, "a hash");
    }

    /// <inheritdoc/>
    public async Task<EpochInfo> GetEpochInfoAsync(CancellationToken ct)
    {
        const string Method = "getEpochInfo";
        var result = await AskAsync(Method, json => WriteConfig(json, Commitment.Processed), ct);
        var epoch = new EpochInfo(
            Number(Method, result, "epoch"), Number(Method, result, "absoluteSlot"),
            Number(Method, result, "slotIndex"), Number(Method, result, "slotsInEpoch"));
        return epoch.SlotIndex < epoch.SlotsInEpoch && epoch.SlotIndex <= epoch.AbsoluteSlot
            ? epoch
            : throw Wrong(Method, result, "a slot within its epoch");
    }

    /// <inheritdoc/>
    public async Task<VoteAccountView?> GetVoteAccountAsync(Pubkey voteAccount, Commitment commitment, CancellationToken ct)
    {
        const string Method = "getVoteAccounts";
        var result = await AskAsync(Method, json => WriteVoteAccountsConfig(json, commitment, voteAccount), ct);
        VoteAccountView? found = null;
        foreach (var view in VoteAccounts(Method, result))
        {
            if (view.VoteAccount == voteAccount)
            {
                found = found is null ? view : throw Wrong(Method, result, $"{voteAccount} once");
            }
        }
        return found;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ulong>?> GetLeaderSlotsAsync(Pubkey identity, ulong slotInEpoch, EpochInfo epoch, CancellationToken ct)
    {
        const string Method = "getLeaderSchedule";
        ArgumentOutOfRangeException.ThrowIfLessThan(slotInEpoch, epoch.FirstSlot);
        var key = identity.ToString();
        var result = await AskAsync(Method, json => WriteScheduleConfig(json, slotInEpoch, key), ct);
        if (result.ValueKind == JsonValueKind.Null)
        {
            return null;
        }
        if (!result.TryMember(key, out var indices))
        {
            // An identity without leader slots is left out.
            return result.ValueKind == JsonValueKind.Object ? [] : throw Wrong(Method, result, "a schedule");
        }
        var firstSlot = slotInEpoch - (slotInEpoch - epoch.FirstSlot) % epoch.SlotsInEpoch;
        List<ulong> slots = [];
        foreach (var element in Elements(Method, indices))
        {
            if (!element.TryNumber(out var index) || index >= epoch.SlotsInEpoch || index > ulong.MaxValue - firstSlot)
            {
                throw Wrong(Method, element, $"slot numbers below {epoch.SlotsInEpoch}");
            }
            slots.Add(firstSlot + index);
        }
        slots.Sort();
        return slots;
    }

    /// <inheritdoc/>
    public async Task<ConsensusPhase> GetConsensusPhaseAsync(CancellationToken ct)
    {
        const string Method = "getAgGenesisCert";
        var answer = await _channel.AskAsync(Method, null, ct);
        if (answer.Error is { } error)
        {
            return answer.IsMissingMethod ? ConsensusPhase.Unknown : throw Refused(Method, error);
        }
        return answer.Result.ValueKind switch
        {
            JsonValueKind.Null => ConsensusPhase.TowerBft,
            JsonValueKind.Object => ConsensusPhase.Alpenglow,
            _ => throw Wrong(Method, answer.Result, "a certificate or null"),
        };
    }

    /// <inheritdoc/>
    public async Task<ulong> GetStakeOfAsync(Pubkey identity, CancellationToken ct)
    {
        const string Method = "getVoteAccounts";
        var result = await AskAsync(Method, json => WriteVoteAccountsConfig(json, Commitment.Finalized, null), ct);
        var stake = 0UL;
        foreach (var view in VoteAccounts(Method, result))
        {
            if (view.Node == identity && (stake += view.ActivatedStake) < view.ActivatedStake)
            {
                throw Wrong(Method, result, "stakes whose sum is a 64-bit number");
            }
        }
        return stake;
    }

    /// <inheritdoc/>
    public async Task<double> GetDelinquentStakeAsync(CancellationToken ct)
    {
        const string Method = "getVoteAccounts";
        var result = await AskAsync(Method, json => WriteVoteAccountsConfig(json, Commitment.Finalized, null), ct);
        // Doubles cannot overflow, and a share needs no more of them.
        double delinquent = 0, all = 0;
        foreach (var view in VoteAccounts(Method, result))
        {
            all += view.ActivatedStake;
            delinquent += view.Delinquent ? view.ActivatedStake : 0;
        }
        return all > 0 ? delinquent / all : throw Wrong(Method, result, "any stake");
    }

    /// <inheritdoc/>
    public async Task<SnapshotSlots?> GetHighestSnapshotSlotAsync(CancellationToken ct)
    {
        const string Method = "getHighestSnapshotSlot";
        var answer = await _channel.AskAsync(Method, null, ct);
        if (answer.Error is { } error)
        {
            return error.Code == NoSnapshot ? null : throw Refused(Method, error);
        }
        return new SnapshotSlots(
            Number(Method, answer.Result, "full"),
            answer.Result.TryMember("incremental", out var incremental) && incremental.ValueKind != JsonValueKind.Null
                ? incremental.TryNumber(out var slot) ? slot : throw Wrong(Method, answer.Result, "incremental (a slot or null)")
                : null);
    }

    private async Task<JsonElement> AskAsync(string method, Action<Utf8JsonWriter>? parameters, CancellationToken ct)
    {
        var answer = await _channel.AskAsync(method, parameters, ct);
        return answer.Error is { } error ? throw Refused(method, error) : answer.Result;
    }

    private IEnumerable<VoteAccountView> VoteAccounts(string method, JsonElement result)
    {
        foreach (var (name, delinquent) in new[] { ("current", false), ("delinquent", true) })
        {
            foreach (var account in Elements(method, result.TryMember(name, out var list) ? list : throw Wrong(method, result, name)))
            {
                yield return new VoteAccountView(
                    Key(method, account, "votePubkey"), Key(method, account, "nodePubkey"), Number(method, account, "activatedStake"),
                    Number(method, account, "lastVote"), Number(method, account, "rootSlot"), delinquent);
            }
        }
    }

    private JsonElement.ArrayEnumerator Elements(string method, JsonElement list) =>
        list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : throw Wrong(method, list, "a list");

    private ulong Number(string method, JsonElement result, string name) =>
        result.TryMember(name, out var member) && member.TryNumber(out var number)
            ? number
            : throw Wrong(method, result, $"{name} (a number of 64 bits)");

    private Pubkey Key(string method, JsonElement result, string name) =>
        result.TryMember(name, out var member) && member.TryText(out var text) && Pubkey.TryParse(text, out var key)
            ? key
            : throw Wrong(method, result, $"{name} (a public key)");

    private RpcFailedException Refused(string method, RpcError error) => _channel.Failure(method, $"{error.Message} (code {error.Code})");

    private RpcFailedException Wrong(string method, JsonElement result, string expected) =>
        _channel.Failure(method, $"the answer cannot be right: {expected} is missing in {result.Words()}");

    private static void WriteConfig(Utf8JsonWriter json, Commitment commitment)
    {
        json.WriteStartObject();
        WriteCommitment(json, commitment);
        json.WriteEndObject();
    }

    private static void WriteVoteAccountsConfig(Utf8JsonWriter json, Commitment commitment, Pubkey? only)
    {
        json.WriteStartObject();
        WriteCommitment(json, commitment);
        if (only is { } voteAccount)
        {
            json.WriteString("votePubkey", voteAccount.ToString());
        }
        json.WriteBoolean("keepUnstakedDelinquents", true);
        json.WriteEndObject();
    }

    private static void WriteScheduleConfig(Utf8JsonWriter json, ulong slot, string identity)
    {
        json.WriteNumberValue(slot);
        json.WriteStartObject();
        json.WriteString("identity", identity);
        json.WriteEndObject();
    }

    private static void WriteCommitment(Utf8JsonWriter json, Commitment commitment) => json.WriteString("commitment", commitment switch
    {
        Commitment.Processed => "processed",
        Commitment.Confirmed => "confirmed",
        Commitment.Finalized => "finalized",
        _ => throw new ArgumentOutOfRangeException(nameof(commitment), commitment, null),
    });
}
