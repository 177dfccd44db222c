using System.Text;

namespace FakeValidator.Admin;

/// <summary>
/// Cuts the admin socket's byte stream into messages exactly as the real server does: by bracket depth, without any separator, and with
/// its quirks (whitespace inside strings counts; garbage outside brackets comes out in pieces of two bytes; a message that is mostly
/// whitespace never ends).
/// </summary>
public sealed class RequestScanner
{
    private readonly List<byte> _buffer = [];

    public void Append(ReadOnlySpan<byte> bytes) => _buffer.AddRange(bytes);

    /// <summary>The next whole message, or null when more bytes are needed. A message that is not UTF-8 is dropped without a word, like the real one.</summary>
    public string? Next()
    {
        while (CutAt() is { } last)
        {
            var bytes = _buffer[..(last + 1)].ToArray();
            _buffer.RemoveRange(0, last + 1);
            try
            {
                return Strict.GetString(bytes);
            }
            catch (DecoderFallbackException)
            {
                continue;
            }
        }
        return null;
    }

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // The real decoder starts again from the first byte on every call, so this keeps no state between calls either.
    private int? CutAt()
    {
        var depth = 0;
        var inString = false;
        var escaped = false;
        var start = 0;
        var whitespace = 0;
        for (var i = 0; i < _buffer.Count; i++)
        {
            var current = _buffer[i];
            if (current is (byte)'{' or (byte)'[' && !inString)
            {
                start = depth == 0 ? i : start;
                depth++;
            }
            else if (current is (byte)'}' or (byte)']' && !inString)
            {
                depth--;
            }
            else if (current == (byte)'"' && !escaped)
            {
                inString = !inString;
            }
            else if (current is 0x0D or 0x0A or 0x20 or 0x09)
            {
                whitespace++;
            }
            escaped = current == (byte)'\\' && !escaped && inString;
            if (depth == 0 && i != start && i - start + 1 > whitespace)
            {
                return i;
            }
        }
        return null;
    }
}
