using System.Security.Cryptography;
using Failover.Identities;
using Failover.Records.Towers;
using Failover.Records.VoteHistories;

namespace Failover.Records;

/// <summary>
/// Decides whether bytes are a voting record of one identity. Never throws, whatever the bytes; what it allocates does not depend
/// on what they claim. A record keeps the memory that was verified: nobody may write to it afterwards.
/// </summary>
public static class RecordVerifier
{
    /// <summary>The largest tower file that is looked at; a full one has 2319 bytes.</summary>
    public const int MaxTowerBytes = 64 * 1024;

    /// <summary>The largest vote history that is looked at. It grows while the cluster stands still; one beyond this is for a person to judge.</summary>
    public const int MaxVoteHistoryBytes = 16 * 1024 * 1024;

    /// <summary>Makes every test of <see cref="RecordTests"/> on a file under its current name (<see cref="RecordFiles.Name"/>).</summary>
    public static RecordVerdict Verify(RecordKind kind, ReadOnlyMemory<byte> bytes, Pubkey identity) => kind switch
    {
        RecordKind.Tower => VerifyTower(bytes, identity, tagged: true),
        RecordKind.VoteHistory => VerifyVoteHistory(bytes, identity),
        _ => Refuse(new(RecordTests.KnownKind, $"the kind of record is {(int)kind}; known are {RecordKind.Tower:D} (tower) and {RecordKind.VoteHistory:D} (vote history).")),
    };

    /// <summary>The same for a tower under its legacy name (<see cref="RecordFiles.LegacyTowerName"/>), whose file has no version tag.</summary>
    public static RecordVerdict VerifyLegacyTower(ReadOnlyMemory<byte> bytes, Pubkey identity) =>
        VerifyTower(bytes, identity, tagged: false);

    private static RecordVerdict VerifyTower(ReadOnlyMemory<byte> bytes, Pubkey identity, bool tagged)
    {
        if (CheckSize(bytes, MaxTowerBytes) is { } tooLarge)
        {
            return Refuse(tooLarge);
        }
        if (SignedFile.Open(bytes.Span, tagged, TowerWriter.CurrentVersion, identity, out var version, out var data) is { } refusal)
        {
            return Refuse(refusal);
        }
        var current = version == TowerWriter.CurrentVersion;
        var reader = new SpanReader(data);
        var tower = TowerReader.Read(ref reader, lastVoteHasTag: current);
        if ((reader.Refusal ?? TowerRules.Check(tower)) is { } invalid)
        {
            return Refuse(invalid);
        }
        var format = current ? RecordFormats.CurrentTower : tagged ? RecordFormats.OldTower : RecordFormats.UntaggedTower;
        return Accept(new VotingRecord(RecordKind.Tower, format, identity, bytes, Sha256(bytes))
        {
            LastVotedSlot = tower.LastVotedSlot,
            RootSlot = tower.Root,
            Lockouts = tower.Lockouts,
            LastVoteUnixSeconds = tower.LastVote.Timestamp,
        });
    }

    private static RecordVerdict VerifyVoteHistory(ReadOnlyMemory<byte> bytes, Pubkey identity)
    {
        if (CheckSize(bytes, MaxVoteHistoryBytes) is { } tooLarge)
        {
            return Refuse(tooLarge);
        }
        if (SignedFile.Open(bytes.Span, tagged: true, VoteHistoryWriter.CurrentVersion, identity, out _, out var data) is { } refusal)
        {
            return Refuse(refusal);
        }
        if (VoteHistoryReader.Read(data, out var facts) is { } invalid)
        {
            return Refuse(invalid);
        }
        return Accept(new VotingRecord(RecordKind.VoteHistory, facts.Format, identity, bytes, Sha256(bytes))
        {
            LastVotedSlot = facts.LastVotedSlot,
            RootSlot = facts.Root,
        });
    }

    private static RecordRefusal? CheckSize(ReadOnlyMemory<byte> bytes, int most) => bytes.Length <= most
        ? null
        : new(RecordTests.WithinSizeLimit, $"the file has {bytes.Length} bytes; at most {most} are accepted.");

    private static string Sha256(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes.Span));

    private static RecordVerdict Accept(VotingRecord record) => new(record, null);

    private static RecordVerdict Refuse(RecordRefusal refusal) => new(null, refusal);
}
