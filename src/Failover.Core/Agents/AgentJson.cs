using System.Text.Json;
using System.Text.Json.Serialization;
using Failover.Handoff;
using Failover.Identities;

namespace Failover.Agents;

/// <summary>The JSON of the state file and the history. Enums are written by name, so that a person can read them and a reordering cannot change them.</summary>
[JsonSourceGenerationOptions(
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters = [typeof(PubkeyConverter), typeof(FencingTokenConverter), typeof(HandoffIdConverter)])]
[JsonSerializable(typeof(AgentState))]
[JsonSerializable(typeof(HistoryEntry))]
internal sealed partial class AgentJson : JsonSerializerContext;

internal sealed class PubkeyConverter : JsonConverter<Pubkey>
{
    public override Pubkey Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Pubkey.TryParse(reader.GetString(), out var key) ? key : throw new JsonException("not a public key");

    public override void Write(Utf8JsonWriter writer, Pubkey value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

internal sealed class FencingTokenConverter : JsonConverter<FencingToken>
{
    public override FencingToken Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetUInt64());

    public override void Write(Utf8JsonWriter writer, FencingToken value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
}

internal sealed class HandoffIdConverter : JsonConverter<HandoffId>
{
    public override HandoffId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetString() ?? throw new JsonException("no handoff id"));

    public override void Write(Utf8JsonWriter writer, HandoffId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
