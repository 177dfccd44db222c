using Failover.Handoff;
using Wire = Failover.V1;

namespace Failover.Protocol.Mapping;

/// <summary>The messages of the handoff link. Each direction has its own: a message of the other direction is refused.</summary>
public static class PeerMapping
{
    /// <exception cref="ArgumentException">Only a target sends such a message.</exception>
    public static Wire.OpenHandoffRequest ToRequest(this PeerMessage message) => message switch
    {
        OpenMessage open => new() { Open = new() { Order = open.Order.ToProto(), Facts = open.Facts.ToProto() } },
        RunHooksMessage run => new() { RunHooks = new() { Order = run.Order.ToProto() } },
        PingMessage ping => new() { Ping = new() { Number = ping.Number } },
        HandOverMessage handOver => new()
        {
            HandOver = new()
            {
                Order = handOver.Order.ToProto(),
                PermitNonce = handOver.PermitNonce,
                Receipt = handOver.Receipt.ToProto(),
                Records = { handOver.Records.Select(RecordMapping.ToProto) },
            },
        },
        _ => throw new ArgumentException($"a source does not send {message.GetType().Name}", nameof(message)),
    };

    /// <exception cref="Agents.OrderRefusedException">A field is missing or cannot be right.</exception>
    public static PeerMessage ToDomain(this Wire.OpenHandoffRequest request) => request.MessageCase switch
    {
        Wire.OpenHandoffRequest.MessageOneofCase.Open =>
            new OpenMessage(request.Open.Order.ToDomain("open.order"), request.Open.Facts.ToDomain("open.facts")),
        Wire.OpenHandoffRequest.MessageOneofCase.Ping => new PingMessage(request.Ping.Number),
        Wire.OpenHandoffRequest.MessageOneofCase.RunHooks => new RunHooksMessage(request.RunHooks.Order.ToDomain("run_hooks.order")),
        Wire.OpenHandoffRequest.MessageOneofCase.HandOver => ToDomain(request.HandOver),
        _ => throw Field.Bad("", "message", "is missing"),
    };

    private static HandOverMessage ToDomain(Wire.HandOver handOver) => new(
        handOver.Order.ToDomain("hand_over.order"),
        Field.Nonce(handOver.PermitNonce, "hand_over", "permit_nonce"),
        handOver.Receipt.ToDomain("hand_over.receipt"),
        handOver.Records.ToDomain("hand_over", "records"));

    /// <exception cref="ArgumentException">Only a source sends such a message.</exception>
    public static Wire.OpenHandoffResponse ToResponse(this PeerMessage message) => message switch
    {
        ReadyMessage ready => new() { Ready = new() { Facts = ready.Facts.ToProto(), Permit = ready.Permit.ToProto() } },
        PongMessage pong => new()
        {
            Pong = new() { Number = pong.Number, WallClock = pong.WallClock.ToProto(), Permit = pong.Permit.ToProto() },
        },
        AnswerMessage answer => new() { Answer = answer.Answer.ToProto() },
        HooksDoneMessage done => new() { HooksDone = new() { Failure = Field.Text(done.Failure), Remedy = Field.Text(done.Remedy) } },
        FirstVoteMessage vote => new() { FirstVote = new() { Slot = vote.Slot } },
        _ => throw new ArgumentException($"a target does not send {message.GetType().Name}", nameof(message)),
    };

    /// <exception cref="Agents.OrderRefusedException">A field is missing or cannot be right.</exception>
    public static PeerMessage ToDomain(this Wire.OpenHandoffResponse response) => response.MessageCase switch
    {
        Wire.OpenHandoffResponse.MessageOneofCase.Ready =>
            new ReadyMessage(response.Ready.Facts.ToDomain("ready.facts"), response.Ready.Permit.ToDomain("ready.permit")),
        Wire.OpenHandoffResponse.MessageOneofCase.Pong => new PongMessage(
            response.Pong.Number, Field.Time(response.Pong.WallClock, "pong", "wall_clock"), response.Pong.Permit.ToDomain("pong.permit")),
        Wire.OpenHandoffResponse.MessageOneofCase.Answer => new AnswerMessage(response.Answer.ToDomain("answer")),
        Wire.OpenHandoffResponse.MessageOneofCase.HooksDone => new HooksDoneMessage(Field.Text(response.HooksDone.Failure), Field.Text(response.HooksDone.Remedy)),
        Wire.OpenHandoffResponse.MessageOneofCase.FirstVote => new FirstVoteMessage(response.FirstVote.Slot),
        _ => throw Field.Bad("", "message", "is missing"),
    };
}
