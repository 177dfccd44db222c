namespace Failover.Records;

/// <summary>How one record stands to another of the same kind and identity.</summary>
public enum RecordOrder
{
    Unknown = 0,

    /// <summary>It lacks votes that the other has: voting from it could break lockouts.</summary>
    Older = 1,

    /// <summary>Equal bytes.</summary>
    Same = 2,

    /// <summary>It has votes that the other lacks.</summary>
    Newer = 3,

    /// <summary>It ends with the same slot but is not the same: the two were written apart, and neither may replace the other.</summary>
    Conflict = 4,
}

/// <summary>Compares verified records, by last voted slot; where neither holds a vote, by root.</summary>
public static class RecordComparison
{
    /// <summary>How <paramref name="record"/> stands to <paramref name="other"/>. Any vote is newer than none.</summary>
    /// <exception cref="ArgumentException">The two are of different kinds or identities.</exception>
    public static RecordOrder Compare(VotingRecord record, VotingRecord other)
    {
        if ((record.Kind, record.Identity) != (other.Kind, other.Identity))
        {
            throw new ArgumentException(
                $"a {record.Kind} of {record.Identity} cannot be compared with a {other.Kind} of {other.Identity}", nameof(other));
        }
        if (record.Bytes.Span.SequenceEqual(other.Bytes.Span))
        {
            return RecordOrder.Same;
        }
        var order = Nullable.Compare(record.LastVotedSlot, other.LastVotedSlot);
        if (order == 0 && record.LastVotedSlot is null)
        {
            order = Nullable.Compare(record.RootSlot, other.RootSlot);
        }
        return order switch
        {
            < 0 => RecordOrder.Older,
            0 => RecordOrder.Conflict,
            > 0 => RecordOrder.Newer,
        };
    }
}
