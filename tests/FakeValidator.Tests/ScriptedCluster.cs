using System.Net;
using System.Net.Sockets;
using FakeWire;

namespace FakeValidator.Tests;

/// <summary>The other end of a real validator's link: greets it, and makes blocks when the test says so.</summary>
internal sealed class ScriptedCluster : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _identity;
    private readonly string _voteAccount;
    private WireLink? _link;

    public ScriptedCluster(string identity, string voteAccount)
    {
        (_identity, _voteAccount) = (identity, voteAccount);
        _listener.Start();
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    private VoteAccountState Account => new(_voteAccount, _identity, _identity, 1_000, [], null, 0);

    /// <summary>Waits for the validator to dial, and welcomes it.</summary>
    public async Task WelcomeAsync(CancellationToken ct)
    {
        var welcome = await AcceptAsync(ct);
        await welcome();
    }

    /// <summary>Waits for the validator to dial, and returns what welcomes it.</summary>
    public async Task<Func<Task>> AcceptAsync(CancellationToken ct)
    {
        var client = await _listener.AcceptTcpClientAsync(ct);
        var link = _link = new WireLink(client.GetStream());
        Assert.IsType<Hello>(await link.ReceiveAsync(ct));
        return () => link.SendAsync(new Welcome("genesis", 7, 400, 1_000, 100, 100, null, [Account]), ct);
    }

    public Task BlockAsync(ulong slot, CancellationToken ct) => _link!.SendAsync(
        new Block(slot, slot - 1, $"hash{slot}", $"block{slot}", "somebody", true, slot - 1, 60, [Account]), ct);

    public Task SendAsync(WireMessage message, CancellationToken ct) => _link!.SendAsync(message, ct);

    /// <summary>The next message of this kind from the validator.</summary>
    public async Task<T> NextAsync<T>(CancellationToken ct)
        where T : WireMessage
    {
        while (true)
        {
            switch (await _link!.ReceiveAsync(ct))
            {
                case T wanted:
                    return wanted;
                case null:
                    throw new InvalidOperationException("The validator hung up");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_link is not null)
        {
            await _link.DisposeAsync();
        }
        _listener.Dispose();
    }
}
