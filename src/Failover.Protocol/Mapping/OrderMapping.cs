using Failover.Handoff;
using Wire = Failover.V1;

namespace Failover.Protocol.Mapping;

/// <summary>Orders and permits.</summary>
public static class OrderMapping
{
    public static Wire.HandoffOrder ToProto(this HandoffOrder order) => new()
    {
        HandoffId = order.Id.ToString(),
        FencingToken = order.Token.Value,
        StakedIdentity = order.StakedIdentity.ToString(),
        VoteAccount = order.VoteAccount.ToString(),
        GenesisHash = order.GenesisHash,
        Source = order.Source,
        Target = order.Target,
    };

    /// <exception cref="Agents.OrderRefusedException">A field is missing or cannot be right.</exception>
    public static HandoffOrder ToDomain(this Wire.HandoffOrder? order, string at)
    {
        Field.Present(order, "", at);
        var source = Field.Name(order.Source, at, "source");
        var target = Field.Name(order.Target, at, "target");
        return source == target
            ? throw Field.Bad(at, "target", "must be another node than the source")
            : new HandoffOrder(
                Field.HandoffId(order.HandoffId, at, "handoff_id"),
                Field.Token(order.FencingToken, at, "fencing_token"),
                Field.Key(order.StakedIdentity, at, "staked_identity"),
                Field.Key(order.VoteAccount, at, "vote_account"),
                Field.GenesisHash(order.GenesisHash, at, "genesis_hash"),
                source,
                target);
    }

    public static Wire.Permit ToProto(this Permit permit) => new() { Nonce = permit.Nonce, Life = permit.Life.ToProto() };

    /// <exception cref="Agents.OrderRefusedException">A field is missing or cannot be right.</exception>
    public static Permit ToDomain(this Wire.Permit? permit, string at)
    {
        Field.Present(permit, "", at);
        return new Permit(Field.Nonce(permit.Nonce, at, "nonce"), Field.Span(permit.Life, TimeSpan.FromTicks(1), Limits.PermitLife, at, "life"));
    }

    internal static Google.Protobuf.WellKnownTypes.Duration ToProto(this TimeSpan span) =>
        Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(span);

    internal static Google.Protobuf.WellKnownTypes.Timestamp ToProto(this DateTimeOffset time) =>
        Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(time);
}
