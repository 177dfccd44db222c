namespace Failover.Validators;

/// <summary>
/// setIdentity in the form that the running version takes: (path, require_tower) up to 4.1, with require_vote_history from 4.2 on.
/// A wrong count is refused while the parameters are read, before any effect, so trying is safe. What was found is remembered as the
/// first guess only: the validator may be replaced by another version at any time, in either direction.
/// </summary>
internal sealed class SetIdentityCall(AdminSocket socket)
{
    // Exactly these: any other refusal is the answer.
    private const string ThreeAreTooMany = "Invalid params: invalid length 3, expected fewer elements in array.";
    private const string TwoAreTooFew = "Invalid params: invalid length 2, expected a tuple of size 3.";

    private volatile bool _takesThree = true;

    public async Task<AdminReply> SendAsync(string keypairPath, RecordRequirement require, CancellationToken ct)
    {
        var three = _takesThree;
        var reply = await SendAsync(keypairPath, require, three, ct);
        if (reply.Error is { Code: AdminErrors.InvalidParams } error && error.Message == (three ? ThreeAreTooMany : TwoAreTooFew))
        {
            _takesThree = !three;
            reply = await SendAsync(keypairPath, require, !three, ct);
        }
        return reply;
    }

    private Task<AdminReply> SendAsync(string keypairPath, RecordRequirement require, bool three, CancellationToken ct)
    {
        // require_vote_history is the validator's own default: it only ever refuses under Alpenglow, and never an identity that has not
        // voted. require_tower is taken literally even under Alpenglow, where there may be no tower.
        var (tower, voteHistory) = require switch
        {
            RecordRequirement.None or RecordRequirement.VoteHistory => (false, true),
            RecordRequirement.Tower => (true, true),
            _ => throw new ArgumentOutOfRangeException(nameof(require), require, null),
        };
        if (!three && require == RecordRequirement.VoteHistory)
        {
            throw new ValidatorException(
                Effect.None, ValidatorFailure.NotSupported,
                "this version of the validator (before 4.2) cannot be told to require the vote history, so it is not given the identity");
        }
        return socket.CallAsync(
            AdminMethods.SetIdentity,
            json =>
            {
                json.WriteStringValue(keypairPath);
                json.WriteBooleanValue(tower);
                if (three)
                {
                    json.WriteBooleanValue(voteHistory);
                }
            },
            ct);
    }
}
