using System.Globalization;
using System.Text;

namespace FakeValidator.Identity;

/// <summary>Why a keypair file could not be read, in the words of the Solana SDK.</summary>
public sealed class KeyRefusedException(string message) : Exception(message);

/// <summary>Reads keypair files in the validator's own way and with its own errors.</summary>
public static class KeyFile
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static NodeKey Read(string path) => Parse(RustFile.Read(path, why => new KeyRefusedException(why)));

    public static NodeKey Parse(ReadOnlySpan<byte> content)
    {
        string text;
        try
        {
            text = Strict.GetString(content).Trim();
        }
        catch (DecoderFallbackException)
        {
            throw new KeyRefusedException("stream did not contain valid UTF-8");
        }
        if (text.Length < 2 || text[0] != '[' || text[^1] != ']')
        {
            throw new KeyRefusedException("Input must be a JSON array");
        }
        var elements = text[1..^1].Split(',');
        if (elements.Length != NodeKey.Size)
        {
            throw new KeyRefusedException($"Expected {NodeKey.Size} elements, found {elements.Length}");
        }
        return NodeKey.FromBytes([.. elements.Select(element => ParseByte(element.Trim()))])
            ?? throw new KeyRefusedException("signature error");
    }

    public static string Format(NodeKey key) => $"[{string.Join(',', key.ToBytes())}]";

    private static byte ParseByte(string element)
    {
        if (element.Length == 0)
        {
            throw new KeyRefusedException("cannot parse integer from empty string");
        }
        if (!element.All(char.IsAsciiDigit))
        {
            throw new KeyRefusedException("invalid digit found in string");
        }
        return byte.TryParse(element, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new KeyRefusedException("number too large to fit in target type");
    }
}
