using System.Buffers.Binary;
using CsCheck;
using Failover.Identities;
using Failover.Testing;

namespace Failover.Records.VoteHistories;

public sealed class VoteHistoryTests : IDisposable
{
    // Where the counts of the data begin, behind the node; when nothing was voted one follows the other.
    private const int FirstCount = 32;
    // Where, in a history of one finalization vote, the slot lies that the vote is filed under, and the vote itself.
    private const int FiledUnder = FirstCount + 6 * 8 + 8 + 8;
    private const int Vote = FiledUnder + 8 + 8;

    private static readonly Gen<HistoryVote> Votes = Gen.Select(
        Gen.Int[1, 6], Gen.ULong[0, 1UL << 40], Gen.Byte.Array[32],
        (kind, slot, id) => new HistoryVote((HistoryVoteKind)kind, slot, kind is 1 or 4 or 6 ? new Hash(id) : default));

    private readonly Keypair _identity = GoldenTowers.Keypair();

    public void Dispose() => _identity.Dispose();

    [Theory]
    [InlineData(VoteHistoryBody.From42, RecordFormats.VoteHistoryFrom42)]
    [InlineData(VoteHistoryBody.UpTo41, RecordFormats.VoteHistoryUpTo41)]
    public void Both_layouts_are_read_and_told_apart(VoteHistoryBody body, string format)
    {
        var file = VoteHistoryWriter.Write(_identity, SampleHistories.EveryKind, body);

        var record = Verify(file).Accepted;

        Assert.Equal((RecordKind.VoteHistory, format, _identity.Public), (record.Kind, record.Format, record.Identity));
        Assert.Equal((104UL, 100UL, null), (record.LastVotedSlot, record.RootSlot, record.LastVoteUnixSeconds));
        Assert.Empty(record.Lockouts);
        Assert.Equal(file, record.Bytes);
    }

    [Fact]
    public void A_history_without_votes_reads_the_same_in_every_version()
    {
        var record = Verify(VoteHistoryWriter.Write(_identity, new VoteHistory { Root = 7 })).Accepted;

        Assert.Equal((RecordFormats.VoteHistoryOfAnyVersion, null, 7UL), (record.Format, record.LastVotedSlot, record.RootSlot));
    }

    [Fact]
    public void The_bytes_are_laid_out_as_Agave_4_2_lays_them_out()
    {
        var file = VoteHistoryWriter.Write(_identity, new VoteHistory { Root = 6, Votes = [new(HistoryVoteKind.Skip, 7)] });

        var data = new List<byte>(_identity.Public.ToBytes());
        foreach (var number in new ulong[] { 1, 7, 0, 0, 0, 1, 7, 0, 1, 7, 1 })
        {
            data.AddRange(BitConverter.GetBytes(number));
        }
        data.AddRange([3, .. BitConverter.GetBytes(7UL), 0, 0]);
        foreach (var number in new ulong[] { 0, 0, 6 })
        {
            data.AddRange(BitConverter.GetBytes(number));
        }
        Assert.Equal(TowerFiles.Sign(_identity, 0, [.. data]), file);
    }

    [Fact]
    public void Any_votes_are_read_and_the_layout_is_found() => Gen.Select(Votes.Array[1, 30], Gen.Bool).Sample((votes, older) =>
    {
        var body = older ? VoteHistoryBody.UpTo41 : VoteHistoryBody.From42;
        var record = Verify(VoteHistoryWriter.Write(_identity, new VoteHistory { Votes = votes }, body)).Accepted;

        ulong[] voted = [.. votes.Where(vote => vote.Kind is HistoryVoteKind.Notarize or HistoryVoteKind.Skip).Select(vote => vote.Slot)];
        Assert.Equal(voted.Length == 0 ? null : voted.Max(), record.LastVotedSlot);
        Assert.Equal(older ? RecordFormats.VoteHistoryUpTo41 : RecordFormats.VoteHistoryFrom42, record.Format);
    }, iter: 200);

    [Fact]
    public void A_history_that_was_cut_off_and_signed_again_is_refused_at_every_byte()
    {
        foreach (var body in new[] { VoteHistoryBody.From42, VoteHistoryBody.UpTo41 })
        {
            var file = VoteHistoryWriter.Write(_identity, SampleHistories.EveryKind, body);
            for (var length = 0; length < file.Length - TowerFiles.HeaderSize; length++)
            {
                Assert.Contains(Verify(TowerFiles.Resign(_identity, file, data => data[..length])).RefusedBy,
                    new[] { RecordTests.DataIsComplete, RecordTests.CountsInBounds });
            }
        }
    }

    [Fact]
    public void Anything_behind_the_root_is_refused() => Assert.Equal(RecordTests.DataIsComplete,
        Verify(TowerFiles.Resign(_identity, Write(new HistoryVote(HistoryVoteKind.Skip, 7)), data => [.. data, 0])).RefusedBy);

    [Fact]
    public void A_vote_that_is_filed_under_another_slot_is_refused()
    {
        var file = TowerFiles.Resign(_identity, Write(new HistoryVote(HistoryVoteKind.Finalize, 7)), data =>
        {
            data[FiledUnder] = 8;
            return data;
        });

        Assert.Equal(RecordTests.VotesMatchTheirSlots, Verify(file).RefusedBy);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(255)]
    public void A_vote_of_an_unknown_kind_is_refused(byte tag)
    {
        var file = TowerFiles.Resign(_identity, Write(new HistoryVote(HistoryVoteKind.Finalize, 7)), data =>
        {
            data[Vote] = tag;
            return data;
        });

        Assert.Equal(RecordTests.KnownVoteKind, Verify(file).RefusedBy);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void An_absurd_count_is_refused_before_anything_is_allocated(int field)
    {
        foreach (var count in new ulong[] { ulong.MaxValue, 1UL << 63, long.MaxValue, uint.MaxValue, int.MaxValue, 100 })
        {
            var file = TowerFiles.Resign(_identity, VoteHistoryWriter.Write(_identity, new VoteHistory()), data =>
            {
                BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(FirstCount + field * 8), count);
                return data;
            });

            Assert.Equal(RecordTests.CountsInBounds, Allocations.AssertFew(() => Verify(file)).RefusedBy);
        }
    }

    [Fact]
    public void An_unknown_version_is_refused() =>
        Assert.Equal(RecordTests.KnownVersion, Verify(TowerFiles.Sign(_identity, 1, Write(new HistoryVote(HistoryVoteKind.Skip, 7))[TowerFiles.HeaderSize..])).RefusedBy);

    [Fact]
    public void A_tower_is_no_vote_history_and_a_vote_history_no_tower()
    {
        Assert.Equal(RecordTests.KnownVersion, Verify(GoldenTowers.Full).RefusedBy);
        var history = VoteHistoryWriter.Write(_identity, SampleHistories.EveryKind);
        Assert.NotNull(RecordVerifier.Verify(RecordKind.Tower, history, _identity.Public).Refusal);
    }

    private byte[] Write(params HistoryVote[] votes) => VoteHistoryWriter.Write(_identity, new VoteHistory { Votes = votes });

    private RecordVerdict Verify(byte[] file) => RecordVerifier.Verify(RecordKind.VoteHistory, file, _identity.Public);
}
