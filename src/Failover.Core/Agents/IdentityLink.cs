using Failover.Disks;
using Failover.Identities;

namespace Failover.Agents;

/// <summary>The symbolic link that decides what a restarted validator comes up as.</summary>
public sealed class IdentityLink(IDisk disk, NodeConfig config)
{
    /// <summary>Unknown when the path is no link, or points at neither of the node's two keypair files.</summary>
    public HeldIdentity PointsTo()
    {
        if (disk.ReadLink(config.IdentityLink) is not { } text)
        {
            return HeldIdentity.Unknown;
        }
        var target = Path.GetFullPath(text, Path.GetDirectoryName(config.IdentityLink)!);
        return target == Path.GetFullPath(config.StakedKeypair) ? HeldIdentity.Staked
            : target == Path.GetFullPath(config.UnstakedKeypair) ? HeldIdentity.Unstaked
            : HeldIdentity.Unknown;
    }

    /// <summary>Repoints the link, durably; only that is made sure of when it points there already. Refuses to replace what is no link: that may be the only copy of a key.</summary>
    public void PointTo(HeldIdentity identity)
    {
        if (PointsTo() == identity)
        {
            // Whoever pointed it there may have failed, or died, before this.
            disk.SyncFolder(Path.GetDirectoryName(config.IdentityLink)!);
            return;
        }
        if (disk.Stat(config.IdentityLink) is { Kind: not FileKind.Link })
        {
            throw new IOException($"{config.IdentityLink} is not a symbolic link, so it is not replaced");
        }
        DurableFile.Relink(disk, config.IdentityLink, identity switch
        {
            HeldIdentity.Staked => config.StakedKeypair,
            HeldIdentity.Unstaked => config.UnstakedKeypair,
            _ => throw new ArgumentOutOfRangeException(nameof(identity), identity, null),
        });
    }
}
