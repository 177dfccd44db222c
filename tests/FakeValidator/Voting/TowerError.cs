using Failover.Identities;

namespace FakeValidator.Voting;

/// <summary>Why a tower (or, by the same rules, a vote history) could not be used, in Agave's words.</summary>
public sealed class TowerException : Exception
{
    private TowerException(string message)
        : base(message)
    {
    }

    /// <summary>The file counts as missing; one that may not be opened does too.</summary>
    public bool IsFileMissing { get; private init; }

    public bool IsTooOld { get; private init; }

    public static TowerException Io(string why) =>
        new($"IO Error: {why}") { IsFileMissing = why == Identity.RustFile.NotFound };

    public static TowerException Serialization(string why) => new($"Serialization Error: {why}");

    public static TowerException Truncated() => Serialization("io error: failed to fill whole buffer");

    public static TowerException BadVariant(uint tag, int variants) =>
        Serialization($"invalid value: integer `{tag}`, expected variant index 0 <= i < {variants}");

    public static TowerException BadSignature(string what = "tower") => new($"The signature on the saved {what} is invalid");

    public static TowerException WrongNode(Pubkey wanted, Pubkey found, string what = "tower") =>
        new($"The {what} does not match this validator: node_pubkey is {wanted} but found {what} for {found}");

    public static TowerException TooOld(ulong newestInTower, ulong oldestInHistory) =>
        new($"The tower is too old: newest slot in tower ({newestInTower}) << oldest slot in available history ({oldestInHistory})") { IsTooOld = true };

    public static TowerException Inconsistent(string why) => new($"The tower is fatally inconsistent with blockstore: {why}");
}
