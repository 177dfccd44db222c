using Failover.Agents;
using Failover.Handoff;
using Failover.Hooks;
using Failover.Identities;
using Wire = Failover.V1;

namespace Failover.Protocol.Mapping;

/// <summary>
/// What an agent reads out of a request. All throw <see cref="OrderRefusedException"/> with <see cref="RefusalReason.BadRequest"/> when a field
/// is missing or cannot be right.
/// </summary>
public static class RequestMapping
{
    public static TimeSpan ToInterval(this Wire.WatchStatusRequest request) => request.Interval is null
        ? Limits.IntervalUnlessTold
        : Field.Span(request.Interval, Limits.ShortestInterval, Limits.LongestInterval, "", "interval");

    /// <summary>The override is null unless a reason is given.</summary>
    public static (HeldIdentity Identity, string? OverrideReason) ToDomain(this Wire.SetIdentityRequest request) =>
        (request.Identity.ToDomain("", "identity"), Override(request.OverrideReason));

    /// <summary>The override is null unless a reason is given.</summary>
    public static (HeldIdentity Identity, string? OverrideReason) ToDomain(this Wire.RelinkRequest request) =>
        (request.Identity.ToDomain("", "identity"), Override(request.OverrideReason));

    public static string ToPeer(this Wire.SendRecordRequest request) => Field.Name(request.Peer, "", "peer");

    public static int ToMost(this Wire.GetHistoryRequest request) => request.Most switch
    {
        0 => Limits.HistoryEntriesUnlessTold,
        <= Limits.HistoryEntries => (int)request.Most,
        _ => throw Field.Bad("", "most", $"must be at most {Limits.HistoryEntries}"),
    };

    public static (HandoffOrder Order, HandoffRole Role, HookUse Hooks) ToDomain(this Wire.PrepareRequest request) => (
        request.Order.ToDomain("order"), request.Role.ToDomain("", "role"),
        request.Hooks.ToDomainOrUnknown("", "hooks") is var hooks && hooks == HookUse.Unknown ? HookUse.Run : hooks);

    public static (HandoffId Handoff, long FromSequence) ToDomain(this Wire.FollowRequest request) => (
        Field.HandoffId(request.HandoffId, "", "handoff_id"), Math.Max(Field.Int64(request.FromSequence, "", "from_sequence"), 1));

    public static HandoffId ToDomain(this Wire.AbortRequest request) => Field.HandoffId(request.HandoffId, "", "handoff_id");

    public static HandoffOrder ToDomain(this Wire.WithdrawRequest request) => request.Order.ToDomain("order");

    private static string? Override(string reason) =>
        string.IsNullOrWhiteSpace(reason) ? null : Field.Reason(reason, "", "override_reason");
}
