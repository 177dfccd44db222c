using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Failover.Agents;
using Failover.Protocol.Pki;
using Failover.Protocol.Tls;
using Failover.Tests.Testing;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;

namespace Failover.Tests.Agent;

/// <summary>Who gets a connection, with real certificates on real sockets.</summary>
public sealed class MutualTlsTests : IDisposable
{
    private const string Status = "/failover.v1.AgentService/GetStatus";

    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_coordinator_and_an_agent_of_one_CA_trust_each_other()
    {
        await using var agent = await TestAgent.StartAsync(_pki);
        using var client = agent.Client(_pki.Trust(CertificateRole.Coordinator, "ops"));
        Assert.Equal("london", (await client.GetStatusAsync(Ct)).Node);
    }

    [Fact]
    public Task A_caller_without_a_certificate_gets_no_connection() => NoConnectionAsync(null);

    [Fact]
    public Task A_caller_of_another_CA_gets_no_connection()
    {
        using var strangers = new TestPki();
        return NoConnectionAsync(strangers.Issued(CertificateRole.Coordinator, "ops"));
    }

    [Fact]
    public Task A_caller_who_signed_its_own_certificate_gets_no_connection() => NoConnectionAsync(TestPki.SelfSigned());

    [Fact]
    public Task A_callers_certificate_that_is_meant_for_servers_gets_no_connection() =>
        NoConnectionAsync(_pki.Odd(new X500DistinguishedName("OU=coordinator, CN=ops"), clientUse: false, serverUse: true));

    [Fact]
    public Task A_callers_certificate_that_does_not_say_what_it_is_meant_for_gets_no_connection() =>
        NoConnectionAsync(_pki.Odd(new X500DistinguishedName("OU=coordinator, CN=ops"), clientUse: false, serverUse: false));

    [Fact]
    public Task A_callers_expired_certificate_gets_no_connection() => NoConnectionAsync(IssuedAt(-TestPki.Year, TimeSpan.FromDays(1)));

    [Fact]
    public Task A_callers_certificate_that_is_not_valid_yet_gets_no_connection() => NoConnectionAsync(IssuedAt(TimeSpan.FromDays(2), TestPki.Year));

    [Fact]
    public async Task Tls_1_2_gets_no_connection()
    {
        await using var agent = await TestAgent.StartAsync(_pki);
        using var client = new RawClient(agent.Address, _pki.Issued(CertificateRole.Coordinator, "ops"), SslProtocols.Tls12);
        AssertNoConnection(await client.CallAsync(Status, MethodType.Unary));
    }

