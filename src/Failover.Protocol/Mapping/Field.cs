using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Failover.Agents;
using Failover.Handoff;
using Failover.Identities;
using Google.Protobuf.WellKnownTypes;

namespace Failover.Protocol.Mapping;

/// <summary>
/// Reads single fields of a message that arrived. Each method returns a value that is right in form and in bounds, or throws
/// <see cref="OrderRefusedException"/> with <see cref="RefusalReason.BadRequest"/> and a sentence that begins with the field.
/// </summary>
internal static class Field
{
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");
    private static readonly SearchValues<char> FormatCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
    private static readonly SearchValues<char> HexCharacters = SearchValues.Create("0123456789abcdef");

    public static OrderRefusedException Bad(string at, string name, string what) =>
        new(RefusalReason.BadRequest, $"{(at.Length == 0 ? name : at + "." + name)} {what}");

    public static T Present<T>([NotNull] T? message, string at, string name)
        where T : class => message ?? throw Bad(at, name, "is missing");

    /// <summary>A node's name or a check's: 1 to 64 of <c>a-z 0-9 -</c>.</summary>
    public static string Name(string value, string at, string name) =>
        IsName(value) ? value : throw Bad(at, name, $"must be 1 to {Limits.Name} of a-z, 0-9 and -");

    public static bool IsName(string value) =>
        value.Length is > 0 and <= Limits.Name && !value.AsSpan().ContainsAnyExcept(NameCharacters);

    public static HandoffId HandoffId(string value, string at, string name)
    {
        // Its own constructor looks at the form; the length is looked at first so that no long text is matched.
        if (value.Length is >= 8 and <= Limits.Name && !value.AsSpan().ContainsAnyExcept(NameCharacters))
        {
            return new HandoffId(value);
        }
        throw Bad(at, name, "must be 8 to 64 of a-z, 0-9 and -");
    }

    public static FencingToken Token(ulong value, string at, string name) =>
        value != 0 ? new FencingToken(value) : throw Bad(at, name, "must be above 0");

    public static Pubkey Key(string value, string at, string name) =>
        Pubkey.TryParse(value, out var key) ? key : throw Bad(at, name, $"must be the base58 of {Pubkey.Size} bytes");

    public static Pubkey? OptionalKey(string value, string at, string name) => value.Length == 0 ? null : Key(value, at, name);

    /// <summary>A hash has the form of a key.</summary>
    public static string GenesisHash(string value, string at, string name)
    {
        _ = Key(value, at, name);
        return value;
    }

    public static string OptionalGenesisHash(string value, string at, string name) =>
        value.Length == 0 ? value : GenesisHash(value, at, name);

    /// <summary>The name of a record's format.</summary>
    public static string Format(string value, string at, string name) =>
        value.Length is > 0 and <= Limits.Name && !value.AsSpan().ContainsAnyExcept(FormatCharacters)
            ? value
            : throw Bad(at, name, $"must be 1 to {Limits.Name} of letters, digits, _, . and -");

    public static string Hex(string value, int bytes, string at, string name) =>
        value.Length == bytes * 2 && !value.AsSpan().ContainsAnyExcept(HexCharacters)
            ? value
            : throw Bad(at, name, $"must be {bytes} bytes in lower-case hexadecimal");

    /// <summary>A permit's nonce: 16 bytes in hexadecimal of either case, kept as it is because it is compared.</summary>
    public static string Nonce(string value, string at, string name) =>
        value.Length == 32 && value.All(char.IsAsciiHexDigit) ? value : throw Bad(at, name, "must be 16 bytes in hexadecimal");

    /// <summary>Words for people. Cut rather than refused; see <see cref="Clean"/>.</summary>
    public static string Text(string value) => Clean(value, Limits.Text);

    /// <summary>A version or another short word for people.</summary>
    public static string Word(string value) => Clean(value, Limits.Word);

    /// <summary>An operator's own words, which are recorded: refused rather than cut.</summary>
    public static string Reason(string value, string at, string name) =>
        value.Length <= Limits.Reason ? Clean(value, Limits.Reason) : throw Bad(at, name, $"must have at most {Limits.Reason} characters");

    /// <summary>
    /// Cuts to the length and replaces characters that steer a terminal or break a log line in two, because what one machine says is
    /// shown on another.
    /// </summary>
    public static string Clean(string value, int most)
    {
        if (value.Length > most)
        {
            var end = most - 3;
            value = string.Concat(value.AsSpan(0, char.IsHighSurrogate(value[end - 1]) ? end - 1 : end), "...");
        }
        return value.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0 ? value : string.Create(value.Length, value, Replace);

        static void Replace(Span<char> to, string from)
        {
            for (var i = 0; i < to.Length; i++)
            {
                to[i] = CharUnicodeInfo.GetUnicodeCategory(from[i]) is UnicodeCategory.Control or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? ' ' : from[i];
            }
        }
    }

    public static void Count(int count, int most, string at, string name)
    {
        if (count > most)
        {
            throw Bad(at, name, $"must have at most {most} entries, not {count}");
        }
    }

    public static long Int64(ulong value, string at, string name) =>
        value <= long.MaxValue ? (long)value : throw Bad(at, name, "is too large");

    public static DateTimeOffset Time(Timestamp? value, string at, string name)
    {
        try
        {
            return Present(value, at, name).ToDateTimeOffset();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentOutOfRangeException)
        {
            throw Bad(at, name, "is not a valid time");
        }
    }

    public static TimeSpan Span(Duration? value, string at, string name)
    {
        try
        {
            return Present(value, at, name).ToTimeSpan();
        }
        catch (Exception e) when (e is InvalidOperationException or OverflowException or ArgumentOutOfRangeException)
        {
            throw Bad(at, name, "is not a valid duration");
        }
    }

    public static TimeSpan Span(Duration? value, TimeSpan least, TimeSpan most, string at, string name)
    {
        var span = Span(value, at, name);
        return span >= least && span <= most ? span : throw Bad(at, name, $"must be from {least} to {most}");
    }

    public static TimeSpan? OptionalSpan(Duration? value, string at, string name) => value is null ? null : Span(value, at, name);
}
