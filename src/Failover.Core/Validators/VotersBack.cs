namespace Failover.Validators;

public static class VotersBack
{
    /// <summary>Gives the voters back and, where the client tells, sees that they are there: a validator that holds S without them votes for nobody.</summary>
    /// <exception cref="ValidatorException">They are not.</exception>
    public static async Task GiveVotersAndLookAsync(this IValidator validator, CancellationToken ct)
    {
        await validator.GiveVotersBackAsync(ct);
        if (await validator.ReadVotingEnabledAsync(ct) == false)
        {
            throw new ValidatorException(Effect.Unknown, ValidatorFailure.Refused, "its authorized-voter list is empty although it took the voters");
        }
    }
}
