namespace Failover.Identities;

/// <summary>Which of its identities a validator, a link or a restart would act with. Zero is never a yes.</summary>
public enum HeldIdentity
{
    /// <summary>Not known, or neither of the node's two.</summary>
    Unknown = 0,

    /// <summary>The staked identity S.</summary>
    Staked = 1,

    /// <summary>The node's own unstaked identity U.</summary>
    Unstaked = 2,
}
