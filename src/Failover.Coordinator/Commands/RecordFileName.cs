using Failover.Identities;
using Failover.Records;

namespace Failover.Coordinator.Commands;

/// <summary>What the name of a record's file says.</summary>
internal sealed record RecordFileName(RecordKind Kind, Pubkey Identity, bool IsLegacyTower)
{
    private const string Suffix = ".bin";

    /// <summary>Null when it is none of the names that validators give; whatever is behind <c>.bin</c> (a backup's date) is ignored.</summary>
    public static RecordFileName? Parse(string name) =>
        Of(name, "tower-1_9-", RecordKind.Tower, legacy: false)
        ?? Of(name, "vote_history-", RecordKind.VoteHistory, legacy: false)
        ?? Of(name, "tower-", RecordKind.Tower, legacy: true);

    private static RecordFileName? Of(string name, string prefix, RecordKind kind, bool legacy)
    {
        var end = name.IndexOf(Suffix, StringComparison.Ordinal);
        return name.StartsWith(prefix, StringComparison.Ordinal) && end > prefix.Length && Pubkey.TryParse(name[prefix.Length..end], out var identity)
            ? new(kind, identity, legacy)
            : null;
    }
}
