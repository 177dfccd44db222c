using System.Net;
using System.Text;
using Failover.Cluster;
using Failover.Fuzzing.Cases;
using Failover.Fuzzing.Mutation;
using Failover.Identities;
using Failover.Testing;

namespace Failover.Fuzzing.Targets;

/// <summary>Answers of a validator's JSON-RPC to every call that there is. The first byte says to which, the second with which HTTP status.</summary>
internal sealed class RpcReplyTarget : FuzzTarget
{
    private const int LongestAnswer = 16 * 1024;
    private const string VoteKey = "Vote111111111111111111111111111111111111111";

    private static readonly Pubkey VoteAccount = Pubkey.Parse(VoteKey);

    // A healthy epoch, and one at the end of all slots.
    private static readonly EpochInfo Usual = new(2, 1_000, 136, 432);
    private static readonly EpochInfo Last = new(2, ulong.MaxValue - 1, 7, ulong.MaxValue);

    private static readonly Func<SolanaRpc, Task<object?>>[] Calls =
    [
        async rpc => await rpc.GetHealthAsync(default),
        async rpc => await rpc.GetSlotAsync(Commitment.Confirmed, default),
        async rpc => await rpc.GetIdentityAsync(default),
        async rpc => await rpc.GetVersionAsync(default),
        async rpc => await rpc.GetGenesisHashAsync(default),
        async rpc => await rpc.GetEpochInfoAsync(default),
        async rpc => await rpc.GetVoteAccountAsync(VoteAccount, Commitment.Processed, default),
        async rpc => await LeaderSlotsAsync(rpc, Usual),
        async rpc => await LeaderSlotsAsync(rpc, Last),
        async rpc => await rpc.GetConsensusPhaseAsync(default),
        async rpc => await rpc.GetStakeOfAsync(GoldenTowers.Identity, default),
    ];

    private static readonly byte[][] Seeds = Array.ConvertAll<string, byte[]>(
        [
            Result("\"ok\""),
            Error("""{"code":-32005,"message":"Node is behind by 42 slots","data":{"numSlotsBehind":42}}"""),
            Result("350000000"),
            Result($$"""{"identity":"{{GoldenTowers.IdentityText}}"}"""),
            Result("""{"solana-core":"4.2.0","feature-set":1}"""),
            Result("\"4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY\""),
            Result("""{"absoluteSlot":1000,"blockHeight":900,"epoch":2,"slotIndex":136,"slotsInEpoch":432,"transactionCount":5}"""),
            Result($$"""{"current":[{{Account(VoteKey)}},{{Account(GoldenTowers.IdentityText)}}],"delinquent":[]}"""),
            Result($$"""{"current":[],"delinquent":[{{Account(VoteKey)}}]}"""),
            Result($$"""{"{{GoldenTowers.IdentityText}}":[0,1,2,3,431]}"""),
            Result("null"),
            Error("""{"code":-32601,"message":"Method not found"}"""),
        ],
        Encoding.UTF8.GetBytes);

    private static readonly TextMutator Mutator = new(
        "result", "\"error\"", "\"id\"", "\"current\"", "\"delinquent\"", "\"votePubkey\"", "\"activatedStake\"", "\"slotIndex\"", "\"slotsInEpoch\"", "\"absoluteSlot\"",
        "\"data\"", "\"code\"", "\"" + VoteKey + "\"", "\"" + GoldenTowers.IdentityText + "\"");

    // Which seeds answer which call.
    private static readonly int[][] Fitting = [[0, 1], [2], [3], [4], [5], [6], [7, 8], [9, 10], [9, 10], [10, 11], [7, 8]];

    public RpcReplyTarget()
        : base("rpc-reply")
    {
        Weight = 2;
        MostAllocated = (128 * 1024, 64);
    }

    public override byte[] Make(CaseRandom random)
    {
        var call = random.Below(Calls.Length);
        var seed = Seeds[random.OneIn(8) ? random.Below(Seeds.Length) : random.Of(Fitting[call])];
        var body = random.Below(20) switch
        {
            0 => random.Bytes(random.Skewed(1024)),
            1 => [.. seed, .. Enumerable.Repeat((byte)' ', LongestAnswer - 200 + random.Below(400))],
            _ => Mutator.Mutate(seed, random.Of(Seeds), random),
        };
        return [(byte)call, random.OneIn(10) ? (byte)random.Next() : (byte)0, .. body];
    }

    public override async ValueTask<Answer> ReadAsync(byte[] input)
    {
        using var handler = new Canned(input[1], input.AsMemory(2));
        using var http = new HttpClient(handler);
        var rpc = new SolanaRpc(http, new SolanaRpcOptions { Url = new Uri("http://127.0.0.1:8899"), LongestAnswer = LongestAnswer }, TimeProvider.System);
        try
        {
            return Answer.Accept(await Calls[input[0]](rpc) ?? "none");
        }
        catch (RpcFailedException e)
        {
            return Answer.Refuse(Reasons.Words(e.Message, skip: 3));
        }
    }

    public override void Check(byte[] input, object accepted)
    {
        FindingException.Require(input.Length - 2 <= LongestAnswer, "longer than it may be");
        switch (accepted)
        {
            case NodeHealth health:
                FindingException.Require(!health.Healthy || (health.Words == "ok" && health.SlotsBehind is null), "healthy and not");
                break;
            case EpochInfo epoch:
                FindingException.Require(epoch.SlotIndex < epoch.SlotsInEpoch && epoch.FirstSlot <= epoch.AbsoluteSlot, "a slot outside of its epoch");
                break;
            case VoteAccountView view:
                FindingException.Require(view.VoteAccount == VoteAccount, "another account");
                break;
            case IReadOnlyList<ulong> slots:
                var epochOf = input[0] == 8 ? Last : Usual;
                FindingException.Require(
                    slots.All(slot => slot >= epochOf.FirstSlot && slot - epochOf.FirstSlot < epochOf.SlotsInEpoch) && slots.SequenceEqual(slots.Order()),
                    "leader slots outside of the epoch, or in no order");
                break;
        }
        Sound.Require(accepted, clean: false);
    }

    private static async Task<object?> LeaderSlotsAsync(SolanaRpc rpc, EpochInfo epoch) =>
        await rpc.GetLeaderSlotsAsync(GoldenTowers.Identity, epoch.AbsoluteSlot, epoch, default);

    private static string Account(string key) =>
        $$"""{"votePubkey":"{{key}}","nodePubkey":"{{GoldenTowers.IdentityText}}","activatedStake":5,"lastVote":100,"rootSlot":69,"epochCredits":[[1,2,3]],"commission":5}""";

    private static string Result(string json) => $$"""{"jsonrpc":"2.0","result":{{json}},"id":1}""";

    private static string Error(string json) => $$"""{"jsonrpc":"2.0","error":{{json}},"id":1}""";

    private sealed class Canned(byte status, ReadOnlyMemory<byte> body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(
            new HttpResponseMessage((HttpStatusCode)(status == 0 ? 200 : 400 + status)) { Content = new ReadOnlyMemoryContent(body) });
    }
}
