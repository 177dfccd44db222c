using Failover.Disks;

namespace Failover.Identities;

/// <summary>Reads a file that holds a secret, after seeing that nobody but its owner can read or change it.</summary>
internal static class KeypairFileGuard
{
    // As many as an operator could mean; a loop has no end.
    private const int MaxLinks = 8;
    private const int OpenToOthers = 0b000_111_111;
    private const uint Root = 0;

    /// <summary>The file's bytes; the caller zeroes them.</summary>
    public static byte[] ReadSecret(IDisk disk, string path, uint? alsoAllowedOwner)
    {
        try
        {
            var target = FollowLinks(disk, path);
            var facts = Check(path, target, disk.Stat(target), alsoAllowedOwner);
            var content = disk.Read(target, KeypairFile.MaxBytes);
            // Another file may have taken the name between the look and the read.
            if (disk.Stat(target) == facts)
            {
                return content;
            }
            Array.Clear(content);
            throw new KeypairFileException(path, $"the keypair file {path} changed while it was read. Let its writer finish, then try again.");
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new KeypairFileException(path,
                $"the keypair file {path} cannot be read: permission denied ({refused.Message}). Run `namei -l {path}` to see which folder or file is closed.", refused);
        }
        catch (IOException failure)
        {
            throw new KeypairFileException(path,
                $"the keypair file {path} cannot be read: {failure.Message}. Run `namei -l {path}` to see what is there.", failure);
        }
    }

    private static string FollowLinks(IDisk disk, string path)
    {
        var target = path;
        for (var followed = 0; followed <= MaxLinks; followed++)
        {
            if (disk.ReadLink(target) is not { } pointsTo)
            {
                return target;
            }
            // Not normalised: "link/.." means the parent of where the link leads, which only the system knows.
            target = Path.Combine(Path.GetDirectoryName(target) ?? "", pointsTo);
        }
        throw new KeypairFileException(path,
            $"the keypair file {path} is behind more than {MaxLinks} symbolic links; at most {MaxLinks} are followed. Run `namei -l {path}` to see them.");
    }

    private static FileFacts Check(string path, string target, FileFacts? facts, uint? alsoAllowedOwner)
    {
        if (facts is null)
        {
            throw new KeypairFileException(path,
                $"the keypair file {Named(path, target)} does not exist. Correct the path in the configuration, or make the file with `solana-keygen new -o {target}`.");
        }
        if (facts.Kind != FileKind.Regular)
        {
            throw new KeypairFileException(path,
                $"the keypair file {Named(path, target)} is not a regular file; a regular file is required. Run `ls -ld {target}` to see what it is.");
        }
        if ((facts.Mode & OpenToOthers) != 0)
        {
            throw new KeypairFileException(path,
                $"the keypair file {Named(path, target)} has mode {Octal(facts.Mode)}, so that others can get at it; only its owner may. Run `chmod 600 {target}`.");
        }
        var self = Libc.EffectiveUser();
        if (facts.Uid != Root && facts.Uid != self && facts.Uid != alsoAllowedOwner)
        {
            var owner = alsoAllowedOwner ?? self;
            throw new KeypairFileException(path,
                $"the keypair file {Named(path, target)} is owned by user id {facts.Uid}, who could replace it; the owner must be root or user id {owner}. Run `chown {owner} {target}`.");
        }
        return facts;
    }

    private static string Named(string path, string target) => path == target ? path : $"{path} (a link to {target})";

    private static string Octal(int mode) => Convert.ToString(mode, 8).PadLeft(4, '0');
}
