using Failover.Cluster;
using Failover.Identities;
using Microsoft.Extensions.Time.Testing;
using static Failover.Tests.Cluster.RpcResponse;

namespace Failover.Tests.Cluster;

public sealed class SolanaRpcTests : IDisposable
{
    private const string A = "FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF";
    private const string B = "Vote111111111111111111111111111111111111111";
    private const string C = "11111111111111111111111111111111";

    private static readonly EpochInfo Epoch = new(Epoch: 9, AbsoluteSlot: 4100, SlotIndex: 100, SlotsInEpoch: 432);

    private readonly FakeTimeProvider _time = new();
    private readonly HttpClient _http = new();
    private readonly RpcServer _server;
    private readonly SolanaRpc _rpc;
    private RpcResponse _response = Result("null");

    public SolanaRpcTests()
    {
        _server = new RpcServer(_ => _response);
        _rpc = new SolanaRpc(_http, new SolanaRpcOptions { Url = _server.Url, LongestAnswer = 100_000 }, _time);
    }

    public void Dispose()
    {
        _http.Dispose();
        _server.Dispose();
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static async Task<RpcFailedException> FailureOf(Task call) => await Assert.ThrowsAsync<RpcFailedException>(() => call);

    private static string Account(string vote, string node, string stake = "5", string lastVote = "7") =>
        $$"""
        {"activatedStake":{{stake}},"commission":5,"epochCredits":[[1,2,3]],"epochVoteAccount":true,"lastVote":{{lastVote}},
         "nodePubkey":"{{node}}","rootSlot":3,"votePubkey":"{{vote}}"}
        """;

    [Fact]
    public async Task A_healthy_node_says_ok()
    {
        _response = Result("\"ok\"");

        Assert.Equal(new NodeHealth(true, null, "ok"), await _rpc.GetHealthAsync(Ct));
        Assert.Equal("""{"jsonrpc":"2.0","id":1,"method":"getHealth","params":[]}""", Assert.Single(_server.Asked));
    }

    [Theory]
    [InlineData("""{"code":-32005,"message":"Node is behind by 42 slots","data":{"numSlotsBehind":42}}""", 42UL, "Node is behind by 42 slots")]
    [InlineData("""{"code":-32005,"message":"Node is unhealthy","data":{"numSlotsBehind":null}}""", null, "Node is unhealthy")]
    [InlineData("""{"code":-32005,"message":"Node is unhealthy","data":{"slotsBehind":300}}""", 300UL, "Node is unhealthy")]
    [InlineData("""{"code":-32005,"message":"Node is unhealthy","data":{"slotsBehind":null}}""", null, "Node is unhealthy")]
    [InlineData("""{"code":-32005,"message":"Node is unhealthy"}""", null, "Node is unhealthy")]
    [InlineData("""{"code":-32005,"message":"Node is unhealthy","data":{"numSlotsBehind":-1}}""", null, "Node is unhealthy")]
    public async Task An_unhealthy_node_is_understood_in_both_dialects(string error, ulong? behind, string words)
    {
        _response = Error(error);

        Assert.Equal(new NodeHealth(false, behind, words), await _rpc.GetHealthAsync(Ct));
    }

    [Theory]
    [InlineData("\"behind\"")]
    [InlineData("true")]
    [InlineData("null")]
    public async Task Anything_but_ok_is_not_taken_for_healthy(string result)
    {
        _response = Result(result);

        Assert.Equal("getHealth", (await FailureOf(_rpc.GetHealthAsync(Ct))).Method);
    }

    [Fact]
    public async Task Any_other_error_is_not_taken_for_a_health()
    {
        _response = Error("""{"code":-32603,"message":"Internal error"}""");

        Assert.Contains("Internal error", (await FailureOf(_rpc.GetHealthAsync(Ct))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Commitment.Processed, "processed")]
    [InlineData(Commitment.Confirmed, "confirmed")]
    [InlineData(Commitment.Finalized, "finalized")]
    public async Task The_slot_is_asked_for_by_commitment(Commitment commitment, string word)
    {
        _response = Result("18446744073709551615");

        Assert.Equal(ulong.MaxValue, await _rpc.GetSlotAsync(commitment, Ct));
        Assert.Contains($$"""[{"commitment":"{{word}}"}]""", Assert.Single(_server.Asked), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("18446744073709551616")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("\"7\"")]
    [InlineData("null")]
    [InlineData("[]")]
    public async Task A_slot_that_cannot_be_one_is_refused(string result)
    {
        _response = Result(result);

        await FailureOf(_rpc.GetSlotAsync(Commitment.Processed, Ct));
    }

    [Fact]
    public async Task Simple_facts_are_read()
    {
        _response = Result($$"""{"identity":"{{A}}"}""");
        Assert.Equal(Pubkey.Parse(A), await _rpc.GetIdentityAsync(Ct));
        _response = Result("""{"feature-set":1,"solana-core":"4.2.1"}""");
        Assert.Equal("4.2.1", await _rpc.GetVersionAsync(Ct));
        _response = Result($"\"{B}\"");
        Assert.Equal(B, await _rpc.GetGenesisHashAsync(Ct));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"\"")]
    [InlineData("{\"identity\":null,\"solana-core\":null}")]
    [InlineData("{\"identity\":\"x\",\"solana-core\":5}")]
    [InlineData("{\"identity\":\"\\ud800\",\"solana-core\":\"\\ud800\"}")]
    public async Task Facts_with_missing_or_wrong_members_are_refused(string result)
    {
        _response = Result(result);

        await FailureOf(_rpc.GetIdentityAsync(Ct));
        await FailureOf(_rpc.GetVersionAsync(Ct));
        await FailureOf(_rpc.GetGenesisHashAsync(Ct));
        await FailureOf(_rpc.GetEpochInfoAsync(Ct));
        await FailureOf(_rpc.GetStakeOfAsync(Pubkey.Parse(A), Ct));
    }

    [Fact]
    public async Task The_epoch_is_read()
    {
        _response = Result("""{"absoluteSlot":4100,"blockHeight":1,"epoch":9,"slotIndex":100,"slotsInEpoch":432,"transactionCount":null}""");

        var epoch = await _rpc.GetEpochInfoAsync(Ct);

        Assert.Equal(Epoch, epoch);
        Assert.Equal(4000UL, epoch.FirstSlot);
    }

    [Theory]
    [InlineData("""{"absoluteSlot":4100,"epoch":9,"slotIndex":432,"slotsInEpoch":432}""")]
    [InlineData("""{"absoluteSlot":99,"epoch":9,"slotIndex":100,"slotsInEpoch":432}""")]
    [InlineData("""{"absoluteSlot":4100,"epoch":9,"slotIndex":0,"slotsInEpoch":0}""")]
    [InlineData("""{"absoluteSlot":4100,"epoch":9,"slotIndex":100}""")]
    public async Task An_epoch_that_cannot_be_is_refused(string result)
    {
        _response = Result(result);

        await FailureOf(_rpc.GetEpochInfoAsync(Ct));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_vote_account_is_found_where_it_is(bool delinquent)
    {
        var (with, without) = ($"[{Account(A, B)}]", $"[{Account(C, B)}]");
        _response = Result($$"""{"current":{{(delinquent ? without : with)}},"delinquent":{{(delinquent ? with : without)}}}""");

        var view = await _rpc.GetVoteAccountAsync(Pubkey.Parse(A), Commitment.Confirmed, Ct);

        Assert.Equal(new VoteAccountView(Pubkey.Parse(A), Pubkey.Parse(B), 5, 7, 3, delinquent), view);
        Assert.Contains(
            $$"""[{"commitment":"confirmed","votePubkey":"{{A}}","keepUnstakedDelinquents":true}]""", Assert.Single(_server.Asked), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vote_account_that_is_not_there_is_null()
    {
        _response = Result("""{"current":[],"delinquent":[]}""");

        Assert.Null(await _rpc.GetVoteAccountAsync(Pubkey.Parse(A), Commitment.Confirmed, Ct));
    }

    [Fact]
    public async Task A_vote_account_that_is_there_twice_is_refused()
    {
        _response = Result($$"""{"current":[{{Account(A, B)}}],"delinquent":[{{Account(A, B)}}]}""");

        await FailureOf(_rpc.GetVoteAccountAsync(Pubkey.Parse(A), Commitment.Confirmed, Ct));
    }

    [Theory]
    [InlineData("""{"current":[]}""")]
    [InlineData("""{"current":null,"delinquent":[]}""")]
    [InlineData("""{"current":[null],"delinquent":[]}""")]
    [InlineData("""{"current":[{}],"delinquent":[]}""")]
    public async Task Vote_accounts_with_missing_members_are_refused(string result)
    {
        _response = Result(result);

        await FailureOf(_rpc.GetVoteAccountAsync(Pubkey.Parse(A), Commitment.Confirmed, Ct));
    }

    [Fact]
    public async Task The_stake_of_an_identity_is_that_of_all_its_vote_accounts()
    {
        _response = Result($$"""{"current":[{{Account(A, B, "5")}},{{Account(B, C, "9")}}],"delinquent":[{{Account(C, B, "6")}}]}""");

        Assert.Equal(11UL, await _rpc.GetStakeOfAsync(Pubkey.Parse(B), Ct));
        Assert.Equal(0UL, await _rpc.GetStakeOfAsync(Pubkey.Parse(A), Ct));
    }

    [Fact]
    public async Task A_stake_beyond_64_bits_is_refused_rather_than_taken_for_little()
    {
        _response = Result($$"""{"current":[{{Account(A, B, "18446744073709551615")}},{{Account(C, B, "1")}}],"delinquent":[]}""");

        await FailureOf(_rpc.GetStakeOfAsync(Pubkey.Parse(B), Ct));
    }

    [Fact]
    public async Task The_delinquent_share_is_of_the_whole_stake()
    {
        _response = Result($$"""{"current":[{{Account(A, B, "5")}},{{Account(B, C, "10")}}],"delinquent":[{{Account(C, B, "5")}}]}""");

        Assert.Equal(0.25, await _rpc.GetDelinquentStakeAsync(Ct));
    }

    [Fact]
    public async Task A_cluster_without_any_stake_has_no_delinquent_share()
    {
        _response = Result("""{"current":[],"delinquent":[]}""");

        await FailureOf(_rpc.GetDelinquentStakeAsync(Ct));
    }

    [Theory]
    [InlineData("""{"full":100,"incremental":150}""", 100UL, 150UL)]
    [InlineData("""{"full":100,"incremental":null}""", 100UL, null)]
    [InlineData("""{"full":100}""", 100UL, null)]
    public async Task The_newest_snapshots_are_read(string result, ulong full, ulong? incremental)
    {
        _response = Result(result);

        Assert.Equal(new SnapshotSlots(full, incremental), await _rpc.GetHighestSnapshotSlotAsync(Ct));
    }

    [Fact]
    public async Task A_node_without_a_snapshot_says_so()
    {
        _response = Error("""{"code":-32008,"message":"No snapshot"}""");
        Assert.Null(await _rpc.GetHighestSnapshotSlotAsync(Ct));
        _response = Error("""{"code":-32601,"message":"Method not found"}""");
        await FailureOf(_rpc.GetHighestSnapshotSlotAsync(Ct));
        _response = Result("""{"full":100,"incremental":"soon"}""");
        await FailureOf(_rpc.GetHighestSnapshotSlotAsync(Ct));
    }

    [Fact]
    public async Task Leader_slots_are_absolute_and_ascending()
    {
        _response = Result($$"""{"{{A}}":[7,4,5,6]}""");

        Assert.Equal([4004UL, 4005, 4006, 4007], await _rpc.GetLeaderSlotsAsync(Pubkey.Parse(A), 4100, Epoch, Ct));
        Assert.Equal([4436UL, 4437, 4438, 4439], await _rpc.GetLeaderSlotsAsync(Pubkey.Parse(A), 4432, Epoch, Ct));
        Assert.Contains($$"""[4100,{"identity":"{{A}}"}]""", _server.Asked[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_leader_slots_and_no_schedule_are_told_apart()
    {
        _response = Result("{}");
        Assert.Equal([], await _rpc.GetLeaderSlotsAsync(Pubkey.Parse(A), 4100, Epoch, Ct));
        _response = Result("null");
        Assert.Null(await _rpc.GetLeaderSlotsAsync(Pubkey.Parse(A), 4100, Epoch, Ct));
    }

    [Theory]
    [InlineData("[432]")]
    [InlineData("[-1]")]
    [InlineData("[\"1\"]")]
    [InlineData("null")]
    [InlineData("{}")]
    public async Task A_schedule_that_cannot_be_is_refused(string slots)
    {
        _response = Result($$"""{"{{A}}":{{slots}}}""");

        await FailureOf(_rpc.GetLeaderSlotsAsync(Pubkey.Parse(A), 4100, Epoch, Ct));
    }

    [Fact]
    public async Task Leader_slots_beyond_the_last_slot_there_can_be_are_refused()
    {
        _response = Result($$"""{"{{A}}":[0,9]}""");
        var last = new EpochInfo(Epoch: 9, AbsoluteSlot: ulong.MaxValue - 5, SlotIndex: 0, SlotsInEpoch: 432);

        await FailureOf(_rpc.GetLeaderSlotsAsync(Pubkey.Parse(A), last.AbsoluteSlot, last, Ct));
    }

    [Fact]
    public async Task The_phase_of_consensus_is_read_from_the_genesis_certificate()
    {
        _response = Result("null");
        Assert.Equal(ConsensusPhase.TowerBft, await _rpc.GetConsensusPhaseAsync(Ct));
        _response = Result("""{"block":{"slot":5}}""");
        Assert.Equal(ConsensusPhase.Alpenglow, await _rpc.GetConsensusPhaseAsync(Ct));
        _response = Error("""{"code":-32601,"message":"Method not found"}""");
        Assert.Equal(ConsensusPhase.Unknown, await _rpc.GetConsensusPhaseAsync(Ct));
        _response = new RpcResponse(501, "");
        Assert.Equal(ConsensusPhase.Unknown, await _rpc.GetConsensusPhaseAsync(Ct));
        _response = Error("""{"code":-32603,"message":"Internal error"}""");
        await FailureOf(_rpc.GetConsensusPhaseAsync(Ct));
        _response = Result("false");
        await FailureOf(_rpc.GetConsensusPhaseAsync(Ct));
    }

    [Theory]
    [InlineData(501, "", "501")]
    [InlineData(429, "Too many requests", "429: \"Too many requests\"")]
    [InlineData(502, "<html>\n<h1>Bad Gateway</h1>", "502: \"<html> <h1>Bad Gateway</h1>\"")]
    [InlineData(200, "<html>Welcome</html>", "not JSON: \"<html>Welcome</html>\"")]
    [InlineData(200, "", "not JSON (empty)")]
    [InlineData(200, "[]", "either a result or an error")]
    [InlineData(200, "null", "either a result or an error")]
    [InlineData(200, """{"jsonrpc":"2.0","id":$id}""", "either a result or an error")]
    [InlineData(200, """{"jsonrpc":"2.0","result":7,"error":{"code":1,"message":"x"},"id":$id}""", "either a result or an error")]
    [InlineData(200, """{"jsonrpc":"2.0","result":7,"id":99}""", "another call")]
    [InlineData(200, """{"jsonrpc":"2.0","result":7,"id":"$id"}""", "another call")]
    [InlineData(200, """{"jsonrpc":"2.0","result":7,"id":null}""", "another call")]
    [InlineData(200, """{"jsonrpc":"2.0","result":7}""", "another call")]
    [InlineData(200, """{"jsonrpc":"2.0","result":7,"result":8,"id":$id}""", "not JSON")]
    [InlineData(200, """{"jsonrpc":"2.0","result":7,"id":$id}{}""", "not JSON")]
    [InlineData(200, """{"jsonrpc":"2.0","error":"x","id":$id}""", "no code and message")]
    [InlineData(200, """{"jsonrpc":"2.0","error":{"code":-32016,"message":"Minimum context slot has not been reached"},"id":$id}""", "Minimum context")]
    public async Task What_is_no_answer_is_refused_with_what_came_instead(int status, string body, string says)
    {
        _response = new RpcResponse(status, body);

        var e = await FailureOf(_rpc.GetSlotAsync(Commitment.Processed, Ct));

        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        Assert.Contains($"getSlot of http://127.0.0.1:{_server.Url.Port}: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_beyond_the_bound_is_refused()
    {
        _response = Result($"\"{new string('x', 200_000)}\"");

        Assert.Contains("longer than 100000 bytes", (await FailureOf(_rpc.GetVersionAsync(Ct))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_listening_is_a_failure_that_names_the_host_and_not_the_secret()
    {
        var url = new Uri($"http://user:password@127.0.0.1:{_server.Url.Port}/secret?key=secret");
        _server.Dispose();
        var rpc = new SolanaRpc(_http, new SolanaRpcOptions { Url = url }, _time);

        var e = await FailureOf(rpc.GetVersionAsync(Ct));

        Assert.Contains(url.Authority, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("password", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_does_not_answer_is_given_up_on()
    {
        var asked = new TaskCompletionSource();
        using var released = new ManualResetEventSlim();
        using var silent = new RpcServer(_ =>
        {
            asked.SetResult();
            released.Wait(Ct);
            return _response;
        });
        var rpc = new SolanaRpc(_http, new SolanaRpcOptions { Url = silent.Url }, _time);

        var call = rpc.GetVersionAsync(Ct);
        await asked.Task;
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Contains("no answer within 5 s", (await FailureOf(call)).Message, StringComparison.Ordinal);
        released.Set();
    }

    [Fact]
    public async Task The_callers_cancelling_is_no_failure_of_the_node()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _rpc.GetVersionAsync(cancelled.Token));
    }
}
