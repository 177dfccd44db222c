using System.Buffers.Binary;
using CsCheck;
using Failover.Identities;
using Failover.Records.VoteHistories;
using Failover.Testing;

namespace Failover.Records;

/// <summary>Damage of every kind, to both kinds of record. Nothing of it may pass, and nothing may throw.</summary>
public sealed class DamagedRecordsTests : IDisposable
{
    private readonly Keypair _identity = GoldenTowers.Keypair();
    private readonly byte[] _history;

    public DamagedRecordsTests() => _history = VoteHistoryWriter.Write(_identity, SampleHistories.EveryKind);

    public void Dispose() => _identity.Dispose();

    [Fact]
    public void A_record_that_was_cut_off_is_refused_at_every_byte() => ForBoth((kind, file) =>
    {
        for (var length = 0; length < file.Length; length++)
        {
            var expected = length < TowerFiles.HeaderSize ? RecordTests.HeaderIsComplete : RecordTests.SizeMatchesLengthField;
            Assert.Equal(expected, Verify(kind, file[..length]).RefusedBy);
        }
    });

    [Fact]
    public void A_record_with_a_byte_too_many_is_refused() => ForBoth((kind, file) =>
        Assert.Equal(RecordTests.SizeMatchesLengthField, Verify(kind, [.. file, 0]).RefusedBy));

    [Fact]
    public void Every_flipped_bit_is_refused_by_the_test_for_its_place() => ForBoth((kind, file) =>
        Parallel.For(0, file.Length * 8, bit =>
        {
            var damaged = (byte[])file.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            var expected = (bit / 8) switch
            {
                // The lowest bit of the version tag leads to the other version of a tower, which lays out its data differently.
                0 when kind == RecordKind.Tower && bit == 0 => RecordTests.CountsInBounds,
                < 4 => RecordTests.KnownVersion,
                < 68 => RecordTests.Signature,
                < 76 => RecordTests.SizeMatchesLengthField,
                < 108 => RecordTests.NodeIsIdentity,
                _ => RecordTests.Signature,
            };
            var refusedBy = Verify(kind, damaged).RefusedBy;
            Assert.True(refusedBy == expected, $"bit {bit} was refused by {refusedBy}, expected was {expected}");
        }));

    [Fact]
    public void A_record_of_another_identity_is_refused_by_its_node() => ForBoth((kind, file) =>
    {
        using var other = Keypair.Generate();

        var refusal = RecordVerifier.Verify(kind, file, other.Public).Refusal;

        Assert.Equal(RecordTests.NodeIsIdentity, refusal?.Test);
        Assert.Contains(GoldenTowers.IdentityText, refusal?.Reason, StringComparison.Ordinal);
    });

    [Fact]
    public void A_record_that_somebody_else_signed_is_refused() => ForBoth((kind, file) =>
    {
        using var other = Keypair.Generate();

        Assert.Equal(RecordTests.Signature, Verify(kind, TowerFiles.Resign(other, file, data => data)).RefusedBy);
    });

    [Fact]
    public void A_file_of_zeros_as_a_power_cut_leaves_it_is_refused() => ForBoth((kind, file) =>
        Assert.Equal(RecordTests.SizeMatchesLengthField, Verify(kind, new byte[file.Length]).RefusedBy));

    [Fact]
    public void An_empty_file_is_refused() => ForBoth((kind, _) => Assert.Equal(RecordTests.HeaderIsComplete, Verify(kind, []).RefusedBy));

    [Theory]
    [InlineData(RecordKind.Tower, RecordVerifier.MaxTowerBytes)]
    [InlineData(RecordKind.VoteHistory, RecordVerifier.MaxVoteHistoryBytes)]
    public void A_file_beyond_the_size_limit_is_refused_without_a_look_into_it(RecordKind kind, int most)
    {
        Assert.Equal(RecordTests.SizeMatchesLengthField, Verify(kind, new byte[most]).RefusedBy);
        var file = new byte[most + 1];
        Assert.Equal(RecordTests.WithinSizeLimit, Allocations.AssertFew(() => Verify(kind, file)).RefusedBy);
    }

    [Theory]
    [InlineData(RecordKind.Unknown)]
    [InlineData((RecordKind)3)]
    public void An_unknown_kind_is_refused(RecordKind kind) => Assert.Equal(RecordTests.KnownKind, Verify(kind, GoldenTowers.Full).RefusedBy);

    [Fact]
    public void A_length_field_of_any_size_allocates_nothing() => ForBoth((kind, file) =>
    {
        foreach (var length in new ulong[] { ulong.MaxValue, long.MaxValue, uint.MaxValue, (ulong)file.Length })
        {
            var damaged = (byte[])file.Clone();
            BinaryPrimitives.WriteUInt64LittleEndian(damaged.AsSpan(68), length);
            Assert.Equal(RecordTests.SizeMatchesLengthField, Allocations.AssertFew(() => Verify(kind, damaged)).RefusedBy);
        }
    });

    [Fact]
    public void Random_bytes_are_refused() => Gen.Byte.Array[0, 4000].Sample(bytes => ForBoth((kind, _) =>
    {
        Assert.NotNull(Verify(kind, bytes).Refusal);
        Assert.NotNull(RecordVerifier.VerifyLegacyTower(bytes, _identity.Public).Refusal);
    }));

    [Fact]
    public void Random_data_that_is_truly_signed_is_refused() => Gen.Byte.Array[0, 3000].Sample(noise => ForBoth((kind, file) =>
        Assert.NotNull(Verify(kind, TowerFiles.Resign(_identity, file, data => [.. data[..32], .. noise])).Refusal)), iter: 50);

    [Fact]
    public void Damage_that_is_truly_signed_never_leaves_an_impossible_tower() =>
        Gen.Select(Gen.Int[32, 1850], Gen.Byte).Array[1, 4].Sample(damage =>
        {
            var file = TowerFiles.Resign(_identity, GoldenTowers.Short, data =>
            {
                foreach (var (place, value) in damage)
                {
                    data[place] = value;
                }
                return data;
            });
            if (Verify(RecordKind.Tower, file).Record is not { } record)
            {
                return;
            }
            Assert.Equal(record.Lockouts.OrderBy(lockout => lockout.Slot).DistinctBy(lockout => lockout.Slot), record.Lockouts);
            Assert.Equal(record.Lockouts.OrderByDescending(lockout => lockout.Confirmations).DistinctBy(lockout => lockout.Confirmations), record.Lockouts);
            Assert.All(record.Lockouts, lockout => Assert.True(record.RootSlot is null || lockout.Slot > record.RootSlot));
        }, iter: 500);

    private void ForBoth(Action<RecordKind, byte[]> fact)
    {
        fact(RecordKind.Tower, GoldenTowers.Short);
        fact(RecordKind.VoteHistory, _history);
    }

    private RecordVerdict Verify(RecordKind kind, byte[] file) => RecordVerifier.Verify(kind, file, _identity.Public);
}
