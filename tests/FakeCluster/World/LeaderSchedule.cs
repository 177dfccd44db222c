using System.Globalization;

namespace FakeCluster.World;

/// <summary>Who leads which slot: groups of four, S's share spread evenly, and shifted anew each epoch.</summary>
public sealed class LeaderSchedule(ClusterOptions options)
{
    public const ulong GroupSlots = 4;
    private const ulong OtherLeaders = 20;

    public ulong EpochOf(ulong slot) => slot / options.SlotsPerEpoch;

    public ulong FirstSlotOf(ulong epoch) => epoch * options.SlotsPerEpoch;

    public bool IsOurs(ulong slot)
    {
        if (options.LeaderEvery <= 0)
        {
            return false;
        }

        var epoch = EpochOf(slot);
        var group = (slot - FirstSlotOf(epoch)) / GroupSlots;
        return group % (ulong)options.LeaderEvery == OffsetIn(epoch);
    }

    public string LeaderOf(ulong slot)
        => IsOurs(slot) ? options.Node : SeededHash.Base58Of(options.Seed, $"leader {slot / GroupSlots % OtherLeaders}");

    public FakeWire.Schedule MessageFor(ulong epoch)
    {
        var first = FirstSlotOf(epoch);
        List<ulong> ours = [];
        for (var slot = first; slot < first + options.SlotsPerEpoch; slot++)
        {
            if (IsOurs(slot))
            {
                ours.Add(slot);
            }
        }

        return new FakeWire.Schedule(epoch, first, new Dictionary<string, IReadOnlyList<ulong>> { [options.Node] = ours });
    }

    private ulong OffsetIn(ulong epoch)
        => SeededHash.Bytes(options.Seed, string.Create(CultureInfo.InvariantCulture, $"epoch {epoch}"))[0] % (ulong)options.LeaderEvery;
}
