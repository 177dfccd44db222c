using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Failover.Cluster;

/// <summary>
/// Reads answers of other programs: every question is answered by true or false, whatever the element is. (JsonElement itself throws on
/// text that is no Unicode, and on members of what is no object.)
/// </summary>
internal static class JsonMembers
{
    public static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    public static bool TryMember(this JsonElement element, string name, out JsonElement member)
    {
        member = default;
        try
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out member);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    public static bool TryText(this JsonElement element, [NotNullWhen(true)] out string? text)
    {
        text = null;
        try
        {
            text = element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, or bytes that are no UTF-8.
        }
        return text is not null;
    }

    /// <summary>The name of the only member.</summary>
    public static bool TryOnlyName(this JsonElement element, [NotNullWhen(true)] out string? name)
    {
        name = null;
        try
        {
            name = element.ValueKind == JsonValueKind.Object && element.GetPropertyCount() == 1 ? element.EnumerateObject().First().Name : null;
        }
        catch (InvalidOperationException)
        {
            // As with texts.
        }
        return name is not null;
    }

    public static bool TryNumber(this JsonElement element, out ulong number)
    {
        number = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetUInt64(out number);
    }

    public static bool TryTruth(this JsonElement element, out bool truth)
    {
        truth = element.ValueKind == JsonValueKind.True;
        return truth || element.ValueKind == JsonValueKind.False;
    }

    public static string Words(this JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        JsonValueKind.Undefined => "nothing",
        _ => "a truth value",
    };
}
