using System.Buffers;
using System.Text.Json;
using Failover.Identities;
using Failover.Validators;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using static Failover.Tests.Validators.AdminServer;

namespace Failover.Tests.Validators;

public sealed class AgaveValidatorTests : IDisposable
{
    private const string Identity = "FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF";
    private const string ThreeAreTooMany = "Invalid params: invalid length 3, expected fewer elements in array.";
    private const string TwoAreTooFew = "Invalid params: invalid length 2, expected a tuple of size 3.";

    private readonly AdminServer _server = new();
    private readonly AgaveValidator _validator;

    public AgaveValidatorTests() => _validator = new AgaveValidator(Options(), new FakeTimeProvider(), NullLoggerFactory.Instance);

    public void Dispose()
    {
        _validator.Dispose();
        _server.Dispose();
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private AgaveValidatorOptions Options() => new()
    {
        SocketPath = _server.Path,
        StakedKeypairPath = "/keys/staked.json",
        UnstakedKeypairPath = "/keys/unstaked.json",
        VoterKeypairPaths = ["/keys/voter1.json", "/keys/voter2.json"],
    };

    /// <summary>Runs the act against a server that answers as told; returns the requests' methods and parameters.</summary>
    private async Task<List<string>> AskedBy(Func<Task> act, Func<string, JsonElement, string> answer)
    {
        var asked = _server.AnswerAsync(answer, Ct);
        try
        {
            await act();
        }
        finally
        {
            _validator.Dispose();
        }
        return (await asked).ConvertAll(request =>
        {
            using var document = JsonDocument.Parse(request);
            return $"{document.RootElement.GetProperty("method").GetString()} {document.RootElement.GetProperty("params").GetRawText()}";
        });
    }

    private async Task<ValidatorException> FailureOf(Func<Task> act, Func<string, JsonElement, string> answer)
    {
        ValidatorException? failure = null;
        await AskedBy(async () => failure = await Assert.ThrowsAsync<ValidatorException>(act), answer);
        return failure!;
    }

    private async Task<T> ResultOf<T>(Func<Task<T>> act, Func<string, JsonElement, string> answer)
    {
        T result = default!;
        await AskedBy(async () => result = await act(), answer);
        return result;
    }

    [Theory]
    [InlineData(HeldIdentity.Staked, RecordRequirement.Tower, "[\"/keys/staked.json\",true,true]")]
    [InlineData(HeldIdentity.Staked, RecordRequirement.VoteHistory, "[\"/keys/staked.json\",false,true]")]
    [InlineData(HeldIdentity.Unstaked, RecordRequirement.None, "[\"/keys/unstaked.json\",false,true]")]
    public async Task The_record_required_becomes_the_validators_own_flags(HeldIdentity identity, RecordRequirement require, string parameters) =>
        Assert.Equal(
            [$"setIdentity {parameters}"],
            await AskedBy(() => _validator.SetIdentityAsync(identity, require, Ct), (_, _) => Result("null")));

    [Fact]
    public async Task Up_to_4_1_two_parameters_are_found_out_and_remembered()
    {
        var asked = await AskedBy(
            async () =>
            {
                await _validator.SetIdentityAsync(HeldIdentity.Unstaked, RecordRequirement.None, Ct);
                await _validator.SetIdentityAsync(HeldIdentity.Staked, RecordRequirement.Tower, Ct);
            },
            (_, parameters) => parameters.GetArrayLength() == 2 ? Result("null") : Error(-32602, ThreeAreTooMany));

        Assert.Equal(
            [
                "setIdentity [\"/keys/unstaked.json\",false,true]", "setIdentity [\"/keys/unstaked.json\",false]",
                "setIdentity [\"/keys/staked.json\",true]",
            ],
            asked);
    }

    [Fact]
    public async Task A_validator_upgraded_to_4_2_meanwhile_gets_three_parameters_again()
    {
        var takes = 2;
        var asked = await AskedBy(
            async () =>
            {
                await _validator.SetIdentityAsync(HeldIdentity.Unstaked, RecordRequirement.None, Ct);
                takes = 3;
                await _validator.SetIdentityAsync(HeldIdentity.Staked, RecordRequirement.Tower, Ct);
            },
            (_, parameters) => parameters.GetArrayLength() == takes ? Result("null") : Error(-32602, takes == 2 ? ThreeAreTooMany : TwoAreTooFew));

        Assert.Equal("setIdentity [\"/keys/staked.json\",true,true]", asked[^1]);
    }

    [Fact]
    public async Task The_vote_history_is_not_taken_for_required_where_it_cannot_be()
    {
        var e = await FailureOf(
            () => _validator.SetIdentityAsync(HeldIdentity.Staked, RecordRequirement.VoteHistory, Ct),
            (_, parameters) => parameters.GetArrayLength() == 2 ? Result("null") : Error(-32602, ThreeAreTooMany));

        Assert.Equal((Effect.None, ValidatorFailure.NotSupported), (e.Effect, e.Failure));
    }

    [Theory]
    [InlineData("Invalid params: invalid length 3, expected fewer elements in array")]
    [InlineData("Invalid params: invalid type: string \"x\", expected a boolean.")]
    [InlineData("Unable to load tower file for identity A: IO Error: No such file or directory (os error 2)")]
    public async Task Any_other_refusal_is_final(string words)
    {
        var asked = 0;
        var e = await FailureOf(
            () => _validator.SetIdentityAsync(HeldIdentity.Staked, RecordRequirement.Tower, Ct),
            (_, _) => ++asked > 1 ? Result("null") : Error(-32602, words));

        Assert.Equal((Effect.None, ValidatorFailure.Refused, 1), (e.Effect, e.Failure, asked));
        Assert.Contains(words, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_staked_identity_is_never_taken_without_its_record()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _validator.SetIdentityAsync(HeldIdentity.Staked, RecordRequirement.None, Ct));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => _validator.SetIdentityAsync(HeldIdentity.Staked, RecordRequirement.Unknown, Ct));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => _validator.SetIdentityAsync(HeldIdentity.Unknown, RecordRequirement.Tower, Ct));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("\"ok\"")]
    [InlineData("[]")]
    [InlineData("{}")]
    public async Task A_result_where_none_belongs_leaves_the_effect_unknown(string result)
    {
        var e = await FailureOf(() => _validator.StopVotersAsync(Ct), (_, _) => Result(result));

        Assert.Equal((Effect.Unknown, ValidatorFailure.NoAnswer), (e.Effect, e.Failure));
    }

    [Fact]
    public async Task The_identity_is_read_from_the_contact_info() =>
        Assert.Equal(
            Pubkey.Parse(Identity),
            await ResultOf(() => _validator.ReadIdentityAsync(Ct), (_, _) => Result($$"""{"gossip":"0.0.0.0:0","id":"{{Identity}}","new":[]}""")));

    [Theory]
    [InlineData("null")]
    [InlineData("\"FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF\"")]
    [InlineData("{}")]
    [InlineData("{\"id\":null}")]
    [InlineData("{\"id\":5}")]
    [InlineData("{\"id\":\"\"}")]
    [InlineData("{\"id\":\"0OIl\"}")]
    [InlineData("{\"id\":\"\\ud800\"}")]
    public async Task An_identity_that_cannot_be_right_is_no_answer(string result)
    {
        var e = await FailureOf(() => _validator.ReadIdentityAsync(Ct), (_, _) => Result(result));

        Assert.Equal(ValidatorFailure.NoAnswer, e.Failure);
    }

    [Theory]
    [InlineData("\"LoadingLedger\"", "LoadingLedger")]
    [InlineData("{\"ProcessingLedger\":{\"max_slot\":9,\"slot\":5}}", "ProcessingLedger")]
    [InlineData("{\"WaitingForSupermajority\":{\"gossip_stake_percent\":5,\"slot\":5}}", "WaitingForSupermajority")]
    public async Task Start_up_is_told_in_the_validators_word(string result, string word) =>
        Assert.Equal(new ValidatorStart(false, word), await ResultOf(() => _validator.ReadStartAsync(Ct), (_, _) => Result(result)));

    [Fact]
    public async Task Running_counts_once_calls_are_taken()
    {
        var ready = false;
        ValidatorStart? early = null;
        ValidatorStart? late = null;
        await AskedBy(
            async () =>
            {
                early = await _validator.ReadStartAsync(Ct);
                ready = true;
                late = await _validator.ReadStartAsync(Ct);
            },
            (method, _) => method == "startProgress" ? Result("\"Running\"")
                : ready ? Result("{}") : Error(-32602, "Retry once validator start up is complete"));

        Assert.Equal(new ValidatorStart(false, "Running"), early);
        Assert.Equal(new ValidatorStart(true, "Running"), late);
    }

    [Fact]
    public void A_start_up_whose_name_is_no_text_is_not_understood()
    {
        byte[] line = [.. "{\"id\":1,\"result\":{\""u8, 0xff, .. "\":{}}}"u8];

        Assert.True(AdminReply.TryParse(new ReadOnlySequence<byte>(line), out var reply, out _));
        Assert.Throws<ValidatorException>(() => AgaveValidator.ProgressOf(reply.Result));
    }

    [Fact]
    public async Task Every_voter_is_given_back_and_one_already_there_is_success() =>
        Assert.Equal(
            ["addAuthorizedVoter [\"/keys/voter1.json\"]", "addAuthorizedVoter [\"/keys/voter2.json\"]"],
            await AskedBy(
                () => _validator.GiveVotersBackAsync(Ct),
                (_, parameters) => parameters[0].GetString() == "/keys/voter1.json" ? Error(-32602, "Authorized voter already present") : Result("null")));

    [Fact]
    public async Task A_voter_that_is_refused_does_not_keep_the_others_away()
    {
        List<string> tried = [];
        var e = await FailureOf(
            () => _validator.GiveVotersBackAsync(Ct),
            (_, parameters) =>
            {
                tried.Add(parameters[0].GetString()!);
                return tried.Count == 1 ? Error(-32602, "No such file or directory (os error 2)") : Result("null");
            });

        Assert.Equal(2, tried.Count);
        Assert.Equal((Effect.Unknown, ValidatorFailure.Refused), (e.Effect, e.Failure));
        Assert.Contains("/keys/voter1.json", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Voters_that_are_all_refused_have_no_effect()
    {
        var e = await FailureOf(() => _validator.GiveVotersBackAsync(Ct), (_, _) => Error(-32602, "No such file or directory (os error 2)"));

        Assert.Equal((Effect.None, ValidatorFailure.Refused), (e.Effect, e.Failure));
    }

    [Theory]
    [InlineData("{\"voting_enabled\":true}", true)]
    [InlineData("{\"voting_enabled\":false}", false)]
    public async Task Whether_voting_is_enabled_is_read_back(string result, bool enabled) =>
        Assert.Equal(enabled, await ResultOf(() => _validator.ReadVotingEnabledAsync(Ct), (_, _) => Result(result)));

    [Fact]
    public async Task Before_4_2_whether_voting_is_enabled_is_not_known() =>
        Assert.Null(await ResultOf(() => _validator.ReadVotingEnabledAsync(Ct), (_, _) => Error(-32601, "Method not found")));

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"voting_enabled\":null}")]
    [InlineData("{\"voting_enabled\":\"true\"}")]
    public async Task Anything_else_is_not_taken_for_voting_disabled(string result) =>
        Assert.Equal(
            ValidatorFailure.NoAnswer, (await FailureOf(() => _validator.ReadVotingEnabledAsync(Ct), (_, _) => Result(result))).Failure);

    [Fact]
    public void Options_that_cannot_work_are_refused_at_once()
    {
        Assert.Throws<ArgumentException>(() => Build(Options() with { VoterKeypairPaths = [] }));
        Assert.Throws<ArgumentException>(() => Build(Options() with { StakedKeypairPath = "staked.json" }));
        Assert.ThrowsAny<ArgumentException>(() => Build(Options() with { Timeout = TimeSpan.Zero }));

        static AgaveValidator Build(AgaveValidatorOptions options) => new(options, new FakeTimeProvider(), NullLoggerFactory.Instance);
    }
}
