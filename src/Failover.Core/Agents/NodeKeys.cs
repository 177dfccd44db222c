using Failover.Disks;
using Failover.Identities;

namespace Failover.Agents;

/// <summary>The two public keys of a node, read from its own keypair files. Secrets are not kept.</summary>
public sealed record NodeKeys(Pubkey Staked, Pubkey Unstaked)
{
    /// <exception cref="KeypairFileException">A file is missing, open to others, or damaged.</exception>
    /// <exception cref="OrderRefusedException">Both files hold the same key.</exception>
    public static NodeKeys Read(IDisk disk, NodeConfig config)
    {
        // An agent that runs as root reads files of the validator's user, who owns the ledger.
        var owner = disk.Stat(config.Ledger)?.Uid;
        var keys = new NodeKeys(
            KeypairFile.ReadPublic(disk, config.StakedKeypair, owner), KeypairFile.ReadPublic(disk, config.UnstakedKeypair, owner));
        return keys.Staked != keys.Unstaked
            ? keys
            : throw new OrderRefusedException(
                RefusalReason.WrongCluster, $"{config.StakedKeypair} and {config.UnstakedKeypair} hold the same key {keys.Staked}",
                $"solana-keygen new -s --no-bip39-passphrase -o {config.UnstakedKeypair}");
    }

    public HeldIdentity Which(Pubkey? identity) =>
        identity == Staked ? HeldIdentity.Staked : identity == Unstaked ? HeldIdentity.Unstaked : HeldIdentity.Unknown;
}
