using System.Text;
using Failover.Fuzzing.Cases;

namespace Failover.Fuzzing.Mutation;

/// <summary>Damages JSON and TOML: mostly so that it stays one of the two, and says something else.</summary>
/// <param name="words">Keys and values of the format, to be put where others were.</param>
internal sealed class TextMutator(params string[] words)
{
    private const int MostNesting = 20_000;

    private static readonly byte[][] Hostile = Array.ConvertAll<string, byte[]>(
        [
            "null", "true", "false", "0", "-0", "-1", "1e400", "-1e-400", "1.0", "255", "256", "2147483648", "-2147483649", "9223372036854775807",
            "9223372036854775808", "18446744073709551615", "18446744073709551616", "1" + new string('0', 400), "\"\"", "\"\\ud800\"", "\"\\u0000\"",
            "\"\\uDBFF\\uDFFF\"", "{}", "[]", "[[]]", "{\"a\":1,\"a\":2}", "[1,]", "nan", "inf", "0x7fffffffffffffff", "1979-05-27T07:32:00Z", "'''", "\"\"\"",
            "#", "//", "\\", "\r", "\r\n", "\t", "\u0000", "\u2028", "\uFEFF", "=", ".", ",", ":", "[", "]", "{", "}", "\"", "'",
        ],
        Encoding.UTF8.GetBytes);

    private static readonly byte[][] NotUtf8 = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0xff, 0xfe], [0xfe, 0xff]];

    private static readonly (string Open, string Close)[] Nestings = [("[", "]"), ("{\"a\":", "}"), ("{a=", "}"), ("a.", ""), ("[[", "]]"), ("(", ")")];

    private readonly byte[][] _words = [.. words.Select(Encoding.UTF8.GetBytes)];

    public byte[] Mutate(byte[] text, byte[] other, CaseRandom random)
    {
        for (var changes = 1 + random.Skewed(5); changes > 0; changes--)
        {
            text = Change(text, other, random);
        }
        return text;
    }

    private byte[] Change(byte[] text, byte[] other, CaseRandom random)
    {
        var (from, to) = Token(text, random);
        switch (random.Below(9))
        {
            case 0:
                return ByteMutator.Mutate(text, other, random);
            case 1 or 2:
                return [.. text[..from], .. random.Of(Hostile), .. text[to..]];
            case 3 when _words.Length > 0:
                return [.. text[..from], .. random.Of(_words), .. text[to..]];
            case 4:
                return [.. text[..to], .. random.Of(random.OneIn(4) ? NotUtf8 : Hostile), .. text[to..]];
            case 5:
                (from, to) = Part(text, random);
                return [.. text[..to], .. text[from..]];
            case 6:
                (from, to) = Part(text, random);
                return [.. text[..from], .. text[to..]];
            case 7:
                var (taken, end) = Part(other, random);
                return [.. text[..from], .. other[taken..end], .. text[to..]];
            default:
                return random.OneIn(10) ? Nested(text, from, to, random) : text;
        }
    }

    private static byte[] Nested(byte[] text, int from, int to, CaseRandom random)
    {
        var (open, close) = random.Of(Nestings);
        var depth = 1 + random.Skewed(MostNesting);
        var closing = random.OneIn(3) ? "" : string.Concat(Enumerable.Repeat(close, depth));
        return [.. text[..from], .. Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(open, depth))), .. text[from..to], .. Encoding.ASCII.GetBytes(closing), .. text[to..]];
    }

    // A word, a number, or a string with its quotes.
    private static (int From, int To) Token(byte[] text, CaseRandom random)
    {
        var at = random.Below(text.Length + 1);
        var (from, to) = (at, at);
        while (from > 0 && IsWord(text[from - 1]))
        {
            from--;
        }
        while (to < text.Length && IsWord(text[to]))
        {
            to++;
        }
        return (from, to);

        static bool IsWord(byte letter) => letter is (byte)'"' or (byte)'_' or (byte)'-' or (byte)'+' or >= 0x80 || char.IsAsciiLetterOrDigit((char)letter);
    }

    // What stands between two commas or line ends, with one of them.
    private static (int From, int To) Part(byte[] text, CaseRandom random)
    {
        var at = random.Below(text.Length + 1);
        var from = text.AsSpan(0, at).LastIndexOfAny(",\n"u8) + 1;
        var to = text.AsSpan(at).IndexOfAny(",\n"u8);
        return (from, to < 0 ? text.Length : at + to + 1);
    }
}
