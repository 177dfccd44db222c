namespace Failover.Protocol.Mapping;

/// <summary>What a message may hold. Everything that arrives is bounded before anything is done with it.</summary>
public static class Limits
{
    /// <summary>Characters of a node's name.</summary>
    public const int Name = 64;

    /// <summary>Characters of a sentence; a longer one is cut.</summary>
    public const int Text = 4_000;

    /// <summary>Characters of a word such as a version; a longer one is cut.</summary>
    public const int Word = 200;

    /// <summary>Characters of an operator's reason; a longer one is refused, because it is recorded as given.</summary>
    public const int Reason = 1_000;

    /// <summary>Leader slots in a node's facts.</summary>
    public const int LeaderSlots = 64;

    /// <summary>Sentences about what is wrong in a node's facts.</summary>
    public const int Problems = 64;

    /// <summary>Hooks in a node's facts.</summary>
    public const int Hooks = 64;

    /// <summary>Preflight checks in a report.</summary>
    public const int Checks = 128;

    /// <summary>Other nodes in an examination.</summary>
    public const int Peers = 32;

    /// <summary>Records in a node's facts, or kept aside.</summary>
    public const int Summaries = 16;

    /// <summary>Records in a handover: one per kind.</summary>
    public const int RecordsPerHandOver = 2;

    /// <summary>Entries that a history call may ask for.</summary>
    public const int HistoryEntries = 1_000;

    /// <summary>Entries that a history call gets when it does not say.</summary>
    public const int HistoryEntriesUnlessTold = 50;

    /// <summary>Events of one handoff in a history entry.</summary>
    public const int EventsPerEntry = 5_000;

    /// <summary>Bytes of a tower.</summary>
    public const int TowerBytes = 64 * 1024;

    /// <summary>Bytes of a vote history.</summary>
    public const int VoteHistoryBytes = 16 * 1024 * 1024;

    /// <summary>Bytes of one piece of a record that is sent to be kept aside.</summary>
    public const int ChunkBytes = 64 * 1024;

    /// <summary>Bytes of any message on the wire; gRPC answers RESOURCE_EXHAUSTED to more.</summary>
    public const int MessageBytes = 20 * 1024 * 1024;

    /// <summary>Bytes of the history answer; older entries are left out beyond it.</summary>
    public const int HistoryBytes = 16 * 1024 * 1024;

    /// <summary>How long a permit may live.</summary>
    public static readonly TimeSpan PermitLife = TimeSpan.FromMinutes(10);

    /// <summary>How long one hook may run.</summary>
    public static readonly TimeSpan HookTime = TimeSpan.FromMinutes(5);

    /// <summary>How much idle time a commit may ask for.</summary>
    public static readonly TimeSpan MinIdleTime = TimeSpan.FromDays(1);

    /// <summary>The shortest interval of a status watch.</summary>
    public static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest interval of a status watch.</summary>
    public static readonly TimeSpan LongestInterval = TimeSpan.FromMinutes(1);

    /// <summary>The interval of a status watch that does not say.</summary>
    public static readonly TimeSpan IntervalUnlessTold = TimeSpan.FromSeconds(1);
}
