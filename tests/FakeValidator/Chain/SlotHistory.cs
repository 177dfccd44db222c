namespace FakeValidator.Chain;

public enum SlotCheck
{
    TooOld = 1,
    NotFound = 2,
    Found = 3,
    Future = 4,
}

/// <summary>Which slots the root bank's fork contains, as the SlotHistory sysvar says it: for about a million slots back.</summary>
public sealed class SlotHistory(BankForks forks, ulong? extra = null)
{
    public const ulong MaxEntries = 131072 * 8;

    private ulong Newest => Math.Max(forks.Root, extra ?? 0);

    public ulong Oldest => Newest + 1 > MaxEntries ? Newest + 1 - MaxEntries : 0;

    /// <summary>Pretends that one slot more is part of the history (what Agave calls a warped history).</summary>
    public SlotHistory With(ulong slot) => new(forks, slot);

    public SlotCheck Check(ulong slot) => slot switch
    {
        _ when slot > Newest => SlotCheck.Future,
        _ when slot < Oldest => SlotCheck.TooOld,
        _ when slot == extra || (slot <= forks.Root && forks.Contains(forks.RootBank, slot)) => SlotCheck.Found,
        _ => SlotCheck.NotFound,
    };
}
