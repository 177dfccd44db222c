using Failover.Agents;
using Failover.Examinations;
using Failover.Handoff;
using Wire = Failover.V1;

namespace Failover.Protocol.Mapping;

/// <summary>What only the calls of a coordinator carry.</summary>
public static class AgentMapping
{
    public static Wire.PreflightCheck ToProto(this PreflightCheck check) => new()
    {
        Name = check.Name,
        Outcome = check.Outcome.ToProto(),
        Seen = Field.Text(check.Seen),
        Remedy = Field.Text(check.Remedy),
    };

    /// <exception cref="OrderRefusedException">A field is missing or cannot be right.</exception>
    public static PreflightCheck ToDomain(this Wire.PreflightCheck check, string at) => new(
        Field.Name(check.Name, at, "name"), check.Outcome.ToDomain(at, "outcome"), Field.Text(check.Seen), Field.Text(check.Remedy));

    public static Wire.PrepareResponse ToProto(this PrepareReport report) => new()
    {
        Facts = report.Facts.ToProto(),
        PeerFacts = report.PeerFacts?.ToProto(),
        // Not cut: a check that is left out would read as one that passes. The reader refuses too many.
        Checks = { report.Checks.Select(ToProto) },
        RoundTrip = report.RoundTrip?.ToProto(),
        ClockOffset = report.ClockOffset?.ToProto(),
    };

    /// <exception cref="OrderRefusedException">A field is missing or cannot be right.</exception>
    public static PrepareReport ToDomain(this Wire.PrepareResponse response)
    {
        Field.Count(response.Checks.Count, Limits.Checks, "", "checks");
        return new PrepareReport(
            response.Facts.ToDomain("facts"),
            response.PeerFacts?.ToDomain("peer_facts"),
            [.. response.Checks.Select((check, i) => check.ToDomain(RecordMapping.Item("", "checks", i)))],
            Field.OptionalSpan(response.RoundTrip, "", "round_trip"),
            Field.OptionalSpan(response.ClockOffset, "", "clock_offset"));
    }

    public static Wire.ExamineResponse ToProto(this Examination examination) => new()
    {
        Facts = examination.Facts.ToProto(),
        // Not cut, as with prepare.
        Checks = { examination.Checks.Select(ToProto) },
        Peers = { examination.Peers.Take(Limits.Peers).Select(ToProto) },
    };

    /// <exception cref="OrderRefusedException">A field is missing or cannot be right.</exception>
    public static Examination ToDomain(this Wire.ExamineResponse response)
    {
        Field.Count(response.Checks.Count, Limits.Checks, "", "checks");
        Field.Count(response.Peers.Count, Limits.Peers, "", "peers");
        return new Examination(
            response.Facts.ToDomain("facts"),
            [.. response.Checks.Select((check, i) => check.ToDomain(RecordMapping.Item("", "checks", i)))],
            [.. response.Peers.Select((peer, i) => peer.ToDomain(RecordMapping.Item("", "peers", i)))]);
    }

    public static Wire.PeerStanding ToProto(this PeerStanding peer) =>
        new() { Name = peer.Name, Address = Field.Word(peer.Address), Took = peer.Took?.ToProto(), Problem = Field.Text(peer.Problem) };

    /// <exception cref="OrderRefusedException">A field is missing or cannot be right.</exception>
    public static PeerStanding ToDomain(this Wire.PeerStanding peer, string at) => new(
        Field.Name(peer.Name, at, "name"), Field.Word(peer.Address), Field.OptionalSpan(peer.Took, at, "took"), Field.Text(peer.Problem));

    public static Wire.CommitRequest ToProto(this CommitOptions options, HandoffOrder order)
    {
        var request = new Wire.CommitRequest
        {
            Order = order.ToProto(),
            MinIdleTime = options.MinIdleTime.ToProto(),
            NewSnapshot = options.NewSnapshot,
            OverrideReason = options.OverrideReason,
        };
        if (options.MaxDelinquentStake is { } most)
        {
            request.MaxDelinquentStake = most;
        }
        return request;
    }

    /// <exception cref="OrderRefusedException">A field is missing or cannot be right.</exception>
    public static (HandoffOrder Order, CommitOptions Options) ToDomain(this Wire.CommitRequest request)
    {
        var idle = request.MinIdleTime is null ? TimeSpan.Zero : Field.Span(request.MinIdleTime, TimeSpan.Zero, Limits.MinIdleTime, "", "min_idle_time");
        double? most = request.HasMaxDelinquentStake ? request.MaxDelinquentStake : null;
        if (most is not null and not (> 0 and <= 1))
        {
            throw Field.Bad("", "max_delinquent_stake", "must be above 0 and at most 1");
        }
        var reason = Field.Reason(request.OverrideReason, "", "override_reason");
        if (idle > TimeSpan.Zero && reason.Length > 0)
        {
            throw Field.Bad("", "override_reason", "comes only without min_idle_time: there is nothing to override");
        }
        return (request.Order.ToDomain("order"), new CommitOptions(idle) { MaxDelinquentStake = most, NewSnapshot = request.NewSnapshot, OverrideReason = reason });
    }

    public static Wire.ResumeRequest ToProto(this OperatorAssertion? assertion, HandoffId handoff) => new()
    {
        HandoffId = handoff.ToString(),
        TargetIsFenced = assertion?.TargetIsFenced ?? false,
        Reason = assertion?.Reason ?? "",
    };

    /// <summary>No assertion when the operator vouches for nothing. Vouching without a reason is refused: it could not be recorded.</summary>
    /// <exception cref="OrderRefusedException">A field is missing or cannot be right.</exception>
    public static (HandoffId Handoff, OperatorAssertion? Assertion) ToDomain(this Wire.ResumeRequest request)
    {
        var handoff = Field.HandoffId(request.HandoffId, "", "handoff_id");
        var reason = Field.Reason(request.Reason, "", "reason");
        return (request.TargetIsFenced, string.IsNullOrWhiteSpace(reason)) switch
        {
            (true, true) => throw Field.Bad("", "reason", "is missing: say how you made certain that the target is fenced"),
            (true, false) => (handoff, new OperatorAssertion(true, reason)),
            (false, true) => (handoff, null),
            (false, false) => (handoff, new OperatorAssertion(false, reason)),
        };
    }
}
