using System.Text.Json;
using System.Text.Json.Nodes;
using FakeValidator.Admin;
using FakeValidator.Chain;

namespace FakeValidator.Rpc;

/// <summary>The JSON-RPC methods: the minimal set always, the rest with <c>--full-rpc-api</c>.</summary>
public sealed class RpcMethods
{
    private const ulong HealthDistance = 128;
    private const int NodeUnhealthy = -32005;
    private const ulong TransactionsPerBlock = 3000;

    private static readonly string[] MissingInFiredancer =
        ["getVoteAccounts", "getLeaderSchedule", "getHighestSnapshotSlot", "minimumLedgerSlot", "getBlockProduction"];

    private readonly NodeContext _node;
    private readonly MethodTable _table = new();

    public RpcMethods(NodeContext node, NodeStatus status, bool fullApi)
    {
        _node = node;
        AddNode();
        AddChain();
        _table.Add("getVoteAccounts", (parameters, _) =>
            ValueTask.FromResult<JsonNode?>(VoteAccountViews.All(node, RpcConfig.At(parameters, 0))));
        _table.Add("getLeaderSchedule", (parameters, _) => ValueTask.FromResult(LeaderScheduleView.Read(node, parameters)));
        if (fullApi || node.Client == ClientKind.Firedancer)
        {
            FullRpcMethods.AddTo(_table, node, status);
        }
    }

    public JsonRpcMethod? Find(string name) => _table.Find(name);

    /// <summary>Full Firedancer answers these with HTTP 501 and no body.</summary>
    public static bool IsMissingInFiredancer(string body)
    {
        try
        {
            using var request = JsonDocument.Parse(body);
            return request.RootElement.ValueKind == JsonValueKind.Object
                && request.RootElement.TryGetProperty("method", out var method)
                && MissingInFiredancer.Contains(method.GetString());
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The body of GET /health.</summary>
    public string HealthWord() => Behind() switch { null => "unknown", 0 => "ok", _ => "behind" };

    private void AddNode()
    {
        _table.Add("getIdentity", () => new JsonObject { ["identity"] = _node.Gossip.Identity.Text });
        _table.Add("getVersion", () => new JsonObject { ["feature-set"] = _node.Version.FeatureSet, ["solana-core"] = _node.Version.Core });
        _table.Add("getGenesisHash", () => _node.Chain.Welcome?.GenesisHash ?? throw JsonRpcException.InternalError());
        _table.Add("getHealth", Health);
    }

    private void AddChain()
    {
        AddByConfig("getSlot", bank => bank.Slot);
        AddByConfig("getBlockHeight", bank => bank.Height);
        AddByConfig("getTransactionCount", bank => bank.Height * TransactionsPerBlock);
        AddByConfig("getEpochInfo", bank =>
        {
            var size = _node.Chain.Welcome!.SlotsPerEpoch;
            return new JsonObject
            {
                ["absoluteSlot"] = bank.Slot,
                ["blockHeight"] = bank.Height,
                ["epoch"] = bank.Slot / size,
                ["slotIndex"] = bank.Slot % size,
                ["slotsInEpoch"] = size,
                ["transactionCount"] = bank.Height * TransactionsPerBlock,
            };
        });
        _table.Add("getHighestSnapshotSlot", () =>
        {
            // Made up, but plausible and moving: a full snapshot now and then, incremental ones more often.
            var root = _node.Chain.At(Commitment.Finalized)?.Slot ?? throw new JsonRpcException(-32008, "No snapshot");
            var full = root - (root % 25_000);
            var incremental = root - (root % 100);
            return new JsonObject { ["full"] = full, ["incremental"] = incremental > full ? incremental : null };
        });
        _table.Add("getBalance", (parameters, _) =>
        {
            var bank = RpcConfig.At(parameters, 1).Bank(_node.Chain);
            return ValueTask.FromResult<JsonNode?>(new JsonObject
            {
                ["context"] = FullRpcMethods.Context(_node, bank),
                ["value"] = 1_000_000_000UL,
            });
        });
    }

    private void AddByConfig(string name, Func<Bank, JsonNode> read) => _table.Add(name, (parameters, _) =>
        ValueTask.FromResult<JsonNode?>(read(RpcConfig.At(parameters, 0).Bank(_node.Chain))));

    // Null: not known. Zero: healthy.
    private ulong? Behind()
    {
        var (seen, own) = _node.Chain.Confirmations;
        return seen == 0 ? null : own + HealthDistance >= seen ? 0 : seen - own;
    }

    private JsonNode Health()
    {
        var behind = Behind();
        if (behind == 0)
        {
            return "ok";
        }
        var firedancer = _node.Client == ClientKind.Firedancer;
        var message = behind is null || firedancer ? "Node is unhealthy" : $"Node is behind by {behind} slots";
        throw new JsonRpcException(NodeUnhealthy, message, new JsonObject { [firedancer ? "slotsBehind" : "numSlotsBehind"] = behind });
    }
}
