using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Failover.Coordinator.Output;

namespace Failover.Coordinator.Json;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = false)]
[JsonSerializable(typeof(ErrorDocument))]
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(PlanDocument))]
[JsonSerializable(typeof(PreviewDocument))]
[JsonSerializable(typeof(PreflightDocument))]
[JsonSerializable(typeof(DoctorDocument))]
[JsonSerializable(typeof(EventDocument))]
[JsonSerializable(typeof(SilenceDocument))]
[JsonSerializable(typeof(EndDocument))]
[JsonSerializable(typeof(HistoryDocument))]
[JsonSerializable(typeof(PastHandoffDocument))]
[JsonSerializable(typeof(ReportDocument))]
[JsonSerializable(typeof(InspectDocument))]
[JsonSerializable(typeof(ByHandDocument))]
[JsonSerializable(typeof(ExitCodesDocument))]
[JsonSerializable(typeof(PkiDocument))]
internal sealed partial class Documents : JsonSerializerContext;

/// <summary>Writes documents, one line each. Source-generated: no reflection.</summary>
internal static class JsonOutput
{
    // Sentences stay readable ("…", "é"); still escaped is what could end a string.
    private static readonly Documents Relaxed = new(new JsonSerializerOptions(Documents.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static void WriteDocument<T>(this Screen screen, T document) =>
        screen.WriteJson(JsonSerializer.Serialize(document, (JsonTypeInfo<T>)Relaxed.GetTypeInfo(typeof(T))!));

    /// <summary>Enum members as they appear in documents: snake_case.</summary>
    public static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
