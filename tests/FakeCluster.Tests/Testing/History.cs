using FakeCluster.Oracle;
using FakeCluster.Wire;
using FakeWire;

namespace FakeCluster.Tests.Testing;

/// <summary>A history made by hand: each line of a test is something that the cluster saw. A slot lasts 400 ms.</summary>
internal sealed class History
{
    public const string Account = "VoteAccount";

    private readonly Dictionary<string, Tower> _towers = [];
    private readonly List<Observation> _seen = [];
    private DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public History(ulong firstSlot = 90, ulong lastSlot = 400)
    {
        Add(new AccountKnown(_now, Account, Keys.S.Text, Keys.S.Text));
        Blocks(firstSlot, lastSlot);
    }

    public IReadOnlyList<Observation> Seen => _seen;

    public History Add(Observation observation)
    {
        _seen.Add(observation);
        return this;
    }

    public History Blocks(ulong first, ulong last)
    {
        for (var slot = first; slot <= last; slot++)
        {
            Block(slot, slot - 1);
        }

        return this;
    }

    /// <summary>Replaces what is known of the slot: histories begin as one straight line.</summary>
    public History Block(ulong slot, ulong parent)
    {
        _seen.RemoveAll(o => o is BlockSeen block && block.Slot == slot);
        return Add(new BlockSeen(_now, slot, parent, $"hash {slot}", "leader", Canonical: true));
    }

    public History Skipped(ulong slot)
    {
        var skipped = _seen.OfType<BlockSeen>().First(block => block.Slot == slot);
        _seen.Remove(skipped);
        return Block(slot + 1, skipped.Parent);
    }

    public Tower TowerOf(string host) => _towers.GetValueOrDefault(host) ?? new Tower(null, []);

    /// <summary>Gives the record of one host to another, as a handoff does.</summary>
    public History HandOver(string from, string to)
    {
        _towers[to] = TowerOf(from);
        return this;
    }

    public History SetTower(string host, ulong? root, params (ulong Slot, uint Confirmations)[] votes)
    {
        _towers[host] = new Tower(root, [.. votes.Select(v => new TowerVote(v.Slot, v.Confirmations))]);
        return this;
    }

    public History Votes(string host, ulong first, ulong last)
    {
        for (var slot = first; slot <= last; slot++)
        {
            Vote(host, slot);
        }

        return this;
    }

    public History Vote(string host, ulong slot)
    {
        _towers[host] = TowerRules.Record(TowerOf(host), slot);
        return Send(host, slot);
    }

    /// <summary>The host records a vote and does not send it.</summary>
    public History RecordSilently(string host, ulong slot)
    {
        _towers[host] = TowerRules.Record(TowerOf(host), slot);
        return this;
    }

    public History Refresh(string host) => Send(host, TowerOf(host).Votes[^1].Slot, isRefresh: true);

    /// <summary>Sends the host's tower as it is.</summary>
    public History Send(string host, ulong slot, bool isRefresh = false, Func<Vote, Vote>? change = null, Keys? by = null)
    {
        Tick();
        var tower = TowerOf(host);
        var bytes = TowerSyncBytes.Encode(new DecodedTower(tower.Root, tower.Votes, new byte[32], null, new byte[32]));
        var keys = by ?? Keys.S;
        var vote = new Vote(
            host, Keys.S.Text, Account, Keys.S.Text, bytes, slot, "blockhash", VoteSignature.Sign(keys.Seed, Account, bytes, "blockhash"), isRefresh);
        return Add(new VoteSeen(_now, change is null ? vote : change(vote)));
    }

    public History Produces(string host, ulong slot)
    {
        Tick();
        return Add(new BlockProduced(_now, host, Keys.S.Text, slot, slot - 1));
    }

    public History Marks(string toHost)
    {
        Tick();
        return Add(new HandoffMarked(_now, toHost));
    }

    public SafetyOracle Oracle()
    {
        var oracle = new SafetyOracle();
        _seen.ForEach(oracle.Observe);
        return oracle;
    }

    public Verdict Judge(int? declared = null) => Oracle().Judge(declared);

    public Verdict AssertSafe(int? declared = null)
    {
        var verdict = Judge(declared);
        Assert.True(verdict.Safe, verdict.Text);
        return verdict;
    }

    /// <summary>The kinds of violation, each once, in alphabetical order.</summary>
    public Verdict AssertViolates(int? declared, params string[] kinds)
    {
        var verdict = Judge(declared);
        Assert.Equal(kinds.Order(StringComparer.Ordinal), verdict.Violations.Select(v => v.Kind).Distinct().Order(StringComparer.Ordinal));
        Assert.False(verdict.Safe);
        return verdict;
    }

    private void Tick()
    {
        _now += TimeSpan.FromMilliseconds(400);
    }
}
