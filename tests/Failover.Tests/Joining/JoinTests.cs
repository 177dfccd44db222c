using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Failover.Agent.Joining;
using Failover.Agents;
using Failover.Protocol.Clients;
using Failover.Protocol.Joining;
using Failover.Protocol.Pki;
using Failover.Protocol.Tls;

namespace Failover.Tests.Joining;

/// <summary>Real sockets and TLS: the node waits, the coordinator comes.</summary>
public sealed class JoinTests : IDisposable
{
    private static readonly NodeAddress Tokyo = new("tokyo", new Uri("https://tokyo.example.org:7443"));

    private readonly CertificateAuthority _ca = CertificateAuthority.Create("test", TimeSpan.FromDays(1), TimeProvider.System);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly JoinCode _code = JoinCode.Generate();
    private readonly IPEndPoint _listen = FreePort();
    private readonly List<string> _told = [];
    private int _issued;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _ca.Dispose();
        _key.Dispose();
    }

    [Fact]
    public async Task The_node_gets_a_certificate_for_its_own_key_and_learns_of_the_others()
    {
        var waiting = WaitAsync(null, Ct);

        Assert.Null(await UntilItListensAsync(JoinerTo(_listen, _code)));

        var joined = await waiting;
        Assert.Equal(("london", Tokyo, _ca.CertificatePem), (joined.Node, Assert.Single(joined.Peers), joined.AuthorityPem));
        using var certificate = X509Certificate2.CreateFromPem(joined.CertificatePem);
        Assert.Equal(_key.ExportSubjectPublicKeyInfo(), certificate.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(new CertificateIdentity("london", CertificateRole.Peer), CertificateIdentity.TryRead(certificate));
        Assert.Empty(_told);
    }

    [Fact]
    public async Task Nothing_is_issued_to_a_node_that_has_another_code_and_both_sides_hear_of_it()
    {
        using var stop = new CancellationTokenSource();
        var waiting = WaitAsync(null, stop.Token);

        Assert.Contains("was given another code", await UntilItListensAsync(JoinerTo(_listen, JoinCode.Generate())), StringComparison.Ordinal);

        Assert.Equal(0, _issued);
        Assert.Contains("called with another code", Assert.Single(_told), StringComparison.Ordinal);
        Assert.False(waiting.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Whoever_sits_in_between_can_hand_no_proof_on()
    {
        using var stop = new CancellationTokenSource();
        var waiting = WaitAsync(null, stop.Token);
        using var between = new TcpListener(FreePort());
        between.Start();
        var relaying = RelayAsync(between, stop.Token);

        Assert.Contains("was given another code", await UntilItListensAsync(JoinerTo((IPEndPoint)between.LocalEndpoint, _code)), StringComparison.Ordinal);

        Assert.Equal(0, _issued);
        Assert.False(waiting.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await relaying;
    }

    [Fact]
    public async Task Whoever_answers_in_the_nodes_place_gets_no_certificate()
    {
        using var stop = new CancellationTokenSource();
        // It has no code, so it makes one up, and answers every caller as if it were right.
        await using var impostor = await ImpostorNode.StartAsync(FreePort(), stop.Token);

        var why = await UntilItListensAsync(JoinerTo(impostor.Listens, _code));

        Assert.Contains("does not have the code; nothing was issued to it", why, StringComparison.Ordinal);
        Assert.Equal(0, _issued);
    }

    [Theory]
    [InlineData("another key")]
    [InlineData("another role")]
    [InlineData("another name")]
    [InlineData("another authority")]
    [InlineData("no certificate")]
    public async Task A_grant_that_cannot_be_right_is_not_taken(string what)
    {
        using var stop = new CancellationTokenSource();
        var waiting = WaitAsync(null, stop.Token);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var otherCa = CertificateAuthority.Create("other", TimeSpan.FromDays(1), TimeProvider.System);
        JoinedNode Wrong(PublicKey key) => new(
            "london",
            what switch
            {
                "another key" => _ca.IssueFor(new PublicKey(other), CertificateRole.Peer, "london", TimeSpan.FromHours(1)),
                "another role" => _ca.IssueFor(key, CertificateRole.Coordinator, "london", TimeSpan.FromHours(1)),
                "another name" => _ca.IssueFor(key, CertificateRole.Peer, "paris", TimeSpan.FromHours(1)),
                "another authority" => otherCa.IssueFor(key, CertificateRole.Peer, "london", TimeSpan.FromHours(1)),
                _ => "",
            },
            _ca.CertificatePem, []);

        var why = await UntilItListensAsync(new Joiner(new("london", new Uri($"https://{_listen}")), _code, Wrong, TimeProvider.System));

        Assert.Contains("cannot take its certificate: grant.certificate", why, StringComparison.Ordinal);
        Assert.False(waiting.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task A_node_that_goes_by_another_name_says_so_and_waits_on()
    {
        var refuse = true;
        var waiting = WaitAsync(joined =>
        {
            if (refuse)
            {
                throw new OrderRefusedException(RefusalReason.BadRequest, $"that node is called paris, not {joined.Node}");
            }
        }, Ct);
        Assert.Contains("that node is called paris, not london", await UntilItListensAsync(JoinerTo(_listen, _code)), StringComparison.Ordinal);
        refuse = false;
        Assert.Null(await UntilItListensAsync(JoinerTo(_listen, _code)));
        Assert.Equal("london", (await waiting).Node);
    }

    private Task<JoinedNode> WaitAsync(Action<JoinedNode>? take, CancellationToken stop) =>
        JoinListener.WaitAsync(_listen, _key, _code, TimeProvider.System, take ?? (_ => { }), _told.Add, stop);

    private Joiner JoinerTo(IPEndPoint address, JoinCode code) => new(new("london", new Uri($"https://{address}")), code, key =>
    {
        _issued++;
        return new JoinedNode("london", _ca.IssueFor(key, CertificateRole.Peer, "london", TimeSpan.FromHours(1)), _ca.CertificatePem, [Tokyo]);
    }, TimeProvider.System);

    private static async Task<string?> UntilItListensAsync(Joiner joiner)
    {
        while (true)
        {
            var why = await joiner.TryAsync(Ct);
            if (why is null || !why.StartsWith("nothing waits", StringComparison.Ordinal))
            {
                return why;
            }
        }
    }

    /// <summary>Ends TLS on both sides, with a certificate of its own, and hands every byte on.</summary>
    private async Task RelayAsync(TcpListener between, CancellationToken stop)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var own = new CertificateRequest("CN=failover-join", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, TimeProvider.System.GetUtcNow().AddDays(1));
        try
        {
            while (true)
            {
                using var caller = await between.AcceptTcpClientAsync(stop);
                using var node = new TcpClient();
                await node.ConnectAsync(_listen, stop);
                await using var left = new SslStream(caller.GetStream());
                await using var right = new SslStream(node.GetStream());
                await left.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = own, ApplicationProtocols = [SslApplicationProtocol.Http2] }, stop);
                await right.AuthenticateAsClientAsync(
                    new SslClientAuthenticationOptions
                    {
                        TargetHost = "x",
                        ApplicationProtocols = [SslApplicationProtocol.Http2],
                        RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
                    }, stop);
                await Task.WhenAny(left.CopyToAsync(right, stop), right.CopyToAsync(left, stop));
            }
        }
        catch (Exception e) when (stop.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            // The test is over.
        }
    }

    private static IPEndPoint FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return (IPEndPoint)listener.LocalEndpoint;
    }
}
