using CsCheck;
using Failover.Testing;

namespace Failover.Identities;

public class KeypairTests
{
    // RFC 8032 section 7.1, test 2.
    private const string RfcSeed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
    private const string RfcPublic = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    private const string RfcSignature =
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

    private static readonly byte[] RfcMessage = [0x72];

    private static readonly string[] PointsOfSmallOrder =
    [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    ];

    [Fact]
    public void Keys_and_signatures_are_those_of_RFC_8032()
    {
        using var keypair = Keypair.FromSeed(Convert.FromHexString(RfcSeed));

        Assert.Equal(RfcPublic, Convert.ToHexStringLower(keypair.Public.ToBytes()));
        Assert.Equal(RfcSignature, Convert.ToHexStringLower(keypair.Sign(RfcMessage)));
        Assert.True(Ed25519Signature.Verify(keypair.Public, RfcMessage, Convert.FromHexString(RfcSignature)));
    }

    [Fact]
    public void The_golden_seed_has_the_golden_public_key()
    {
        using var keypair = GoldenTowers.Keypair();

        Assert.Equal(GoldenTowers.IdentityText, keypair.Public.ToString());
    }

    [Fact]
    public void A_signature_holds_for_its_own_message_and_key_only() => Gen.Select(Gen.Byte.Array[32], Gen.Byte.Array[0, 200]).Sample((seed, message) =>
    {
        using var keypair = Keypair.FromSeed(seed);
        using var other = Keypair.Generate();
        var signature = keypair.Sign(message);

        Assert.True(Ed25519Signature.Verify(keypair.Public, message, signature));
        Assert.False(Ed25519Signature.Verify(keypair.Public, [.. message, 0], signature));
        Assert.False(Ed25519Signature.Verify(other.Public, message, signature));
    }, iter: 50);

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(65)]
    public void A_signature_of_another_length_is_not_valid(int length) =>
        Assert.False(Ed25519Signature.Verify(GoldenTowers.Identity, RfcMessage, new byte[length]));

    [Fact]
    public void Random_keys_and_signatures_are_not_valid_and_never_throw() =>
        Gen.Select(Gen.Byte.Array[32], Gen.Byte.Array[64], Gen.Byte.Array[0, 50]).Sample((key, signature, message) =>
            !Ed25519Signature.Verify(new Pubkey(key), message, signature));

    [Fact]
    public void A_weak_key_signs_nothing()
    {
        // For a key of small order, one of these points and a zero scalar fit a message in a few that nobody signed.
        foreach (var (key, point) in from key in PointsOfSmallOrder from point in PointsOfSmallOrder select (key, point))
        {
            var forged = Convert.FromHexString(point + new string('0', 64));
            for (byte message = 0; message < 32; message++)
            {
                Assert.False(Ed25519Signature.Verify(new Pubkey(Convert.FromHexString(key)), [message], forged));
            }
        }
    }

    [Fact]
    public void A_disposed_keypair_has_zeroed_its_seed_and_signs_no_more()
    {
        var keypair = GoldenTowers.Keypair();
        var seed = keypair.Seed;
        Assert.Equal(31, seed[31]);

        keypair.Dispose();

        Assert.False(seed.ContainsAnyExcept((byte)0));
        Assert.Throws<ObjectDisposedException>(() => keypair.Sign(RfcMessage));
        Assert.Equal(GoldenTowers.Identity, keypair.Public);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(64)]
    public void A_seed_of_another_length_is_a_defect(int length) => Assert.Throws<ArgumentException>(() => Keypair.FromSeed(new byte[length]));

    [Fact]
    public void Every_generated_keypair_is_another_one()
    {
        using var one = Keypair.Generate();
        using var another = Keypair.Generate();

        Assert.NotEqual(one.Public, another.Public);
    }
}
