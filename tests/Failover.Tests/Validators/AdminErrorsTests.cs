using Failover.Validators;

namespace Failover.Tests.Validators;

public sealed class AdminErrorsTests
{
    [Theory]
    [InlineData("contactInfo", -32602, "Retry once validator start up is complete", Effect.None, ValidatorFailure.StartingUp)]
    [InlineData("setIdentity", -32602, "Retry once validator start up is complete", Effect.None, ValidatorFailure.StartingUp)]
    [InlineData("contactInfo", -32601, "Method not found", Effect.None, ValidatorFailure.NotSupported)]
    [InlineData("setIdentity", -32601, "Method not found", Effect.None, ValidatorFailure.NotSupported)]
    [InlineData("contactInfo", -32600, "Invalid request", Effect.None, ValidatorFailure.Refused)]
    [InlineData("setIdentity", -32600, "Invalid request", Effect.None, ValidatorFailure.Refused)]
    [InlineData("removeAllAuthorizedVoters", -32602, "Invalid parameters: No parameters were expected", Effect.None, ValidatorFailure.Refused)]
    [InlineData("addAuthorizedVoter", -32602, "No such file or directory (os error 2)", Effect.None, ValidatorFailure.Refused)]
    [InlineData("setIdentity", -32602, "Invalid params: invalid length 3, expected fewer elements in array.", Effect.None, ValidatorFailure.Refused)]
    [InlineData("setIdentity", -32602, "Failed to read identity keypair from /k: Permission denied (os error 13)", Effect.None, ValidatorFailure.Refused)]
    [InlineData("setIdentity", -32602, "Changing identity from staked node A to staked node B is not supported", Effect.None, ValidatorFailure.Refused)]
    [InlineData("setIdentity", -32602, "Unable to load tower file for identity A: IO Error: No such file", Effect.None, ValidatorFailure.Refused)]
    [InlineData("setIdentity", -32602, "Unable to load vote history file for identity A: IO Error", Effect.None, ValidatorFailure.Refused)]
    [InlineData("setIdentity", -32602, "some words that a later version may say after step 3", Effect.Unknown, ValidatorFailure.Refused)]
    [InlineData("setIdentity", -32603, "Internal error", Effect.Unknown, ValidatorFailure.Refused)]
    [InlineData("setIdentity", -32603, "Failed to send SetIdentity event: closed", Effect.Unknown, ValidatorFailure.Refused)]
    [InlineData("contactInfo", -32603, "Internal error", Effect.Unknown, ValidatorFailure.Refused)]
    [InlineData("setIdentity", -32000, "anything else", Effect.Unknown, ValidatorFailure.Refused)]
    [InlineData("setIdentity", 0, "", Effect.Unknown, ValidatorFailure.Refused)]
    public void Each_error_says_what_it_proves(string method, int code, string words, Effect effect, ValidatorFailure failure)
    {
        var e = AdminErrors.ToException(method, new AdminError(code, words));

        Assert.Equal((effect, failure), (e.Effect, e.Failure));
        Assert.Contains(words, e.Message, StringComparison.Ordinal);
        Assert.Contains(method, e.Message, StringComparison.Ordinal);
    }
}
