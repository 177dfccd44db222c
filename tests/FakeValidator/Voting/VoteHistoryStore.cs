using Failover.Identities;
using Failover.Records;
using Failover.Records.VoteHistories;
using FakeValidator.Identity;

namespace FakeValidator.Voting;

/// <summary>The vote history files of Alpenglow, which live in the ledger folder whatever <c>--tower</c> says.</summary>
public sealed class VoteHistoryStore(string ledger, ValidatorVersion version)
{
    private const string What = "vote history";

    // Only the votes above the root are kept by the real one too.
    private const int MaxVotes = 512;

    private VoteHistoryBody Body => version.IsAtLeast("4.2") ? VoteHistoryBody.From42 : VoteHistoryBody.UpTo41;

    public string PathOf(Pubkey identity) => Path.Combine(ledger, RecordFiles.Name(RecordKind.VoteHistory, identity));

    public static VoteHistory WithVote(VoteHistory history, ulong slot, Hash blockId, ulong root) => history with
    {
        Votes = [.. history.Votes.Where(vote => vote.Slot >= root).TakeLast(MaxVotes), new HistoryVote(HistoryVoteKind.Notarize, slot, blockId)],
        Root = Math.Max(root, history.Root),
    };

    public byte[] Write(NodeKey identity, VoteHistory history) => VoteHistoryWriter.Write(identity.Pair, history, Body);

    public Task StoreAsync(Pubkey identity, byte[] file, CancellationToken ct) =>
        TowerStore.WriteAndRenameAsync(PathOf(identity), file, () => Task.CompletedTask, ct);

    /// <exception cref="TowerException">There is no usable vote history.</exception>
    public VoteHistory Load(Pubkey identity)
    {
        var outer = new BincodeReader(RustFile.Read(PathOf(identity), TowerException.Io));
        var tag = outer.U32();
        if (tag != 0)
        {
            throw TowerException.BadVariant(tag, 1);
        }
        var signature = outer.Take(Ed25519Signature.Size);
        var data = outer.Take(outer.Count(itemSize: 1));
        if (!Ed25519Signature.Verify(identity, data, signature))
        {
            throw TowerException.BadSignature(What);
        }
        var history = Parse(data, out var node);
        return node == identity ? history : throw TowerException.WrongNode(identity, node, What);
    }

    private VoteHistory Parse(ReadOnlySpan<byte> data, out Pubkey node)
    {
        const int SlotSize = sizeof(ulong);
        const int BlockSize = SlotSize + Hash.Size;
        var reader = new BincodeReader(data);
        node = new Pubkey(reader.Take(Pubkey.Size));
        Skip(ref reader, SlotSize);
        Skip(ref reader, BlockSize);
        SkipMap(ref reader, Hash.Size);
        Skip(ref reader, SlotSize);
        Skip(ref reader, SlotSize);
        Skip(ref reader, SlotSize);
        var votes = new List<HistoryVote>();
        for (var slots = reader.Count(2 * SlotSize); slots > 0; slots--)
        {
            reader.U64();
            for (var count = reader.Count(SlotSize); count > 0; count--)
            {
                votes.Add(ReadVote(ref reader));
            }
        }
        Skip(ref reader, BlockSize);
        SkipMap(ref reader, BlockSize);
        return new VoteHistory { Votes = [.. votes.OrderBy(vote => vote.Slot)], Root = reader.U64() };
    }

    private HistoryVote ReadVote(ref BincodeReader reader)
    {
        var from42 = Body == VoteHistoryBody.From42;
        var tag = from42 ? reader.U8() : reader.U32() + 1;
        if (tag is 0 or > (uint)HistoryVoteKind.Genesis)
        {
            throw TowerException.BadVariant(tag, 6);
        }
        var kind = (HistoryVoteKind)tag;
        var slot = reader.U64();
        var namesBlock = kind is HistoryVoteKind.Notarize or HistoryVoteKind.NotarizeFallback or HistoryVoteKind.Genesis;
        var blockId = namesBlock ? new Hash(reader.Take(Hash.Size)) : default;
        if (from42)
        {
            reader.Take(sizeof(ushort));
        }
        return new HistoryVote(kind, slot, blockId);
    }

    private static void Skip(ref BincodeReader reader, int itemSize) => reader.Take(reader.Count(itemSize) * itemSize);

    private static void SkipMap(ref BincodeReader reader, int itemSize)
    {
        for (var entries = reader.Count(2 * sizeof(ulong)); entries > 0; entries--)
        {
            reader.U64();
            Skip(ref reader, itemSize);
        }
    }
}
