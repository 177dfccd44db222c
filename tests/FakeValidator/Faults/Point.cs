namespace FakeValidator.Faults;

/// <summary>The named moments where the process can be made to die, or be held until released.</summary>
public static class Point
{
    public const string BeforeSetIdentity = "before-set-identity";

    /// <summary>Between the key updaters and gossip: the identity is about to be changed.</summary>
    public const string BeforeGossipIdentity = "before-gossip-identity";
    public const string AfterSetIdentityBeforeReply = "after-set-identity-before-reply";
    public const string BeforeRemoveVoters = "before-remove-voters";
    public const string AfterRemoveVotersBeforeReply = "after-remove-voters-before-reply";
    public const string AfterAddVoterBeforeReply = "after-add-voter-before-reply";

    /// <summary>In the replay loop, with the voter list held: a vote is being generated.</summary>
    public const string WhileGeneratingVote = "while-generating-vote";

    /// <summary>In the replay loop: the new identity was noticed, its tower not yet loaded.</summary>
    public const string AtAdoption = "at-adoption";
    public const string AfterAdoption = "after-adoption";
    public const string BeforeStore = "before-store";

    /// <summary>The temp file is written, the tower not yet renamed.</summary>
    public const string MidStore = "mid-store";
    public const string AfterStoreBeforeSend = "after-store-before-send";
    public const string AfterSend = "after-send";
    public const string AtStartUp = "at-start-up";

    public static IReadOnlyList<string> All { get; } =
    [
        BeforeSetIdentity, BeforeGossipIdentity, AfterSetIdentityBeforeReply, BeforeRemoveVoters, AfterRemoveVotersBeforeReply,
        AfterAddVoterBeforeReply, WhileGeneratingVote, AtAdoption, AfterAdoption, BeforeStore, MidStore, AfterStoreBeforeSend, AfterSend, AtStartUp,
    ];
}
