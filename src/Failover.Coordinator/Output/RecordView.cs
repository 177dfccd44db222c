using System.Security.Cryptography;
using Failover.Identities;
using Failover.Records;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Failover.Coordinator.Output;

/// <summary>One voting record: the verdict first, then what is in it.</summary>
internal static class RecordView
{
    private const int NameWidth = 12;
    private const int LockoutsPerLine = 4;
    private const int WidthOfLockout = 18;

    public static IRenderable Render(string path, RecordKind kind, RecordVerdict verdict, Pubkey identity, byte[] bytes)
    {
        List<IRenderable> lines = [];
        if (verdict.Refusal is { } refusal)
        {
            lines.Add(Look.Marked(Look.BadMark, Look.Bad, $"Not a valid {Words.Of(kind)}: the test {refusal.Test} fails", Look.Bad));
            lines.Add(new Padder(new Text(Words.Clean(refusal.Reason)), new Padding(2, 0, 0, 0)));
        }
        else
        {
            lines.Add(Look.Marked(Look.GoodMark, Look.Good, $"A valid {Words.Of(kind)}, signed by its identity", Look.Strong));
        }
        lines.Add(Look.Field("file", path, NameWidth));
        lines.Add(Look.Field("identity", identity.ToString(), NameWidth));
        if (verdict.Record is { } record)
        {
            lines.Add(Look.Field("format", record.Format, NameWidth));
            lines.Add(Look.Field("last vote", record.LastVotedSlot is { } slot
                ? $"slot {Words.Number(slot)}{(VotedAt(record) is { } at ? $", {Words.At(at)}" : "")}" : "none", NameWidth, Look.Strong));
            lines.Add(Look.Field("root", record.RootSlot is { } root ? $"slot {Words.Number(root)}" : "none", NameWidth));
        }
        lines.Add(Look.Field("size", Words.Bytes(bytes.Length), NameWidth));
        lines.Add(Look.Field("sha256", Convert.ToHexStringLower(SHA256.HashData(bytes)), NameWidth));
        if (verdict.Record is { Lockouts: { Count: > 0 } lockouts })
        {
            lines.Add(Look.Field("lockouts", $"{lockouts.Count}, oldest first: slot and confirmations", NameWidth));
            lines.Add(Lockouts(lockouts));
        }
        return new Rows(lines);
    }

    /// <summary>When the last vote was cast by the record's own word; null when it does not say, or nothing that is a date.</summary>
    public static DateTimeOffset? VotedAt(VotingRecord? record)
    {
        // The record is signed, but the number in it is whatever the validator's clock said.
        const long Latest = 253402300799;
        return record?.LastVoteUnixSeconds is { } seconds and >= 0 and <= Latest ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
    }

    // Down the columns, so that neighbours in time stand below each other.
    private static Grid Lockouts(IReadOnlyList<Lockout> lockouts)
    {
        var perLine = Math.Min(LockoutsPerLine, lockouts.Count);
        var rows = (lockouts.Count + perLine - 1) / perLine;
        var grid = Look.Grid([.. Enumerable.Range(0, perLine).Select(column => Look.Column(WidthOfLockout, gap: 0, left: column == 0 ? 4 : 1))]);
        for (var row = 0; row < rows; row++)
        {
            grid.AddRow([.. Enumerable.Range(0, perLine).Select(column => column * rows + row < lockouts.Count
                ? new Text($"{Words.Number(lockouts[column * rows + row].Slot)} ×{lockouts[column * rows + row].Confirmations}") : Text.Empty)]);
        }
        return grid;
    }
}
