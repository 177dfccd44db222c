using Failover.Identities;
using Failover.Records;
using Failover.Records.Towers;
using FakeValidator.Identity;

namespace FakeValidator.Voting;

/// <summary>The folder with the tower files: loading and storing as FileTowerStorage does.</summary>
public sealed class TowerStore(string folder, IProcessEnd end)
{
    // A length like this makes the real loader ask for memory that does not exist, and abort.
    private const ulong AbsurdLength = 1UL << 40;

    public string PathOf(Pubkey identity) => Path.Combine(folder, RecordFiles.Name(RecordKind.Tower, identity));

    /// <exception cref="TowerException">There is no usable tower.</exception>
    public Tower Load(Pubkey identity)
    {
        Directory.CreateDirectory(folder);
        byte[] file;
        var legacy = false;
        try
        {
            file = RustFile.Read(PathOf(identity), TowerException.Io);
        }
        catch (TowerException)
        {
            // Whatever kept it from opening the current name, it tries the old one, and reports what happens there.
            file = RustFile.Read(Path.Combine(folder, RecordFiles.LegacyTowerName(identity)), TowerException.Io);
            legacy = true;
        }
        return Parse(file, legacy, identity);
    }

    /// <summary>Temp file, rename, no sync: as the real one, on purpose.</summary>
    public async Task StoreAsync(Pubkey identity, byte[] file, Func<Task> beforeRename, CancellationToken ct)
    {
        var path = PathOf(identity);
        await WriteAndRenameAsync(path, file, beforeRename, ct);
    }

    internal static async Task WriteAndRenameAsync(string path, byte[] file, Func<Task> beforeRename, CancellationToken ct)
    {
        var temporary = path + RecordFiles.TemporarySuffix;
        await using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.Read))
        {
            await stream.WriteAsync(file, ct);
        }
        await beforeRename();
        File.Move(temporary, path, overwrite: true);
    }

    private Tower Parse(byte[] file, bool legacy, Pubkey identity)
    {
        var outer = new BincodeReader(file);
        var old = legacy;
        if (!legacy)
        {
            var tag = outer.U32();
            old = tag switch { 0 => true, 1 => false, _ => throw TowerException.BadVariant(tag, 2) };
        }
        var signature = outer.Take(Ed25519Signature.Size);
        var length = outer.U64();
        if (length > AbsurdLength)
        {
            end.Exit(134, $"memory allocation of {length} bytes failed");
        }
        var data = outer.Take(length > (ulong)outer.Remaining ? -1 : (int)length);
        if (!Ed25519Signature.Verify(identity, data, signature))
        {
            throw TowerException.BadSignature();
        }
        return TowerParser.Parse(data, old, identity);
    }
}
