using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FakeValidator.Admin;

/// <summary>
/// Reads positional parameters as serde reads a tuple: in order, strict in number, and with serde's words for what is wrong.
/// </summary>
public sealed class ParamReader
{
    private readonly JsonElement[] _items;
    private readonly int _size;
    private int _next;

    private ParamReader(JsonElement[] items, int size)
    {
        _items = items;
        _size = size;
    }

    /// <summary>For a method without parameters: null, absent and an empty array will do.</summary>
    public static void ExpectNone(JsonElement parameters)
    {
        var none = parameters.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null
            || (parameters.ValueKind == JsonValueKind.Array && parameters.GetArrayLength() == 0);
        if (!none)
        {
            var kind = parameters.ValueKind == JsonValueKind.Array ? "Array" : "Map";
            var inner = parameters.ValueKind == JsonValueKind.Array ? RustList(parameters) : RustMap(parameters);
            throw new JsonRpcException(JsonRpcException.InvalidParams, "Invalid parameters: No parameters were expected", $"{kind}({inner})");
        }
    }

    /// <summary>For a method with exactly <paramref name="size"/> parameters. Read each in order, then call <see cref="End"/>.</summary>
    public static ParamReader Tuple(JsonElement parameters, int size) => parameters.ValueKind switch
    {
        JsonValueKind.Array => new ParamReader([.. parameters.EnumerateArray()], size),
        JsonValueKind.Object => throw Bad($"invalid type: map, expected a tuple of size {size}"),
        _ => throw Bad($"invalid type: null, expected a tuple of size {size}"),
    };

    /// <summary>For a method whose only parameter may be left out.</summary>
    public static JsonElement? Optional(JsonElement parameters)
    {
        switch (parameters.ValueKind)
        {
            case JsonValueKind.Object:
                throw JsonRpcException.BadParams("`params` should be an array");
            case JsonValueKind.Array when parameters.GetArrayLength() > 1:
                throw new JsonRpcException(JsonRpcException.InvalidParams, "Invalid parameters: Expected from 0 to 1 parameters.", $"\"Got: {parameters.GetArrayLength()}\"");
            case JsonValueKind.Array when parameters.GetArrayLength() == 1 && parameters[0].ValueKind != JsonValueKind.Null:
                return parameters[0];
            default:
                return null;
        }
    }

    public string Text()
    {
        var item = Take();
        return item.ValueKind == JsonValueKind.String ? item.GetString()! : throw WrongType(item, "a string");
    }

    public bool Flag()
    {
        var item = Take();
        return item.ValueKind is JsonValueKind.True or JsonValueKind.False ? item.GetBoolean() : throw WrongType(item, "a boolean");
    }

    public ulong Number()
    {
        var item = Take();
        return item.ValueKind == JsonValueKind.Number && item.TryGetUInt64(out var value) ? value : throw WrongNumber(item, "u64");
    }

    public byte[] Bytes()
    {
        var item = Take();
        if (item.ValueKind != JsonValueKind.Array)
        {
            throw WrongType(item, "a sequence");
        }
        return [.. item.EnumerateArray().Select(each =>
            each.ValueKind == JsonValueKind.Number && each.TryGetByte(out var value) ? value : throw WrongNumber(each, "u8"))];
    }

    /// <summary>Any value: for the parameters that the fake does not look into.</summary>
    public JsonElement Anything() => Take();

    public void End()
    {
        if (_items.Length > _size)
        {
            throw Bad($"invalid length {_items.Length}, expected fewer elements in array");
        }
    }

    private JsonElement Take() =>
        _next < _items.Length ? _items[_next++] : throw Bad($"invalid length {_items.Length}, expected a tuple of size {_size}");

    private static JsonRpcException WrongNumber(JsonElement item, string expected) =>
        item.ValueKind == JsonValueKind.Number && item.TryGetDecimal(out var number) && decimal.IsInteger(number)
            ? Bad($"invalid value: integer `{item.GetRawText()}`, expected {expected}")
            : WrongType(item, expected);

    private static JsonRpcException WrongType(JsonElement item, string expected) => Bad($"invalid type: {Describe(item)}, expected {expected}");

    private static JsonRpcException Bad(string why) => JsonRpcException.BadParams($"Invalid params: {why}.");

    private static string Describe(JsonElement item) => item.ValueKind switch
    {
        JsonValueKind.String => $"string {RustString(item.GetString()!)}",
        JsonValueKind.True => "boolean `true`",
        JsonValueKind.False => "boolean `false`",
        JsonValueKind.Number when item.TryGetInt64(out _) || item.TryGetUInt64(out _) => $"integer `{item.GetRawText()}`",
        JsonValueKind.Number => $"floating point `{item.GetRawText()}`",
        JsonValueKind.Array => "sequence",
        JsonValueKind.Object => "map",
        _ => "null",
    };

    private static string RustList(JsonElement list) => $"[{string.Join(", ", list.EnumerateArray().Select(RustDebug))}]";

    private static string RustMap(JsonElement map) =>
        $"{{{string.Join(", ", map.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => $"{RustString(member.Name)}: {RustDebug(member.Value)}"))}}}";

    // How `{:?}` prints a serde_json::Value.
    private static string RustDebug(JsonElement item) => item.ValueKind switch
    {
        JsonValueKind.String => $"String({RustString(item.GetString()!)})",
        JsonValueKind.True => "Bool(true)",
        JsonValueKind.False => "Bool(false)",
        JsonValueKind.Number => $"Number({item.GetRawText()})",
        JsonValueKind.Array => $"Array {RustList(item)}",
        JsonValueKind.Object => $"Object {RustMap(item)}",
        _ => "Null",
    };

    private static string RustString(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            quoted.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ when char.IsControl(c) => string.Create(CultureInfo.InvariantCulture, $"\\u{{{(int)c:x}}}"),
                _ => c.ToString(),
            });
        }
        return quoted.Append('"').ToString();
    }
}
