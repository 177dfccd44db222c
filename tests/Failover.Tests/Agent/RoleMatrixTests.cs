using System.Security.Cryptography.X509Certificates;
using Failover.Agent.Security;
using Failover.Protocol.Tls;
using Failover.Tests.Testing;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Failover.Tests.Agent;

/// <summary>Every method of the agent, asked with every kind of certificate, over real connections.</summary>
public sealed class RoleMatrixTests : IAsyncLifetime
{
    private const string Agent = "/failover.v1.AgentService/";
    private const string Handoff = "/failover.v1.HandoffService/";
    private const string Peer = "/failover.v1.PeerService/";
    private const string Health = "/grpc.health.v1.Health/";

    // Written down once more, by hand, from the protos' comments: the table in the code must agree.
    private static readonly Dictionary<string, string> Expected = new()
    {
        [Agent + "GetStatus"] = "observer coordinator peer",
        [Agent + "Examine"] = "coordinator",
        [Agent + "WatchStatus"] = "observer coordinator",
        [Agent + "SetIdentity"] = "coordinator",
        [Agent + "Relink"] = "coordinator",
        [Agent + "SendRecord"] = "coordinator",
        [Agent + "GetHistory"] = "observer coordinator",
        [Handoff + "Prepare"] = "coordinator",
        [Handoff + "Commit"] = "coordinator",
        [Handoff + "Follow"] = "observer coordinator",
        [Handoff + "Abort"] = "coordinator",
        [Handoff + "Resume"] = "coordinator",
        [Peer + "OpenHandoff"] = "peer",
        [Peer + "Withdraw"] = "peer",
        [Peer + "KeepAside"] = "peer",
        [Health + "Check"] = "observer coordinator peer strange-peer",
        [Health + "Watch"] = "observer coordinator peer strange-peer",
    };

    private readonly TestPki _pki = new();
    private TestAgent _agent = null!;

    public async ValueTask InitializeAsync() => _agent = await TestAgent.StartAsync(_pki);

    public async ValueTask DisposeAsync()
    {
        await _agent.DisposeAsync();
        _pki.Dispose();
    }

    private static IEnumerable<(string Name, MethodType Type)> Methods =>
        new[] { V1.AgentService.Descriptor, V1.HandoffService.Descriptor, V1.PeerService.Descriptor, Grpc.Health.V1.Health.Descriptor }
            .SelectMany(service => service.Methods, (service, method) => ($"/{service.FullName}/{method.Name}", TypeOf(method)));

    [Fact]
    public void Every_method_that_there_is_stands_in_the_table() =>
        Assert.Equal(Expected.Keys.Order(), Methods.Select(method => method.Name).Order());

    [Fact]
    public void A_method_that_is_not_in_the_table_may_be_called_by_nobody()
    {
        Assert.Empty(AllowedRoles.Of(Agent + "Format"));
        Assert.Empty(AllowedRoles.Of(""));
        Assert.All(Methods, method => Assert.DoesNotContain(CertificateRole.Unknown, AllowedRoles.Of(method.Name)));
    }

    [Fact]
    public Task A_coordinator_may_call_what_the_table_says() => CheckAsync("coordinator", _pki.Issued(CertificateRole.Coordinator, "ops"));

    [Fact]
    public Task An_observer_may_only_look() => CheckAsync("observer", _pki.Issued(CertificateRole.Observer, "eye"));

    [Fact]
    public Task A_peer_of_the_configuration_may_call_what_the_table_says() => CheckAsync("peer", _pki.Issued(CertificateRole.Peer, "frankfurt"));

    [Fact]
    public Task A_peer_that_the_configuration_does_not_name_may_only_ask_for_health() =>
        CheckAsync("strange-peer", _pki.Issued(CertificateRole.Peer, "tokyo"));

    [Fact]
    public Task A_role_that_nobody_knows_may_call_nothing() =>
        CheckAsync("nobody", _pki.Odd(name => Add(name, "ops", "root")), StatusCode.Unauthenticated);

    [Fact]
    public Task A_role_in_other_letters_may_call_nothing() =>
        CheckAsync("nobody", _pki.Odd(name => Add(name, "ops", "Coordinator")), StatusCode.Unauthenticated);

    [Fact]
    public Task A_certificate_without_a_role_may_call_nothing() =>
        CheckAsync("nobody", _pki.Odd(name => name.AddCommonName("ops")), StatusCode.Unauthenticated);

    [Fact]
    public Task A_certificate_with_two_roles_may_call_nothing() =>
        CheckAsync("nobody", _pki.Odd(name => Add(name, "ops", "coordinator", "peer")), StatusCode.Unauthenticated);

    [Fact]
    public Task A_certificate_with_the_same_role_twice_may_call_nothing() =>
        CheckAsync("nobody", _pki.Odd(name => Add(name, "ops", "coordinator", "coordinator")), StatusCode.Unauthenticated);

    [Fact]
    public Task A_certificate_without_a_name_may_call_nothing() =>
        CheckAsync("nobody", _pki.Odd(name => name.AddOrganizationalUnitName("coordinator")), StatusCode.Unauthenticated);

    [Fact]
    public Task A_certificate_with_two_names_may_call_nothing() => CheckAsync(
        "nobody",
        _pki.Odd(name =>
        {
            name.AddCommonName("frankfurt");
            Add(name, "london", "peer");
        }),
        StatusCode.Unauthenticated);

    [Fact]
    public Task A_name_that_could_not_be_a_nodes_may_call_nothing() =>
        CheckAsync("nobody", _pki.Odd(name => Add(name, "../state", "peer")), StatusCode.Unauthenticated);

    private async Task CheckAsync(string who, X509Certificate2 certificate, StatusCode refusedWith = StatusCode.PermissionDenied)
    {
        using var client = new RawClient(_agent.Address, certificate);
        List<string> wrong = [];
        foreach (var (name, type) in Methods)
        {
            var status = await client.CallAsync(name, type);
            var refused = status?.StatusCode is StatusCode.PermissionDenied or StatusCode.Unauthenticated;
            if (refused == Expected[name].Split(' ').Contains(who) || (refused && status!.StatusCode != refusedWith))
            {
                wrong.Add($"{name}: {status?.Status.ToString() ?? "OK"}");
            }
        }
        Assert.Empty(wrong);
        certificate.Dispose();
    }

    private static void Add(X500DistinguishedNameBuilder name, string commonName, params string[] units)
    {
        foreach (var unit in units)
        {
            name.AddOrganizationalUnitName(unit);
        }
        name.AddCommonName(commonName);
    }

    private static MethodType TypeOf(MethodDescriptor method) => (method.IsClientStreaming, method.IsServerStreaming) switch
    {
        (false, false) => MethodType.Unary,
        (false, true) => MethodType.ServerStreaming,
        (true, false) => MethodType.ClientStreaming,
        _ => MethodType.DuplexStreaming,
    };
}
