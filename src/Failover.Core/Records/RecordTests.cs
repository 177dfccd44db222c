namespace Failover.Records;

/// <summary>
/// The names of the tests that a voting record must pass, in the order in which they are made. They are stable: logs, metrics and
/// remedies refer to them.
/// </summary>
public static class RecordTests
{
    /// <summary>The kind of record is one that we know.</summary>
    public const string KnownKind = "known-kind";

    /// <summary>The file is not larger than any real one: <see cref="RecordVerifier.MaxTowerBytes"/>, <see cref="RecordVerifier.MaxVoteHistoryBytes"/>.</summary>
    public const string WithinSizeLimit = "within-size-limit";

    /// <summary>The file is long enough for its outer header. An empty file, as a power cut leaves it, fails here.</summary>
    public const string HeaderIsComplete = "header-is-complete";

    /// <summary>The outer version tag is one that we can read.</summary>
    public const string KnownVersion = "known-version";

    /// <summary>The file is exactly as long as its own length field says: nothing is missing, nothing trails.</summary>
    public const string SizeMatchesLengthField = "size-matches-length-field";

    /// <summary>The node named inside the data is the identity. Tested before the signature, for the clearer sentence when a file is another validator's.</summary>
    public const string NodeIsIdentity = "node-is-identity";

    /// <summary>The ed25519 signature by the identity covers exactly the data.</summary>
    public const string Signature = "signature";

    /// <summary>The data holds every field to its end, and ends there.</summary>
    public const string DataIsComplete = "data-is-complete";

    /// <summary>Every count fits into the bytes that follow it, and indexes are within what they index.</summary>
    public const string CountsInBounds = "counts-in-bounds";

    /// <summary>Bools and the bytes in front of optional values are 0 or 1.</summary>
    public const string FlagsAreZeroOrOne = "flags-are-zero-or-one";

    /// <summary>Numbers of variable length are in range and in their shortest form, and slots given as offsets do not overflow.</summary>
    public const string NumbersAreWellFormed = "numbers-are-well-formed";

    /// <summary>The kind of a vote is one that the format knows.</summary>
    public const string KnownVoteKind = "known-vote-kind";

    /// <summary>A tower holds at most 31 lockouts.</summary>
    public const string AtMost31Lockouts = "at-most-31-lockouts";

    /// <summary>The slots of a tower ascend strictly, oldest first.</summary>
    public const string LockoutsAscend = "lockouts-ascend";

    /// <summary>Each confirmation count is from 1 to 31.</summary>
    public const string ConfirmationsInRange = "confirmations-in-range";

    /// <summary>Confirmation counts descend strictly from the oldest vote to the newest.</summary>
    public const string ConfirmationsDescend = "confirmations-descend";

    /// <summary>The root is below the oldest lockout.</summary>
    public const string RootBelowFirstLockout = "root-below-first-lockout";

    /// <summary>The tower's last vote, when it carries any slot, says the same as its lockouts and root.</summary>
    public const string LastVoteAgrees = "last-vote-agrees";

    /// <summary>Each vote of a vote history is filed under its own slot.</summary>
    public const string VotesMatchTheirSlots = "votes-match-their-slots";
}
