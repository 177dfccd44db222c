using System.Text.Json;
using System.Text.Json.Nodes;
using FakeValidator.Admin;
using FakeValidator.Chain;

namespace FakeValidator.Rpc;

/// <summary>The optional config object of an RPC call, and the bank that it asks for.</summary>
public readonly record struct RpcConfig(JsonElement Json)
{
    private const int MinContextSlotNotReached = -32016;

    /// <summary>Reads parameter number <paramref name="index"/>; absent and null are an empty config.</summary>
    public static RpcConfig At(JsonElement parameters, int index) => Item(parameters, index) switch
    {
        { ValueKind: JsonValueKind.Object } config => new RpcConfig(config),
        { ValueKind: JsonValueKind.Undefined or JsonValueKind.Null } => default,
        _ => throw JsonRpcException.BadParams("Invalid params: invalid type, expected a config object."),
    };

    public static JsonElement Item(JsonElement parameters, int index) => parameters.ValueKind switch
    {
        JsonValueKind.Array => index < parameters.GetArrayLength() ? parameters[index] : default,
        JsonValueKind.Undefined or JsonValueKind.Null => default,
        _ => throw JsonRpcException.BadParams("`params` should be an array"),
    };

    public string? Text(string name) => Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(name, out var value) ? value.GetString() : null;

    public ulong? Number(string name) =>
        Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(name, out var value) && value.TryGetUInt64(out var number) ? number : null;

    public bool Flag(string name) =>
        Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    /// <summary>The bank of the commitment asked for (finalized by default), no older than the slot asked for.</summary>
    public Bank Bank(ChainView chain)
    {
        var commitment = Text("commitment") switch
        {
            null or "finalized" => Commitment.Finalized,
            "confirmed" => Commitment.Confirmed,
            "processed" => Commitment.Processed,
            var other => throw JsonRpcException.BadParams(
                $"Invalid params: unknown variant `{other}`, expected one of `processed`, `confirmed`, `finalized`."),
        };
        var bank = chain.At(commitment) ?? throw JsonRpcException.InternalError();
        return Number("minContextSlot") is { } wanted && bank.Slot < wanted
            ? throw new JsonRpcException(
                MinContextSlotNotReached, "Minimum context slot has not been reached", new JsonObject { ["contextSlot"] = bank.Slot })
            : bank;
    }
}
