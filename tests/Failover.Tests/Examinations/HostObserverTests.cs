using Failover.Agents;
using Failover.Disks;
using Failover.Identities;
using Failover.Records;
using Failover.Simulation;
using Failover.Tests.Disks;
using Failover.Validators;

namespace Failover.Examinations;

/// <summary>Real files and folders: what the operating system says is what is told.</summary>
public sealed class HostObserverTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly NodeConfig _config;

    public HostObserverTests()
    {
        foreach (var name in new[] { "state", "ledger" })
        {
            Directory.CreateDirectory(_folder[name]);
        }
        _config = Hosts.Config with
        {
            ConfigFile = _folder.Write("agent.toml", ""),
            StateFolder = _folder["state"],
            StakedKeypair = _folder["staked.json"],
            UnstakedKeypair = _folder["unstaked.json"],
            IdentityLink = _folder["identity.json"],
            Ledger = _folder["ledger"],
            TowerFolder = _folder["ledger"],
        };
        Secret(_config.StakedKeypair, Keypairs.Of(1));
        Secret(_config.UnstakedKeypair, Keypairs.Of(2));
        File.CreateSymbolicLink(_config.IdentityLink, _config.UnstakedKeypair);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_host_on_which_nothing_is_wrong_says_so()
    {
        var facts = await ObserveAsync();
        Assert.Equal((Keypairs.Of(1).Public, ""), (facts.Staked.Key!.Value, facts.Staked.Problem));
        Assert.Equal(_config.UnstakedKeypair, facts.Link.PointsTo);
        Assert.Equal("0600", facts.Unstaked.Target.Mode);
        Assert.True(facts is { StateFolder: { Writable: true, Facts.Kind: FileKind.Folder }, Ledger.WritableByOthers: false, AdminSocket.Facts: null, Validator.Pid: 4242 });
        Assert.Empty(facts.LeftBehind);
        Assert.Empty(facts.Records);
    }

    [Fact]
    public async Task Modes_are_told_as_they_are()
    {
        ScratchFolder.Chmod(_config.ConfigFile, (UnixFileMode)0b110_110_110);
        ScratchFolder.Chmod(_config.StakedKeypair, (UnixFileMode)0b110_100_100);
        ScratchFolder.Chmod(_config.Ledger, (UnixFileMode)0b111_111_111);

        var facts = await ObserveAsync();

        Assert.True(facts is { ConfigFile: { WritableByOthers: true, Mode: "0666" }, Ledger: { WritableByOthers: true, Mode: "0777" }, Staked: { Key: null, Target.Mode: "0644" } });
        Assert.Contains("0644", facts.Staked.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_in_which_only_owners_may_remove_is_not_open_to_others()
    {
        ScratchFolder.Chmod(_config.Ledger, (UnixFileMode)0b001_111_111_111);
        Assert.False((await ObserveAsync()).Ledger.WritableByOthers);
    }

    [Fact]
    public async Task What_is_not_there_is_told_as_missing()
    {
        File.Delete(_config.StakedKeypair);
        File.Delete(_config.IdentityLink);
        var facts = await ObserveAsync();
        Assert.True(facts is { Staked: { File.Facts: null, Key: null }, Link: { Facts: null, PointsTo: null } });
    }

    [Fact]
    public async Task A_temporary_file_that_nobody_touches_was_left_behind_and_one_that_gets_its_name_was_not()
    {
        var path = Path.Combine(_config.Ledger, RecordFiles.TemporaryName(RecordKind.Tower, Keypairs.Of(1).Public));
        _folder.Write(path, "half");
        Assert.Equal([path], (await ObserveAsync()).LeftBehind);

        var observing = ObserveAsync();
        File.Delete(path);
        Assert.Empty((await observing).LeftBehind);
    }

    [Fact]
    public async Task A_record_that_fails_a_test_is_named()
    {
        var path = Path.Combine(_config.Ledger, RecordFiles.Name(RecordKind.Tower, Keypairs.Of(1).Public));
        _folder.Write(path, "no tower");
        var facts = await ObserveAsync();
        Assert.Equal(path, facts.DamagedRecord);
        Assert.Equal(path, Assert.Single(facts.Records).Path);
    }

    [Fact]
    public async Task A_process_that_cannot_be_told_is_told_as_that()
    {
        var facts = await ObserveAsync(new Untellable());
        Assert.Null(facts.Validator);
        Assert.Equal("hidden", facts.ValidatorProblem);
    }

    private Task<HostFacts> ObserveAsync(IValidatorProcess? process = null) => new HostObserver(_config, new LinuxDisk(), process ?? new Running(), TimeProvider.System).ObserveAsync(
        Hosts.Host.Config, Hosts.Host.Certificate, Hosts.Host.Rpc, throughSocket: true, TestContext.Current.CancellationToken);

    private static void Secret(string path, Keypair keypair) => new LinuxDisk().Create(path, KeypairFile.Format(keypair), null);

    private sealed class Running : IValidatorProcess
    {
        public ProcessFacts? Find() => Hosts.Process("--ledger", "/mnt/ledger");

        public Task KillAsync(ProcessFacts process, CancellationToken ct) => throw new InvalidOperationException("nothing is killed by looking");
    }

    private sealed class Untellable : IValidatorProcess
    {
        public ProcessFacts? Find() => throw new ValidatorException(Effect.None, ValidatorFailure.Unknown, "hidden");

        public Task KillAsync(ProcessFacts process, CancellationToken ct) => throw new InvalidOperationException("nothing is killed by looking");
    }
}
