using System.Text.Json;
using Failover.Identities;
using Failover.Validators;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using static Failover.Tests.Validators.AdminServer;
using static Failover.Tests.Validators.CommandClient;

namespace Failover.Tests.Validators;

public sealed class AutoValidatorTests : IDisposable
{
    private readonly AdminServer _server = new();
    private readonly CommandClient _client = new();
    private readonly IValidator _validator;

    public AutoValidatorTests() =>
        _validator = ValidatorDriver.Choose(Socket, _client.Options, null, new FakeTimeProvider(), NullLoggerFactory.Instance);

    public void Dispose()
    {
        ((IDisposable)_validator).Dispose();
        _server.Dispose();
        _client.Dispose();
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private AgaveValidatorOptions Socket => new()
    {
        SocketPath = _server.Path,
        StakedKeypairPath = "/keys/staked.json",
        UnstakedKeypairPath = "/keys/unstaked.json",
        VoterKeypairPaths = ["/keys/staked.json"],
    };

    /// <summary>A socket whose identity follows what is asked; the refusal is what it says to set-identity, if anything.</summary>
    private static Func<string, JsonElement, string> Client(Func<string?> refusal, Func<Pubkey> identity) => (method, parameters) => method switch
    {
        "setIdentity" when refusal() is { } refused => refused,
        "setIdentity" when parameters[0].GetString() is "" => Error(-32602, "Failed to read identity keypair from : No such file or directory (os error 2)"),
        "contactInfo" => Result($$"""{"id":"{{identity()}}"}"""),
        _ => Result("null"),
    };

    private static string FrankendancerRefuses() => Error(-32600, "Invalid request");

    private Pubkey ClientIdentity() => _client.Log.Any(line => line == $"set {S}") ? S : U;

    private async Task<List<string>> AskedBy(Func<Task> act, Func<string, JsonElement, string> answer)
    {
        var asked = _server.AnswerAsync(answer, Ct);
        try
        {
            await act();
        }
        finally
        {
            ((IDisposable)_validator).Dispose();
        }
        return await asked;
    }

    private Task Promote() => _validator.SetIdentityAsync(HeldIdentity.Staked, RecordRequirement.Tower, Ct);

    [Fact]
    public async Task Agave_gets_its_identity_on_the_socket_after_an_order_that_cannot_be_carried_out()
    {
        var asked = await AskedBy(Promote, Client(() => null, () => U));

        Assert.Contains("[\"\",true,true]", asked[0], StringComparison.Ordinal);
        Assert.Contains("[\"/keys/staked.json\",true,true]", asked[1], StringComparison.Ordinal);
        Assert.Empty(_client.Log);
    }

    [Fact]
    public async Task Frankendancer_gets_its_identity_by_command_and_its_voters_on_the_socket()
    {
        var asked = await AskedBy(
            async () =>
            {
                await _validator.StopVotersAsync(Ct);
                await Promote();
                Assert.Equal(S, await _validator.ReadIdentityAsync(Ct));
            },
            Client(FrankendancerRefuses, ClientIdentity));

        Assert.Contains(asked, request => request.Contains("removeAllAuthorizedVoters", StringComparison.Ordinal));
        Assert.DoesNotContain(asked, request => request.Contains("staked.json", StringComparison.Ordinal));
        Assert.Equal($"set {S}", _client.Log[0]);
    }

    [Fact]
    public async Task A_frankendancer_that_switched_in_a_part_only_has_not_switched() =>
        await AskedBy(
            async () =>
            {
                var e = await Assert.ThrowsAsync<ValidatorException>(Promote);
                Assert.Equal((Effect.Unknown, ValidatorFailure.Unknown), (e.Effect, e.Failure));
            },
            Client(FrankendancerRefuses, () => U));

    [Fact]
    public async Task A_client_that_was_replaced_is_asked_again_after_its_refusal()
    {
        var frankendancer = false;
        await AskedBy(
            async () =>
            {
                await Promote();
                frankendancer = true;
                var e = await Assert.ThrowsAsync<ValidatorException>(Promote);
                Assert.Equal((Effect.None, ValidatorFailure.Refused), (e.Effect, e.Failure));
                await Promote();
            },
            Client(() => frankendancer ? FrankendancerRefuses() : null, ClientIdentity));

        Assert.Equal($"set {S}", _client.Log[0]);
    }

    [Fact]
    public async Task While_it_starts_up_nothing_is_decided() =>
        await AskedBy(
            async () => Assert.Equal(
                ValidatorFailure.StartingUp, (await Assert.ThrowsAsync<ValidatorException>(() => _validator.ReadIdentityAsync(Ct))).Failure),
            (_, _) => Error(-32602, "Retry once validator start up is complete"));

    [Fact]
    public void The_driver_follows_from_what_is_configured()
    {
        Assert.IsType<AutoValidator>(_validator);
        Assert.IsType<AgaveValidator>(ValidatorDriver.Choose(Socket, null, null, new FakeTimeProvider(), NullLoggerFactory.Instance));
        Assert.IsType<CommandValidator>(ValidatorDriver.Choose(null, _client.Options, null, new FakeTimeProvider(), NullLoggerFactory.Instance));
        Assert.Throws<ArgumentException>(() => ValidatorDriver.Choose(null, null, null, new FakeTimeProvider(), NullLoggerFactory.Instance));
        Assert.Equal(VotingStopProof.VoterFence, _validator.Proof);
    }
}
