using System.Net.Sockets;
using System.Threading.Channels;
using FakeValidator.Faults;
using FakeWire;

namespace FakeValidator.Chain;

/// <summary>
/// The TCP link to the fake cluster: dials until it is there, and again when it breaks. What is sent while there is no link is lost, as
/// packets are.
/// </summary>
public sealed class ClusterLink(string address, Hello hello, FaultSet faults, TimeProvider time) : IOutbox
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(100);

    private readonly Channel<WireMessage> _outgoing = Channel.CreateUnbounded<WireMessage>(new() { SingleReader = true });

    public ValueTask SendAsync(WireMessage message, CancellationToken ct)
    {
        if (!faults.Partitioned)
        {
            _outgoing.Writer.TryWrite(message);
        }
        return ValueTask.CompletedTask;
    }

    /// <summary>Hands every message of the cluster to <paramref name="receive"/>, one after another.</summary>
    public async Task RunAsync(Func<WireMessage, CancellationToken, ValueTask> receive, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (!faults.Partitioned)
                {
                    await ServeAsync(receive, stopping);
                }
            }
            catch (Exception failure) when (failure is SocketException or IOException or ObjectDisposedException)
            {
                // The cluster is not there, or went away, or the node is cut off.
            }
            await Task.Delay(Retry, time, stopping);
        }
    }

    private async Task ServeAsync(Func<WireMessage, CancellationToken, ValueTask> receive, CancellationToken stopping)
    {
        using var client = new TcpClient { NoDelay = true };
        var colon = address.LastIndexOf(':');
        await client.ConnectAsync(address[..colon], int.Parse(address[(colon + 1)..], System.Globalization.CultureInfo.InvariantCulture), stopping);
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await using var link = new WireLink(client.GetStream());
        void CutOff()
        {
            if (faults.Partitioned)
            {
                client.Dispose();
            }
        }
        faults.Changed += CutOff;
        await link.SendAsync(hello, stopping);
        var sending = SendAllAsync(link, broken.Token);
        try
        {
            while (await link.ReceiveAsync(stopping) is { } message)
            {
                await receive(message, stopping);
            }
        }
        finally
        {
            faults.Changed -= CutOff;
            await broken.CancelAsync();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SendAllAsync(WireLink link, CancellationToken ct)
    {
        await foreach (var message in _outgoing.Reader.ReadAllAsync(ct))
        {
            await link.SendAsync(message, ct);
        }
    }
}
