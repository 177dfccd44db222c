using Failover.Fuzzing.Cases;
using Failover.Identities;
using Failover.Records;
using Failover.Records.VoteHistories;
using Failover.Testing;

namespace Failover.Fuzzing.Targets;

/// <summary>Vote histories in both layouts.</summary>
internal sealed class VoteHistoryTarget() : RecordTarget("vote-history", RecordKind.VoteHistory, Seeds)
{
    protected override void Check(byte[] input, VotingRecord record)
    {
        var data = input.AsMemory(TowerFiles.HeaderSize);
        var older = Walk(data, older: true);
        var newer = Walk(data, older: false);
        var read = (record.LastVotedSlot, record.RootSlot!.Value);
        FindingException.Require(
            record.Format switch
            {
                RecordFormats.VoteHistoryUpTo41 => older == read && newer is null,
                RecordFormats.VoteHistoryFrom42 => newer == read && older is null,
                RecordFormats.VoteHistoryOfAnyVersion => older == read && newer == read,
                _ => false,
            },
            "another reader of the same layout reads it otherwise");
    }

    // The layout once more, spelled out; null when it does not fit.
    private static (ulong? LastVoted, ulong Root)? Walk(ReadOnlyMemory<byte> data, bool older)
    {
        using var reader = new BinaryReader(new MemoryStream(data.ToArray(), writable: false));
        try
        {
            reader.ReadBytes(Pubkey.Size);
            ulong? last = null;
            for (var left = reader.ReadUInt64(); left > 0; left--)
            {
                var slot = reader.ReadUInt64();
                last = last > slot ? last : slot;
            }
            Many(() => Skip(8 + 32));
            Map(() => Skip(32));
            Many(() => Skip(8));
            Many(() => Skip(8));
            Many(() => Skip(8));
            Many(() =>
            {
                var slot = reader.ReadUInt64();
                Many(() => Vote(slot));
            });
            Many(() => Skip(8 + 32));
            Map(() => Skip(8 + 32));
            var root = reader.ReadUInt64();
            return reader.BaseStream.Position == reader.BaseStream.Length ? (last, root) : null;
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException)
        {
            return null;
        }

        void Many(Action read)
        {
            for (var left = reader.ReadUInt64(); left > 0; left--)
            {
                read();
            }
        }

        void Map(Action read) => Many(() =>
        {
            Skip(8);
            Many(read);
        });

        void Skip(int count)
        {
            if (reader.ReadBytes(count).Length < count)
            {
                throw new EndOfStreamException();
            }
        }

        void Vote(ulong filedUnder)
        {
            var kind = older ? reader.ReadUInt32() + 1L : reader.ReadByte();
            var slot = reader.ReadUInt64();
            if (kind is < 1 or > 6 || slot != filedUnder)
            {
                throw new InvalidDataException();
            }
            Skip((kind is 1 or 4 or 6 ? 32 : 0) + (older ? 0 : 2));
        }
    }

    private static IReadOnlyList<byte[]> Seeds(Keypair identity) =>
    [
        VoteHistoryWriter.Write(identity, SampleHistories.EveryKind),
        VoteHistoryWriter.Write(identity, SampleHistories.EveryKind, VoteHistoryBody.UpTo41),
        VoteHistoryWriter.Write(identity, new VoteHistory { Root = 7 }),
    ];
}
