namespace Failover.Validators;

/// <summary>
/// What each error that the admin socket can answer says about the call's effect. Codes and texts are Agave's and jsonrpc-core 18's,
/// the same from 2.3 to 4.3. Only the texts listed prove that set-identity changed nothing; tails vary with crate versions.
/// </summary>
internal static class AdminErrors
{
    public const int InvalidRequest = -32600;
    public const int MethodNotFound = -32601;
    public const int InvalidParams = -32602;

    // Agave gives it the code of bad parameters.
    public const string NotStartedUp = "Retry once validator start up is complete";

    public const string KeypairUnreadable = "Failed to read identity keypair from ";

    // All are answered before set-identity touches anything: its parameters, the keypair file, the checks of stake and record.
    private static readonly string[] SetIdentityRefusals =
    [
        "Invalid params",
        "Invalid parameters",
        "`params` should be an array",
        KeypairUnreadable,
        "Changing identity from staked node ",
        "Unable to load tower file for identity ",
        "Unable to load vote history file for identity ",
    ];

    public static ValidatorException ToException(string method, AdminError error)
    {
        var (effect, failure) = Judge(method, error);
        return new ValidatorException(effect, failure, $"the validator refused {method}: {error.Message} (code {error.Code})");
    }

    public static (Effect Effect, ValidatorFailure Failure) Judge(string method, AdminError error) => error.Code switch
    {
        InvalidParams when error.Message == NotStartedUp => (Effect.None, ValidatorFailure.StartingUp),
        InvalidParams when method == AdminMethods.SetIdentity && !IsSetIdentityRefusal(error.Message) =>
            (Effect.Unknown, ValidatorFailure.Refused),
        InvalidParams or InvalidRequest => (Effect.None, ValidatorFailure.Refused),
        MethodNotFound => (Effect.None, ValidatorFailure.NotSupported),
        // Among them -32603: set-identity answers it also when half of it is done, or all of it.
        _ => (Effect.Unknown, ValidatorFailure.Refused),
    };

    private static bool IsSetIdentityRefusal(string message) =>
        Array.Exists(SetIdentityRefusals, start => message.StartsWith(start, StringComparison.Ordinal));
}