    [Fact]
    public async Task An_agent_with_another_nodes_certificate_is_not_talked_to()
    {
        await using var agent = await TestAgent.StartAsync(_pki, _pki.Files(CertificateRole.Peer, "paris"));
        var says = await UnreachableAsync(agent);
        Assert.Contains("belongs to peer paris, not to the agent of london", says, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_of_another_CA_is_not_talked_to()
    {
        using var strangers = new TestPki();
        // It trusts our CA, so that what fails is our trust in it.
        await using var agent = await TestAgent.StartAsync(
            strangers, strangers.Files(strangers.Authority.Issue(CertificateRole.Peer, "london", TestPki.Year), _pki.CaFile));
        Assert.Contains("is not trusted by our CA", await UnreachableAsync(agent), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CertificateRole.Coordinator)]
    [InlineData(CertificateRole.Observer)]
    public async Task A_server_that_is_no_agent_is_not_talked_to(CertificateRole role)
    {
        await using var agent = await TestAgent.StartAsync(_pki, _pki.Files(role, "london"));
        Assert.Contains("is not meant for a server", await UnreachableAsync(agent), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_coordinators_name_with_a_server_certificate_is_still_no_agent()
    {
        using var odd = _pki.Odd(new X500DistinguishedName("OU=coordinator, CN=london"), serverUse: true);
        var files = _pki.Files(new IssuedCertificate(odd.ExportCertificatePem(), odd.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()));
        await using var agent = await TestAgent.StartAsync(_pki, files);
        Assert.Contains("not to the agent of london (CN=london, OU=peer)", await UnreachableAsync(agent), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agents_expired_certificate_is_named_as_such()
    {
        using var before = Authority(-TestPki.Year);
        await using var agent = await TestAgent.StartAsync(_pki, _pki.Files(before.Issue(CertificateRole.Peer, "london", TimeSpan.FromDays(1))));
        Assert.Contains("has expired at", await UnreachableAsync(agent), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agents_certificate_that_is_not_valid_yet_is_named_as_such()
    {
        using var later = Authority(TimeSpan.FromDays(2));
        await using var agent = await TestAgent.StartAsync(_pki, _pki.Files(later.Issue(CertificateRole.Peer, "london", TestPki.Year)));
        Assert.Contains("is this machine's clock right?", await UnreachableAsync(agent), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_whom_the_agent_does_not_trust_is_told_where_to_look()
    {
        using var strangers = new TestPki();
        await using var agent = await TestAgent.StartAsync(_pki);
        var trust = new ClusterTrust(strangers.Files(strangers.Authority.Issue(CertificateRole.Coordinator, "ops", TestPki.Year), _pki.CaFile), TimeProvider.System);
        using var client = agent.Client(trust);
        var e = await Assert.ThrowsAsync<AgentUnreachableException>(() => client.GetStatusAsync(Ct));
        // Whether the connection is closed or reset is the network's choice; where to look is the same.
        Assert.Contains("the agent does not trust this certificate: see its log", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_renewed_server_certificate_is_used_for_the_next_connection_without_a_restart()
    {
        var tls = _pki.Files(CertificateRole.Peer, "paris");
        await using var agent = await TestAgent.StartAsync(_pki, tls);
        Assert.Contains("belongs to", await UnreachableAsync(agent), StringComparison.Ordinal);

        Replace(tls, _pki.Authority.Issue(CertificateRole.Peer, "london", TestPki.Year));
        using var client = agent.Client(_pki.Trust(CertificateRole.Coordinator, "ops"));
        Assert.Equal("london", (await client.GetStatusAsync(Ct)).Node);
    }

    [Fact]
    public async Task A_CA_that_is_taken_out_of_the_file_is_trusted_no_more()
    {
        using var second = new TestPki();
        await using var agent = await TestAgent.StartAsync(_pki);
        using var before = new RawClient(agent.Address, _pki.Issued(CertificateRole.Coordinator, "ops"));
        Assert.Null(await before.CallAsync(Status, MethodType.Unary));

        CertificateFiles.WriteCertificate(_pki.CaFile, second.Authority.CertificatePem + "\n");
        using var after = new RawClient(agent.Address, _pki.Issued(CertificateRole.Coordinator, "ops"));
        Assert.NotNull(await after.CallAsync(Status, MethodType.Unary));
        using var other = new RawClient(agent.Address, second.Issued(CertificateRole.Coordinator, "ops"));
        Assert.Null(await other.CallAsync(Status, MethodType.Unary));
    }

    [Fact]
    public async Task A_client_shows_its_renewed_certificate_with_its_next_connection()
    {
        var tls = _pki.Files(CertificateRole.Observer, "eye");
        var trust = new ClusterTrust(tls, TimeProvider.System);
        await using var agent = await TestAgent.StartAsync(_pki);
        using var before = agent.Client(trust);
        Assert.Equal(RefusalReason.NotAllowed, (await Assert.ThrowsAsync<OrderRefusedException>(() => before.AbortAsync(new("handoff-0001"), Ct))).Reason);

        Replace(tls, _pki.Authority.Issue(CertificateRole.Coordinator, "eye", TestPki.Year));
        using var after = agent.Client(trust);
        Assert.Equal(RefusalReason.NotFound, (await Assert.ThrowsAsync<OrderRefusedException>(() => after.AbortAsync(new("handoff-0001"), Ct))).Reason);
    }

    private static void Replace(TlsFiles tls, IssuedCertificate issued)
    {
        CertificateFiles.WriteKey(tls.Key, issued.KeyPem + "\n");
        CertificateFiles.WriteCertificate(tls.Certificate, issued.CertificatePem + "\n");
    }

    private CertificateAuthority Authority(TimeSpan fromNow) =>
        CertificateAuthority.Load(_pki.Authority.CertificatePem, _pki.Authority.KeyPem, new FakeTimeProvider(TimeProvider.System.GetUtcNow() + fromNow));

    private X509Certificate2 IssuedAt(TimeSpan fromNow, TimeSpan validity)
    {
        using var authority = Authority(fromNow);
        return TestPki.Load(authority.Issue(CertificateRole.Coordinator, "ops", validity));
    }

    private async Task NoConnectionAsync(X509Certificate2? certificate)
    {
        await using var agent = await TestAgent.StartAsync(_pki);
        using var client = new RawClient(agent.Address, certificate);
        AssertNoConnection(await client.CallAsync(Status, MethodType.Unary));
        certificate?.Dispose();
    }

    private static void AssertNoConnection(RpcException? status) =>
        Assert.True(status?.StatusCode is StatusCode.Unavailable or StatusCode.Internal, status?.Status.ToString() ?? "OK");

    private async Task<string> UnreachableAsync(TestAgent agent)
    {
        using var client = agent.Client(_pki.Trust(CertificateRole.Coordinator, "ops"));
        var e = await Assert.ThrowsAsync<AgentUnreachableException>(() => client.GetStatusAsync(Ct));
        Assert.Equal("london", e.Node);
        Assert.StartsWith($"agent of london ({agent.Address.Authority}): ", e.Message, StringComparison.Ordinal);
        return e.Message;
    }
}
