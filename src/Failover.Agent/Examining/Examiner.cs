using System.Globalization;
using Failover.Agent.Configuration;
using Failover.Agents;
using Failover.Disks;
using Failover.Examinations;
using Failover.Protocol.Clients;
using Failover.Protocol.Configuration;
using Failover.Protocol.Tls;
using Failover.Validators;

namespace Failover.Agent.Examining;

/// <summary>Gathers what an examination of this node needs: the host, the configuration file as it is now, the certificate, and how the peers are reached.</summary>
/// <param name="running">Whether this is the agent itself, so that its file can be compared with what it runs with.</param>
internal sealed class Examiner(AgentConfig config, IDisk disk, IValidatorProcess process, TimeProvider time, bool running)
{
    // A peer is either near or told to be unreachable; an examination of many must not wait long for one.
    private static readonly CallLimits PeerLimits = new() { Connect = TimeSpan.FromSeconds(2), Read = TimeSpan.FromSeconds(6), ReadRetries = 0 };

    public async Task<Examination> ExamineAsync(Func<CancellationToken, Task<NodeFacts>> observe, CancellationToken ct)
    {
        var peers = PeersAsync(ct);
        var certificate = Certificate();
        var host = await new HostObserver(config.Node, disk, process, time).ObserveAsync(
            ConfigNow(), certificate, config.Validator.Rpc, config.Validator.Driver != DriverKind.Command, ct);
        var facts = await observe(ct);
        return new Examination(facts, NodeExamination.Run(config.Node, host, facts, [.. config.Peers.Select(peer => peer.Name)]), await peers);
    }

    /// <summary>Every mistake in a file, in the form in which the checks tell them.</summary>
    public static IReadOnlyList<ConfigFault> FaultsOf(ConfigException mistakes) => [.. mistakes.Mistakes.Select(mistake =>
    {
        var line = int.TryParse(mistake.Where.AsSpan(mistake.Where.LastIndexOf(':') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : (int?)null;
        return new ConfigFault(mistake.ToString(), line, mistake.IsUnknownKey ? line : null);
    })];

    private ConfigFacts ConfigNow()
    {
        try
        {
            var now = AgentConfig.Load(config.Node.ConfigFile, config.Node.AgentVersion);
            return new ConfigFacts([], running ? now.SaysTheSameAs(config) : null);
        }
        catch (ConfigException e)
        {
            return new ConfigFacts(FaultsOf(e), null);
        }
    }

    private CertificateFacts Certificate()
    {
        var key = new HostObserver(config.Node, disk, process, time).Look(config.Tls.Key);
        try
        {
            // Read anew: what the running agent has in memory is not what it will start with.
            var trust = new ClusterTrust(config.Tls, time);
            return new CertificateFacts(
                config.Tls.Certificate, key, trust.Identity.ToString(), trust.Identity == new CertificateIdentity(config.Node.Node, CertificateRole.Peer), trust.ExpiresAt, "");
        }
        catch (TlsFilesException e)
        {
            return new CertificateFacts(config.Tls.Certificate, key, "nobody", false, null, e.Message);
        }
    }

    private async Task<IReadOnlyList<PeerStanding>> PeersAsync(CancellationToken ct)
    {
        try
        {
            var trust = new ClusterTrust(config.Tls, time);
            return await Task.WhenAll(config.Peers.Select(peer => PeerAsync(peer, trust, ct)));
        }
        catch (TlsFilesException e)
        {
            return [.. config.Peers.Select(peer => new PeerStanding(peer.Name, peer.Address.OriginalString, null, e.Message))];
        }
    }

    private async Task<PeerStanding> PeerAsync(NodeAddress peer, ClusterTrust trust, CancellationToken ct)
    {
        using var agent = new RemoteAgent(peer, trust, PeerLimits, time);
        var asked = time.GetTimestamp();
        try
        {
            await agent.GetStatusAsync(ct);
            return new PeerStanding(peer.Name, peer.Address.OriginalString, time.GetElapsedTime(asked), "");
        }
        catch (OrderRefusedException)
        {
            // It answers; that it does not know this node as a peer is told where it is examined itself.
            return new PeerStanding(peer.Name, peer.Address.OriginalString, time.GetElapsedTime(asked), "");
        }
        catch (AgentUnreachableException e)
        {
            return new PeerStanding(peer.Name, peer.Address.OriginalString, null, e.Message);
        }
    }
}
