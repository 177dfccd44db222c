using Failover.Agents;
using Grpc.Core;

namespace Failover.Protocol.Errors;

/// <summary>How each reason travels: its name on the wire, and the status that it goes with. The first row of a reason is the usual one.</summary>
internal static class ReasonNames
{
    private static readonly (RefusalReason Reason, string Name, StatusCode Status)[] All =
    [
        (RefusalReason.BadRequest, "BAD_REQUEST", StatusCode.InvalidArgument),
        (RefusalReason.StaleToken, "STALE_TOKEN", StatusCode.FailedPrecondition),
        (RefusalReason.Locked, "LOCKED", StatusCode.FailedPrecondition),
        (RefusalReason.OrderDiffers, "ORDER_DIFFERS", StatusCode.FailedPrecondition),
        (RefusalReason.NotFound, "NOT_FOUND", StatusCode.NotFound),
        (RefusalReason.WrongPhase, "WRONG_PHASE", StatusCode.FailedPrecondition),
        (RefusalReason.PreflightFailed, "PREFLIGHT_FAILED", StatusCode.FailedPrecondition),
        (RefusalReason.NotShownSafe, "NOT_SHOWN_SAFE", StatusCode.FailedPrecondition),
        (RefusalReason.StateDamaged, "STATE_DAMAGED", StatusCode.FailedPrecondition),
        (RefusalReason.WrongCluster, "WRONG_CLUSTER", StatusCode.FailedPrecondition),
        (RefusalReason.ValidatorFailed, "VALIDATOR_FAILED", StatusCode.FailedPrecondition),
        (RefusalReason.PeerFailed, "PEER_FAILED", StatusCode.FailedPrecondition),
        (RefusalReason.NotAllowed, "CERTIFICATE_NOT_ALLOWED", StatusCode.PermissionDenied),
        (RefusalReason.NotAllowed, "CERTIFICATE_NOT_ALLOWED", StatusCode.Unauthenticated),
    ];

    /// <summary>Null for a reason that must not travel as a refusal.</summary>
    public static (string Name, StatusCode Status)? Of(RefusalReason reason)
    {
        var row = Array.Find(All, row => row.Reason == reason);
        return row.Name is null ? null : (row.Name, row.Status);
    }

    /// <summary><see cref="RefusalReason.Unknown"/> unless name and status belong together.</summary>
    public static RefusalReason Read(string name, StatusCode status) =>
        Array.Find(All, row => row.Name == name && row.Status == status).Reason;
}
