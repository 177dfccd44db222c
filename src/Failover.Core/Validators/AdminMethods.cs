namespace Failover.Validators;

/// <summary>The methods of Agave's admin socket that are used here, under its own names.</summary>
internal static class AdminMethods
{
    public const string AddAuthorizedVoter = "addAuthorizedVoter";
    public const string ContactInfo = "contactInfo";
    public const string RemoveAllAuthorizedVoters = "removeAllAuthorizedVoters";
    public const string SetIdentity = "setIdentity";
    public const string StartProgress = "startProgress";
    public const string ValidatorAdmissionTicketStatus = "validatorAdmissionTicketStatus";
}
