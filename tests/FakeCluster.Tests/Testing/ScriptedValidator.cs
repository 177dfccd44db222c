using FakeCluster.Oracle;
using FakeCluster.Wire;
using FakeCluster.World;
using FakeWire;
using SimpleBase;

namespace FakeCluster.Tests.Testing;

/// <summary>A validator that does what a test tells it, over an in-process link.</summary>
internal sealed class ScriptedValidator
{
    private readonly ClusterConnection _connection;

    public ScriptedValidator(ClusterWorld world, string host)
    {
        _connection = world.Connect();
        _connection.Send(new Hello(host, History.Account));
        Host = host;
    }

    public string Host { get; }

    public ClusterConnection Connection => _connection;

    public Tower Tower { get; set; } = new(null, []);

    /// <summary>Everything that has arrived since the last call.</summary>
    public IReadOnlyList<WireMessage> Read()
    {
        List<WireMessage> messages = [];
        while (_connection.Inbox.TryRead(out var message))
        {
            messages.Add(message);
        }

        return messages;
    }

    public IReadOnlyList<Block> ReadBlocks() => [.. Read().OfType<Block>()];

    public void Claim(Keys identity, long outset) => _connection.Send(new Contact(Host, identity.Text, outset));

    public void Produce(ulong slot, ulong parent) => _connection.Send(new Produced(Host, Keys.S.Text, slot, parent));

    public void Vote(Block block) => _connection.Send(MakeVote(block));

    public Vote MakeVote(Block block)
    {
        Tower = TowerRules.Record(Tower, block.Slot);
        return Sign(Host, Tower, block);
    }

    public static Vote Sign(string host, Tower tower, Block block)
    {
        var bytes = TowerSyncBytes.Encode(new DecodedTower(
            tower.Root, tower.Votes, Base58.Bitcoin.Decode(block.Hash), null, Base58.Bitcoin.Decode(block.BlockId)));
        return new Vote(
            host, Keys.S.Text, History.Account, Keys.S.Text, bytes, block.Slot, block.Hash,
            VoteSignature.Sign(Keys.S.Seed, History.Account, bytes, block.Hash), IsRefresh: false);
    }
}
