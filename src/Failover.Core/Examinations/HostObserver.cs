using Failover.Agents;
using Failover.Disks;
using Failover.Identities;
using Failover.Records;
using Failover.Validators;

namespace Failover.Examinations;

/// <summary>Looks at the files, folders and the process of this host. Changes nothing; what cannot be looked at is told, never thrown.</summary>
public sealed class HostObserver(NodeConfig config, IDisk disk, IValidatorProcess process, TimeProvider time)
{
    // The validator writes a record and gives it its name within milliseconds: what lies there longer, untouched, was left behind.
    private static readonly TimeSpan BeingWritten = TimeSpan.FromMilliseconds(250);

    /// <param name="throughSocket">Whether the validator is reached through its admin socket.</param>
    public async Task<HostFacts> ObserveAsync(ConfigFacts file, CertificateFacts certificate, Uri rpc, bool throughSocket, CancellationToken ct)
    {
        var owner = Look(config.Ledger).Facts?.Uid;
        var (validator, validatorProblem) = FindValidator();
        var facts = new HostFacts
        {
            Now = time.GetUtcNow(),
            Uid = Libc.EffectiveUser(),
            Config = file,
            Certificate = certificate,
            Rpc = rpc,
            ConfigFile = Look(config.ConfigFile),
            StateFolder = Look(config.StateFolder),
            Staked = ReadKey(config.StakedKeypair, owner),
            Unstaked = ReadKey(config.UnstakedKeypair, owner),
            Link = Look(config.IdentityLink),
            LinkFolder = Look(Path.GetDirectoryName(config.IdentityLink)!),
            Ledger = Look(config.Ledger),
            TowerFolder = Look(config.TowerFolder),
            AdminSocket = throughSocket ? Look(Path.Combine(config.Ledger, "admin.rpc")) : null,
            Validator = validator,
            ValidatorProblem = validatorProblem,
        };
        return facts.Staked.Key is { } staked ? await WithRecordsAsync(facts, new NodeRecords(disk, config, staked), ct) : facts;
    }

    /// <summary>Nothing but the path itself is opened: a pipe or a device does no harm.</summary>
    public PathFacts Look(string path)
    {
        try
        {
            return new PathFacts(path, disk.Stat(path), disk.ReadLink(path), Libc.MayRead(path), Libc.MayWrite(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new PathFacts(path, null, null, false, false, e.Message);
        }
    }

    private async Task<HostFacts> WithRecordsAsync(HostFacts facts, NodeRecords records, CancellationToken ct)
    {
        RecordKind[] kinds = [RecordKind.Tower, RecordKind.VoteHistory];
        var temporary = kinds.Select(kind => records.PathOf(kind) + RecordFiles.TemporarySuffix).Select(Look).Where(file => file.Facts is not null).ToList();
        if (temporary.Count > 0)
        {
            await Task.Delay(BeingWritten, time, ct);
        }
        return facts with
        {
            Records = [.. kinds.Select(records.PathOf).Select(Look).Where(file => file.Facts is not null)],
            WatchProblem = WatchProblem(records),
            DamagedRecord = kinds.Where(kind => IsDamaged(records, kind)).Select(records.PathOf).FirstOrDefault() ?? "",
            LeftBehind = [.. temporary.Where(before => Look(before.Path).Facts == before.Facts).Select(file => file.Path)],
        };
    }

    private static bool IsDamaged(NodeRecords records, RecordKind kind)
    {
        try
        {
            records.Read(kind);
            return false;
        }
        catch (Exception e) when (e is RecordRefusedException or IOException or UnauthorizedAccessException)
        {
            return true; // The node's facts say why.
        }
    }

    /// <summary>As sealing will: the system gives only so many watches to a user, and a fenced source must not be the one to find out.</summary>
    private static string WatchProblem(NodeRecords records)
    {
        try
        {
            records.Watch().Dispose();
            return "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private (ProcessFacts? Found, string Problem) FindValidator()
    {
        try
        {
            return (process.Find(), "");
        }
        catch (ValidatorException e)
        {
            return (null, e.Message);
        }
    }

    private KeyFacts ReadKey(string path, uint? owner)
    {
        var file = Look(path);
        var target = file.PointsTo is null ? file : Look(Libc.RealPath(path) ?? path);
        try
        {
            return new KeyFacts(file, target, KeypairFile.ReadPublic(disk, path, owner), "");
        }
        catch (KeypairFileException e)
        {
            return new KeyFacts(file, target, null, e.Message);
        }
    }
}
