using System.Globalization;
using System.Text.Json.Nodes;
using Failover.Identities;
using FakeWire;

namespace FakeValidator.Rpc;

/// <summary>The content of a vote account as the chain stores it (vote state V3, bincode, zero padded), and as the RPC explains it.</summary>
internal static class VoteAccountData
{
    public const int Size = 3762;
    private const uint V3 = 2;
    private const byte Commission = 5;
    private const int PriorVoters = 32;

    public static byte[] Bytes(VoteAccountState account, ulong epoch)
    {
        var bytes = new byte[Size];
        using var writer = new BinaryWriter(new MemoryStream(bytes));
        writer.Write(V3);
        writer.Write(Pubkey.Parse(account.Node).ToBytes());
        writer.Write(Pubkey.Parse(account.AuthorizedVoter).ToBytes());
        writer.Write(Commission);
        writer.Write((ulong)account.Votes.Count);
        foreach (var vote in account.Votes)
        {
            writer.Write((byte)1);
            writer.Write(vote.Slot);
            writer.Write(vote.Confirmations);
        }
        writer.Write(account.RootSlot.HasValue);
        if (account.RootSlot is { } root)
        {
            writer.Write(root);
        }
        writer.Write(1UL);
        writer.Write(epoch);
        writer.Write(Pubkey.Parse(account.AuthorizedVoter).ToBytes());
        writer.Write(new byte[PriorVoters * (Pubkey.Size + 16)]);
        writer.Write((ulong)PriorVoters - 1);
        writer.Write(true);
        writer.Write(1UL);
        writer.Write(epoch);
        writer.Write(account.Credits);
        writer.Write(0UL);
        writer.Write(account.Votes is [.., var last] ? last.Slot : 0UL);
        writer.Write(0L);
        return bytes;
    }

    public static JsonObject Parsed(VoteAccountState account, ulong epoch) => new()
    {
        ["parsed"] = new JsonObject
        {
            ["info"] = new JsonObject
            {
                ["authorizedVoters"] = new JsonArray(new JsonObject { ["authorizedVoter"] = account.AuthorizedVoter, ["epoch"] = epoch }),
                ["authorizedWithdrawer"] = account.AuthorizedVoter,
                ["commission"] = Commission,
                ["epochCredits"] = new JsonArray(new JsonObject
                {
                    ["credits"] = account.Credits.ToString(CultureInfo.InvariantCulture),
                    ["epoch"] = epoch,
                    ["previousCredits"] = "0",
                }),
                ["lastTimestamp"] = new JsonObject { ["slot"] = account.Votes is [.., var last] ? last.Slot : 0UL, ["timestamp"] = 0L },
                ["nodePubkey"] = account.Node,
                ["priorVoters"] = new JsonArray(),
                ["rootSlot"] = account.RootSlot,
                ["votes"] = new JsonArray([.. account.Votes.Select(vote => (JsonNode)new JsonObject
                {
                    ["confirmationCount"] = vote.Confirmations,
                    ["latency"] = 1,
                    ["slot"] = vote.Slot,
                })]),
            },
            ["type"] = "vote",
        },
        ["program"] = "vote",
        ["space"] = Size,
    };
}
