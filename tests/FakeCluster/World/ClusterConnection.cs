using System.Threading.Channels;
using FakeWire;

namespace FakeCluster.World;

/// <summary>One validator's link to the cluster. In-process users read <see cref="Inbox"/> and call <see cref="Send"/>.</summary>
public sealed class ClusterConnection : IDisposable
{
    private readonly ClusterWorld _world;
    private readonly Channel<WireMessage> _inbox = Channel.CreateUnbounded<WireMessage>(new UnboundedChannelOptions { SingleReader = true });

    internal ClusterConnection(ClusterWorld world) => _world = world;

    /// <summary>Null until the Hello.</summary>
    public string? Host { get; internal set; }

    /// <summary>What the cluster sends, in order. Never blocks the cluster: a frozen validator must not stop the world.</summary>
    public ChannelReader<WireMessage> Inbox => _inbox.Reader;

    public void Send(WireMessage message) => _world.Receive(this, message);

    public void Dispose()
    {
        _world.Leave(this);
        _inbox.Writer.TryComplete();
    }

    internal void Deliver(WireMessage message) => _inbox.Writer.TryWrite(message);
}
