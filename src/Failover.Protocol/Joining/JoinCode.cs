using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using SimpleBase;

namespace Failover.Protocol.Joining;

/// <summary>
/// The code by which a node and a coordinator that have no certificate in common yet know each other, once. 120 random bits, so that no proof that was overheard
/// can be tried out; never sent, only proven.
/// </summary>
public sealed class JoinCode
{
    private const int Bytes = 15;
    private const int GroupLength = 4;

    private readonly byte[] _secret;

    private JoinCode(byte[] secret) => _secret = secret;

    /// <summary>A new one, from the operating system's randomness.</summary>
    public static JoinCode Generate() => new(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>Reads what a person typed: in either case, with or without the hyphens, and with O for 0 and I or L for 1.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out JoinCode? code)
    {
        code = null;
        Span<byte> secret = stackalloc byte[Bytes];
        var plain = text?.Replace("-", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant() ?? "";
        if (plain.Length != Bytes * 8 / 5 || !plain.All(char.IsAsciiLetterOrDigit) || plain.Contains('U', StringComparison.Ordinal)
            || !Base32.Crockford.TryDecode(plain, secret, out var written) || written != Bytes)
        {
            return false;
        }
        code = new JoinCode(secret.ToArray());
        return true;
    }

    /// <summary>As it is shown to the person who carries it, and nowhere else: <c>XXXX-XXXX-XXXX-XXXX-XXXX-XXXX</c>.</summary>
    public string Reveal() => string.Join('-', Base32.Crockford.Encode(_secret).Chunk(GroupLength).Select(group => new string(group)));

    /// <summary>Not the code itself, which belongs in no log.</summary>
    public override string ToString() => "a join code";

    internal byte[] Sign(ReadOnlySpan<byte> text) => HMACSHA256.HashData(_secret, text);
}
