using System.Security.Cryptography;
using System.Text;
using Failover.Records.Towers;
using FakeValidator.Identity;
using FakeWire;

namespace FakeValidator.Voting;

/// <summary>A vote transaction as it goes over the wire of the test equipment.</summary>
public static class VoteMessage
{
    public static Vote Sign(
        string host, NodeKey identity, string voteAccount, NodeKey authorizedVoter, TowerSync vote, string blockhash, bool isRefresh)
    {
        var bytes = vote.Encode();
        var signature = identity.Sign(Digest(voteAccount, bytes, blockhash));
        return new Vote(
            host, identity.Text, voteAccount, authorizedVoter.Text, bytes, vote.LastSlot ?? 0, blockhash, signature, isRefresh);
    }

    /// <summary>What the signature is over.</summary>
    public static byte[] Digest(string voteAccount, ReadOnlySpan<byte> towerSync, string blockhash) =>
        SHA256.HashData([.. Encoding.UTF8.GetBytes(voteAccount), (byte)':', .. towerSync, .. Encoding.UTF8.GetBytes(blockhash)]);
}
