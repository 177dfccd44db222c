using Failover.Agent;
using Failover.Agent.Configuration;
using Failover.Agent.Faults;
using Failover.Agent.Hosting;
using Failover.Agents;
using Failover.Cluster;
using Failover.Disks;
using Failover.Hooks;
using Failover.Identities;
using Failover.Protocol.Clients;
using Failover.Protocol.Tls;
using Failover.Tests.Disks;
using Failover.Validators;
using Microsoft.AspNetCore.Builder;

namespace Failover.Tests.Testing;

/// <summary>The real agent on a real port, beside a validator that is not running.</summary>
internal sealed class TestAgent : IAsyncDisposable
{
    public static readonly Pubkey VoteAccount = Pubkey.Parse("Vote111111111111111111111111111111111111111");

    private readonly ScratchFolder _folder = new();
    private readonly WebApplication _app;

    private TestAgent(TestPki pki, TlsFiles tls, string name, string peer, TimeProvider? clock, FaultPoints? faults)
    {
        var config = new AgentConfig(
            Node(name), new(System.Net.IPAddress.Loopback, 0), tls,
            new ValidatorConfig(DriverKind.Agave, new Uri("http://127.0.0.1:1"), TimeSpan.FromSeconds(1), [], null),
            [new NodeAddress(peer, new Uri("https://127.0.0.1:1"))]);
        var parts = new MachineParts(new LinuxDisk(), new DeadValidator(), new DeadRpc(), new NoProcess(), new LinuxHookPrograms(new LinuxDisk(), TimeProvider.System), "00000000-0000-0000-0000-000000000000");
        _app = AgentHost.Build(config, clock ?? pki.Time, (_, _) => parts, _ => { }, faults);
    }

    public Pubkey Staked { get; private set; }

    public Uri Address => new(_app.Urls.Single());

    public IServiceProvider Services => _app.Services;

    /// <summary>Starts an agent of the node "london" that knows the peer "frankfurt".</summary>
    public static async Task<TestAgent> StartAsync(
        TestPki pki, TlsFiles? tls = null, TimeProvider? clock = null, Action<ScratchFolder>? before = null, FaultPoints? faults = null)
    {
        var agent = new TestAgent(pki, tls ?? pki.Files(CertificateRole.Peer, "london"), "london", "frankfurt", clock, faults);
        before?.Invoke(agent._folder);
        await agent._app.StartAsync(TestContext.Current.CancellationToken);
        return agent;
    }

    public RemoteAgent Client(ClusterTrust trust, string expectedNode = "london", CallLimits? limits = null) =>
        new(new NodeAddress(expectedNode, Address), trust, limits ?? TestLimits.Patient with { ReadRetries = 0, FollowRetries = 0 }, TimeProvider.System);

    public RemotePeer Peer(ClusterTrust trust) =>
        new(new NodeAddress("london", Address), trust, TestLimits.Patient, TimeProvider.System);

    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _folder.Dispose();
    }

    private NodeConfig Node(string name)
    {
        Directory.CreateDirectory(_folder["state"]);
        Directory.CreateDirectory(_folder["ledger"]);
        Staked = NewKeypair("staked.json");
        NewKeypair("unstaked.json");
        File.CreateSymbolicLink(_folder["identity.json"], _folder["unstaked.json"]);
        return new NodeConfig
        {
            Node = name,
            AgentVersion = "test",
            StateFolder = _folder["state"],
            StakedKeypair = _folder["staked.json"],
            UnstakedKeypair = _folder["unstaked.json"],
            IdentityLink = _folder["identity.json"],
            VoteAccount = VoteAccount,
            AuthorizedVoters = [_folder["staked.json"]],
            Ledger = _folder["ledger"],
            TowerFolder = _folder["ledger"],
        };
    }

    private Pubkey NewKeypair(string name)
    {
        using var keypair = Keypair.FromSeed(System.Security.Cryptography.RandomNumberGenerator.GetBytes(Keypair.SeedSize));
        _folder.Write(name, System.Text.Encoding.ASCII.GetString(KeypairFile.Format(keypair)));
        ScratchFolder.Chmod(_folder[name], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return keypair.Public;
    }

    private sealed class DeadValidator : IValidator
    {
        public VotingStopProof Proof => VotingStopProof.VoterFence;

        public string Describe => "none";

        public Task<ValidatorStart> ReadStartAsync(CancellationToken ct) => throw Dead();

        public Task<Pubkey> ReadIdentityAsync(CancellationToken ct) => throw Dead();

        public Task StopVotersAsync(CancellationToken ct) => throw Dead();

        public Task GiveVotersBackAsync(CancellationToken ct) => throw Dead();

        public Task<bool?> ReadVotingEnabledAsync(CancellationToken ct) => throw Dead();

        public Task SetIdentityAsync(HeldIdentity identity, RecordRequirement require, CancellationToken ct) => throw Dead();

        private static ValidatorException Dead() => new(Effect.None, ValidatorFailure.NotRunning, "no validator runs here");
    }

    private sealed class NoProcess : IValidatorProcess
    {
        public ProcessFacts? Find() => null;

        public Task KillAsync(ProcessFacts process, CancellationToken ct) => Task.CompletedTask;
    }

    private sealed class DeadRpc : ISolanaRpc
    {
        public Task<NodeHealth> GetHealthAsync(CancellationToken ct) => throw Dead("getHealth");

        public Task<ulong> GetSlotAsync(Commitment commitment, CancellationToken ct) => throw Dead("getSlot");

        public Task<Pubkey> GetIdentityAsync(CancellationToken ct) => throw Dead("getIdentity");

        public Task<string> GetVersionAsync(CancellationToken ct) => throw Dead("getVersion");

        public Task<string> GetGenesisHashAsync(CancellationToken ct) => throw Dead("getGenesisHash");

        public Task<EpochInfo> GetEpochInfoAsync(CancellationToken ct) => throw Dead("getEpochInfo");

        public Task<VoteAccountView?> GetVoteAccountAsync(Pubkey voteAccount, Commitment commitment, CancellationToken ct) => throw Dead("getVoteAccounts");

        public Task<IReadOnlyList<ulong>?> GetLeaderSlotsAsync(Pubkey identity, ulong slotInEpoch, EpochInfo epoch, CancellationToken ct) =>
            throw Dead("getLeaderSchedule");

        public Task<ConsensusPhase> GetConsensusPhaseAsync(CancellationToken ct) => throw Dead("getAgGenesisCert");

        public Task<ulong> GetStakeOfAsync(Pubkey identity, CancellationToken ct) => throw Dead("getVoteAccounts");

        public Task<double> GetDelinquentStakeAsync(CancellationToken ct) => throw Dead("getVoteAccounts");

        public Task<SnapshotSlots?> GetHighestSnapshotSlotAsync(CancellationToken ct) => throw Dead("getHighestSnapshotSlot");

        private static RpcFailedException Dead(string method) => new(method, "no validator runs here");
    }
}
