using System.Security.Cryptography;
using System.Text;
using SimpleBase;

namespace FakeCluster.World;

/// <summary>Hashes and keys that look real and depend on nothing but the seed and a name.</summary>
internal static class SeededHash
{
    public static byte[] Bytes(int seed, string name)
        => SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{seed}/{name}")));

    public static string Base58Of(int seed, string name) => Base58.Bitcoin.Encode(Bytes(seed, name));
}
