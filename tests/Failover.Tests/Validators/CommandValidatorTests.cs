using Failover.Cluster;
using Failover.Identities;
using Failover.Validators;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using static Failover.Tests.Validators.CommandClient;

namespace Failover.Tests.Validators;

public sealed class CommandValidatorTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly CommandClient _client = new();

    public void Dispose() => _client.Dispose();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private CommandValidator Validator(CommandValidatorOptions options, params IdentityReader[] others) =>
        new(options, others, _time, NullLogger<CommandValidator>.Instance);

    private static async Task<ValidatorException> FailureOf(Task call) => await Assert.ThrowsAsync<ValidatorException>(() => call);

    private static void Is(Effect effect, ValidatorFailure failure, ValidatorException e) =>
        Assert.Equal((effect, failure), (e.Effect, e.Failure));

    private static Task Promote(CommandValidator validator) => validator.SetIdentityAsync(HeldIdentity.Staked, RecordRequirement.Tower, Ct);

    [Fact]
    public async Task The_identity_is_set_and_read_back()
    {
        using var validator = Validator(_client.Options);

        await Promote(validator);
        Assert.Equal(S, await validator.ReadIdentityAsync(Ct));
        await validator.SetIdentityAsync(HeldIdentity.Unstaked, RecordRequirement.None, Ct);
        Assert.Equal(U, await validator.ReadIdentityAsync(Ct));

        Assert.Equal([$"set {S}", "get", "get", $"set {U}", "get", "get"], _client.Log);
    }

    [Fact]
    public async Task A_command_that_only_says_it_succeeded_is_not_believed()
    {
        using var validator = Validator(_client.Options with { SetStaked = _client.Command("set-lying", $"{S}") });

        var e = await FailureOf(Promote(validator));

        Is(Effect.Unknown, ValidatorFailure.Unknown, e);
        Assert.Contains($"{U}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_fails_leaves_the_effect_unknown_whatever_is_shown()
    {
        using var validator = Validator(_client.Options with { SetStaked = _client.Command("set-failing", $"{S}") });

        var e = await FailureOf(Promote(validator));

        Is(Effect.Unknown, ValidatorFailure.Refused, e);
        Assert.Contains("half switched", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_identity_that_cannot_be_verified_leaves_the_effect_unknown()
    {
        using var validator = Validator(_client.Options with { GetIdentity = _client.Command("say", "no") });

        Is(Effect.Unknown, ValidatorFailure.NoAnswer, await FailureOf(Promote(validator)));
    }

    [Fact]
    public async Task Two_places_that_show_different_identities_show_none()
    {
        using var validator = Validator(_client.Options, new IdentityReader("the JSON-RPC", _ => Task.FromResult(U)));
        Assert.Equal(U, await validator.ReadIdentityAsync(Ct));

        var e = await FailureOf(Promote(validator));

        Is(Effect.Unknown, ValidatorFailure.Unknown, e);
        Assert.Contains("two identities", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_json_rpc_is_a_failure_of_the_validator()
    {
        using var http = new HttpClient();
        var nobody = new SolanaRpc(http, new SolanaRpcOptions { Url = new Uri("http://127.0.0.1:1/") }, _time);
        using var validator = new CommandValidator(
            _client.Options with { GetIdentity = null }, nobody, _time, NullLogger<CommandValidator>.Instance);

        Is(Effect.Unknown, ValidatorFailure.NoAnswer, await FailureOf(validator.ReadIdentityAsync(Ct)));
    }

    [Fact]
    public async Task A_slow_set_identity_is_left_running_and_what_is_asked_next_waits_for_it()
    {
        var options = _client.Options with { SetStaked = _client.Command("set-slow", $"{S}") };
        using var validator = Validator(options);
        var promotion = Promote(validator);
        _time.Advance(options.Timeout);
        Is(Effect.Unknown, ValidatorFailure.NoAnswer, await FailureOf(promotion));

        var tooEarly = validator.ReadIdentityAsync(Ct);
        _time.Advance(options.Timeout);
        Is(Effect.None, ValidatorFailure.NoAnswer, await FailureOf(tooEarly));

        var next = validator.ReadIdentityAsync(Ct);
        _client.OpenGate();
        Assert.Equal(S, await next);
    }

    [Fact]
    public async Task Two_commands_never_run_at_once()
    {
        var options = _client.Options with { SetStaked = _client.Command("set-slow", $"{S}") };
        using var validator = Validator(options);
        var first = Promote(validator);
        var second = validator.SetIdentityAsync(HeldIdentity.Unstaked, RecordRequirement.None, Ct);
        _client.OpenGate();

        await first;
        await second;

        var log = _client.Log.ToList();
        Assert.True(log.IndexOf($"set-slow {S}") < log.IndexOf($"set {U}"));
        Assert.Equal(U, await validator.ReadIdentityAsync(Ct));
    }

    [Fact]
    public async Task A_hanging_get_identity_is_ended()
    {
        var options = _client.Options with { GetIdentity = _client.Command("hang") };
        using var validator = Validator(options);
        var reading = validator.ReadIdentityAsync(Ct);
        _time.Advance(options.Timeout);

        Is(Effect.Unknown, ValidatorFailure.NoAnswer, await FailureOf(reading));
    }

    [Fact]
    public async Task A_command_that_says_megabytes_does_not_hang_and_is_not_kept()
    {
        using var validator = Validator(_client.Options with { SetStaked = _client.Command("set-loud", $"{S}") });
        await Promote(validator);

        var outcome = await RunningCommand.Start(_client.Command("set-loud", "x")).FinishAsync(Ct);
        Assert.InRange(outcome.Output.Length, 1, 64 * 1024);
        Assert.InRange(outcome.Words.Length, 1, 500);
    }

    [Fact]
    public async Task A_program_that_is_missing_has_no_effect()
    {
        using var validator = Validator(_client.Options with { SetStaked = ["/no/such/program"] });

        Is(Effect.None, ValidatorFailure.NotSupported, await FailureOf(Promote(validator)));
        Assert.Empty(_client.Log);
    }

    [Fact]
    public async Task A_program_that_may_not_be_run_has_no_effect()
    {
        using var validator = Validator(_client.Options with { SetStaked = [_client.Command()[1]] });

        Is(Effect.None, ValidatorFailure.NotPermitted, await FailureOf(Promote(validator)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a key")]
    [InlineData("identity: FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF")]
    public async Task Words_that_are_no_identity_are_no_answer(string words)
    {
        using var validator = Validator(_client.Options with { GetIdentity = ["/bin/echo", words] });

        Is(Effect.Unknown, ValidatorFailure.NoAnswer, await FailureOf(validator.ReadIdentityAsync(Ct)));
    }

    [Fact]
    public async Task Arguments_are_passed_as_they_stand_without_a_shell()
    {
        var outcome = await RunningCommand.Start(["/bin/echo", "$(id) `id` \"; *", "two  spaces", "{staked}"]).FinishAsync(Ct);

        Assert.Equal("$(id) `id` \"; * two  spaces {staked}\n", outcome.Output);
    }

    [Fact]
    public async Task No_running_validator_is_told_apart()
    {
        using var validator = Validator(_client.Options with { GetIdentity = _client.Command("say", "No running validator found.") });

        Is(Effect.None, ValidatorFailure.NotRunning, await FailureOf(validator.ReadIdentityAsync(Ct)));
    }

    [Fact]
    public async Task Voters_are_removed_and_added_by_their_commands()
    {
        using var validator = Validator(_client.Options with
        {
            RemoveVoters = _client.Command("ok", "remove"),
            AddVoters = [_client.Command("say", "Authorized voter already present"), _client.Command("ok", "add2")],
        });

        await validator.StopVotersAsync(Ct);
        await validator.GiveVotersBackAsync(Ct);

        Assert.Equal(["ok remove", "say Authorized voter already present", "ok add2"], _client.Log);
    }

    [Fact]
    public async Task A_fence_whose_command_fails_is_no_fence()
    {
        using var validator = Validator(_client.Options with
        {
            RemoveVoters = _client.Command("say", "already present"),
            AddVoters = [_client.Command("say", "no")],
        });

        Is(Effect.Unknown, ValidatorFailure.Refused, await FailureOf(validator.StopVotersAsync(Ct)));
        Is(Effect.Unknown, ValidatorFailure.Refused, await FailureOf(validator.GiveVotersBackAsync(Ct)));
    }

    [Fact]
    public async Task Without_voter_commands_nothing_is_run_for_them()
    {
        using var validator = Validator(_client.Options);

        await validator.StopVotersAsync(Ct);
        await validator.GiveVotersBackAsync(Ct);

        Assert.Empty(_client.Log);
        Assert.Null(await validator.ReadVotingEnabledAsync(Ct));
    }

    [Fact]
    public void The_proof_is_the_strongest_that_is_configured()
    {
        var voters = _client.Options with { RemoveVoters = _client.Command("ok"), AddVoters = [_client.Command("ok")], SetIdentityIsFence = true };

        Assert.Equal(VotingStopProof.VoterFence, ProofOf(voters));
        Assert.Equal(VotingStopProof.CommandGuarantee, ProofOf(_client.Options with { SetIdentityIsFence = true }));
        Assert.Equal(VotingStopProof.SlowBarrier, ProofOf(_client.Options));

        VotingStopProof ProofOf(CommandValidatorOptions options)
        {
            using var validator = Validator(options);
            return validator.Proof;
        }
    }

    [Fact]
    public async Task The_staked_identity_is_never_taken_without_its_record()
    {
        using var validator = Validator(_client.Options);

        await Assert.ThrowsAsync<ArgumentException>(() => validator.SetIdentityAsync(HeldIdentity.Staked, RecordRequirement.None, Ct));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => validator.SetIdentityAsync(HeldIdentity.Unknown, RecordRequirement.Tower, Ct));
        var e = await FailureOf(validator.SetIdentityAsync(HeldIdentity.Staked, RecordRequirement.VoteHistory, Ct));
        Is(Effect.None, ValidatorFailure.NotSupported, e);
        Assert.Empty(_client.Log);
    }

    [Fact]
    public void Options_that_cannot_work_are_refused_at_once()
    {
        Assert.Throws<ArgumentException>(() => Validator(_client.Options with { GetIdentity = null }));
        Assert.Throws<ArgumentException>(() => Validator(_client.Options with { SetStaked = [] }));
        Assert.Throws<ArgumentException>(() => Validator(_client.Options with { SetStaked = ["fdctl", "set-identity"] }));
        Assert.Throws<ArgumentException>(() => Validator(_client.Options with { RemoveVoters = _client.Command("ok") }));
        Assert.Throws<ArgumentException>(() => Validator(_client.Options with { UnstakedIdentity = S }));
    }
}
