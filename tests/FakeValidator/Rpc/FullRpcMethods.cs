using System.Text.Json;
using System.Text.Json.Nodes;
using Failover.Identities;
using FakeValidator.Admin;
using FakeValidator.Chain;

namespace FakeValidator.Rpc;

/// <summary>What <c>--full-rpc-api</c> adds, as far as a failover tool might ask for it.</summary>
internal static class FullRpcMethods
{
    private const string VoteProgram = "Vote111111111111111111111111111111111111111";

    public static void AddTo(MethodTable table, NodeContext node, NodeStatus status)
    {
        table.Add("minimumLedgerSlot", () => node.Chain.Welcome?.RootSlot ?? throw new JsonRpcException(JsonRpcException.InvalidRequest, "Invalid request"));
        table.Add("getClusterNodes", () => new JsonArray(Self(node, status)));
        table.Add("getSlotLeader", (parameters, _) =>
        {
            var slot = RpcConfig.At(parameters, 0).Bank(node.Chain).Slot;
            return ValueTask.FromResult<JsonNode?>(Leader(node, slot));
        });
        table.Add("getAccountInfo", (parameters, _) => ValueTask.FromResult<JsonNode?>(AccountInfo(node, parameters)));
        if (node.Version.IsAtLeast("4.2"))
        {
            table.Add("getAgGenesisCert", () => GenesisCertificate(node));
        }
    }

    public static JsonObject Context(NodeContext node, Bank bank) => new() { ["apiVersion"] = node.Version.Core, ["slot"] = bank.Slot };

    private static JsonObject Self(NodeContext node, NodeStatus status)
    {
        var self = new JsonObject();
        var newer = node.Version.IsAtLeast("4.0");
        if (newer)
        {
            self["clientId"] = node.Client switch { ClientKind.Agave => "JitoLabs", ClientKind.Frankendancer => "Frankendancer", _ => "Firedancer" };
        }
        self["featureSet"] = node.Version.FeatureSet;
        self["gossip"] = "127.0.0.1:8001";
        self["pubkey"] = node.Gossip.Identity.Text;
        self["pubsub"] = null;
        self["rpc"] = status.RpcAddress;
        self["serveRepair"] = "127.0.0.1:8012";
        self["shredVersion"] = node.Chain.Welcome?.ShredVersion ?? 0;
        self["tpu"] = newer ? null : "127.0.0.1:8003";
        self["tpuForwards"] = newer ? null : "127.0.0.1:8004";
        self["tpuForwardsQuic"] = "127.0.0.1:8010";
        self["tpuQuic"] = "127.0.0.1:8009";
        self["tpuVote"] = "127.0.0.1:8005";
        self["tvu"] = "127.0.0.1:8002";
        self["version"] = node.Version.Core;
        return self;
    }

    private static string Leader(NodeContext node, ulong slot)
    {
        var schedule = node.Leaders.OfEpoch(slot / node.Chain.Welcome!.SlotsPerEpoch);
        return schedule?.LeaderSlots.FirstOrDefault(each => each.Value.Contains(slot)).Key ?? default(Pubkey).ToString();
    }

    private static JsonObject AccountInfo(NodeContext node, JsonElement parameters)
    {
        var key = RpcConfig.Item(parameters, 0);
        var config = RpcConfig.At(parameters, 1);
        if (key.ValueKind != JsonValueKind.String || !Pubkey.TryParse(key.GetString(), out _))
        {
            throw JsonRpcException.BadParams("Invalid param: Invalid");
        }
        var bank = config.Bank(node.Chain);
        JsonNode? value = null;
        if (bank.Find(key.GetString()!) is { } account)
        {
            var epoch = bank.Slot / node.Chain.Welcome!.SlotsPerEpoch;
            value = new JsonObject
            {
                ["data"] = config.Text("encoding") == "jsonParsed"
                    ? VoteAccountData.Parsed(account, epoch)
                    : new JsonArray(Convert.ToBase64String(VoteAccountData.Bytes(account, epoch)), "base64"),
                ["executable"] = false,
                ["lamports"] = 27_074_400UL,
                ["owner"] = VoteProgram,
                ["rentEpoch"] = ulong.MaxValue,
                ["space"] = VoteAccountData.Size,
            };
        }
        return new JsonObject { ["context"] = Context(node, bank), ["value"] = value };
    }

    // Null as long as TowerBFT rules.
    private static JsonObject? GenesisCertificate(NodeContext node) => !node.IsAlpenglow ? null : new JsonObject
    {
        ["block"] = new JsonObject
        {
            ["blockId"] = Numbers(Pubkey.Size),
            ["slot"] = node.Chain.Welcome?.AlpenglowSinceSlot ?? 0,
        },
        ["signature"] = new JsonObject { ["bitmap"] = Numbers(8), ["signature"] = Numbers(192) },
    };

    private static JsonArray Numbers(int count) => new([.. Enumerable.Range(1, count).Select(each => JsonValue.Create(each % 256))]);
}
