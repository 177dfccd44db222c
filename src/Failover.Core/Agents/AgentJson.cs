using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Failover.Records;
using Failover.Validators;

namespace Failover.Agents;

/// <summary>
/// The JSON of the state file and the history. Enums are written by name, so that a person can read them and a reordering cannot change them.
/// What no agent writes is not read: a part that is missing, a number or several names for an enum.
/// </summary>
[JsonSourceGenerationOptions(
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters =
    [
        typeof(PubkeyConverter), typeof(FencingTokenConverter), typeof(HandoffIdConverter),
        typeof(NameConverter<PromisedRole>), typeof(NameConverter<HandoffRole>), typeof(NameConverter<HandoffPhase>), typeof(NameConverter<HandoffEnding>),
        typeof(NameConverter<AnswerKind>), typeof(NameConverter<RecordKind>), typeof(NameConverter<VotingStopProof>), typeof(NameConverter<HandoffStep>),
        typeof(NameConverter<StepState>), typeof(NameConverter<HookUse>),
        typeof(ListConverter<PastAnswer>), typeof(ListConverter<RecordSummary>), typeof(ListConverter<RecordBytes>), typeof(ListConverter<HandoffEvent>),
    ])]
[JsonSerializable(typeof(AgentState))]
[JsonSerializable(typeof(HistoryEntry))]
[JsonSerializable(typeof(PastAnswer))]
[JsonSerializable(typeof(RecordSummary))]
[JsonSerializable(typeof(RecordBytes))]
[JsonSerializable(typeof(HandoffEvent))]
internal sealed partial class AgentJson : JsonSerializerContext;

/// <summary>One name, exactly as it is declared. (The framework's own converter takes numbers and lists of names as well.)</summary>
internal sealed class NameConverter<T> : JsonConverter<T>
    where T : struct, Enum
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString() is { } name && Enum.TryParse<T>(name, out var value) && Enum.GetName(value) == name
            ? value
            : throw new JsonException($"not the name of a {typeof(T).Name}");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

/// <summary>A list without holes, which nullable annotations do not keep out.</summary>
internal sealed class ListConverter<T> : JsonConverter<IReadOnlyList<T>>
    where T : class
{
    public override IReadOnlyList<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("not a list");
        }
        var item = (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
        List<T> items = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(JsonSerializer.Deserialize(ref reader, item) ?? throw new JsonException("nothing in a list"));
        }
        return items;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<T> value, JsonSerializerOptions options)
    {
        var item = (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
        writer.WriteStartArray();
        foreach (var one in value)
        {
            JsonSerializer.Serialize(writer, one, item);
        }
        writer.WriteEndArray();
    }
}

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
        HandoffId.TryParse(reader.GetString(), out var id) ? id : throw new JsonException("not a handoff id");

    public override void Write(Utf8JsonWriter writer, HandoffId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
