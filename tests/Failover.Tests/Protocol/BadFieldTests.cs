using Failover.Agents;
using Failover.Handoff;
using Failover.Protocol.Mapping;
using Failover.Records;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Wire = Failover.V1;

namespace Failover.Tests.Protocol;

/// <summary>Nothing that cannot be right gets in, and the refusal names the field.</summary>
public sealed class BadFieldTests
{
    private static readonly Duration NotNormal = new() { Seconds = 1, Nanos = -5 };

    private static readonly Dictionary<string, Action<Wire.HandoffOrder>> BadOrders = new()
    {
        ["order.handoff_id must be 8 to 64"] = order => order.HandoffId = "short",
        ["order.handoff_id must be 8 to 64 of"] = order => order.HandoffId = "Upper-Case-1",
        ["order.handoff_id must be 8 to 64 of a"] = order => order.HandoffId = new string('a', 65),
        ["order.handoff_id must be 8 to 64 of a-z"] = order => order.HandoffId = "with-newline\n",
        ["order.fencing_token must be above 0"] = order => order.FencingToken = 0,
        ["order.staked_identity must be"] = order => order.StakedIdentity = "",
        ["order.staked_identity must be the base58"] = order => order.StakedIdentity = "0OIl",
        ["order.vote_account must be"] = order => order.VoteAccount = new string('1', 31),
        ["order.genesis_hash must be"] = order => order.GenesisHash = "",
        ["order.source must be 1 to 64"] = order => order.Source = "",
        ["order.source must be 1 to 64 of"] = order => order.Source = "../etc",
        ["order.target must be 1 to 64"] = order => order.Target = new string('t', 65),
        ["order.target must be another node"] = order => order.Target = order.Source,
    };

    private static readonly Dictionary<string, Action<Wire.NodeFacts>> BadFacts = new()
    {
        ["facts.node must be"] = facts => facts.Node = "",
        ["facts.at is missing"] = facts => facts.At = null,
        ["facts.at is not a valid time"] = facts => facts.At = new Timestamp { Seconds = long.MaxValue },
        ["facts.staked_identity must be"] = facts => facts.StakedIdentity = "x",
        ["facts.unstaked_identity must be"] = facts => facts.UnstakedIdentity = "x",
        ["facts.vote_account must be"] = facts => facts.VoteAccount = "",
        ["facts.link_points_to has a value"] = facts => facts.LinkPointsTo = (Wire.HeldIdentity)9,
        ["facts.running_identity must be"] = facts => facts.RunningIdentity = "x",
        ["facts.holds has a value"] = facts => facts.Holds = (Wire.HeldIdentity)9,
        ["facts.proof has a value"] = facts => facts.Proof = (Wire.VotingStopProof)9,
        ["facts.admin_latency is not a valid duration"] = facts => facts.AdminLatency = NotNormal,
        ["facts.genesis_hash must be"] = facts => facts.GenesisHash = "x",
        ["facts.epoch.slot_index contradicts"] = facts => facts.Epoch.SlotIndex = facts.Epoch.SlotsInEpoch,
        ["facts.epoch.slot_index contradicts the"] = facts => facts.Epoch.AbsoluteSlot = 1,
        ["facts.consensus_phase has a value"] = facts => facts.ConsensusPhase = (Wire.ConsensusPhase)9,
        ["facts.vote_account_on_chain.vote_account must be"] = facts => facts.VoteAccountOnChain.VoteAccount = "",
        ["facts.vote_account_on_chain.node must be"] = facts => facts.VoteAccountOnChain.Node = "",
        ["facts.next_leader_slots must have at most 64 entries, not 65"] = facts => facts.NextLeaderSlots.Add(Enumerable.Repeat(1UL, 63)),
        ["facts.records must have at most 16"] = facts => facts.Records.Add(Enumerable.Repeat(facts.Records[0], 16)),
        ["facts.records[0].kind is missing"] = facts => facts.Records[0].Kind = 0,
        ["facts.records[0].format must be"] = facts => facts.Records[0].Format = "",
        ["facts.records[0].size must be"] = facts => facts.Records[0].Size = 64 * 1024 + 1,
        ["facts.records[0].sha256 must be"] = facts => facts.Records[0].Sha256 = new string('A', 64),
        ["facts.free_bytes is too large"] = facts => facts.FreeBytes = ulong.MaxValue,
        ["facts.promised has a value"] = facts => facts.Promised = (Wire.PromisedRole)9,
        ["facts.last_handoff.order is missing"] = facts => facts.LastHandoff.Order = null,
        ["facts.last_handoff.order.source must be"] = facts => facts.LastHandoff.Order.Source = "",
        ["facts.last_handoff.phase has a value"] = facts => facts.LastHandoff.Phase = (Wire.HandoffPhase)9,
        ["facts.last_handoff.ending has a value"] = facts => facts.LastHandoff.Ending = (Wire.HandoffEnding)9,
        ["facts.last_handoff.receipt.proof is missing"] = facts => facts.LastHandoff.Receipt.Proof = 0,
        ["facts.last_handoff.receipt.handoff_id must be"] = facts => facts.LastHandoff.Receipt.HandoffId = "",
        ["facts.last_handoff.receipt.fencing_token must be"] = facts => facts.LastHandoff.Receipt.FencingToken = 0,
        ["facts.last_handoff.receipt.staked_identity must be"] = facts => facts.LastHandoff.Receipt.StakedIdentity = "",
        ["facts.last_handoff.receipt.records must have at most one record per kind"] =
            facts => facts.LastHandoff.Receipt.Records.Add(facts.LastHandoff.Receipt.Records[0].Clone()),
        ["facts.last_handoff.vote_gap is not a valid duration"] = facts => facts.LastHandoff.VoteGap = NotNormal,
        ["facts.since_last_switch is not a valid duration"] = facts => facts.SinceLastSwitch = NotNormal,
        ["facts.problems must have at most 64"] = facts => facts.Problems.Add(Enumerable.Repeat("p", 64)),
    };

    private static readonly Dictionary<string, Action<Wire.HandoffEvent>> BadEvents = new()
    {
        ["event.sequence must be above 0"] = line => line.Sequence = 0,
        ["event.sequence is too large"] = line => line.Sequence = ulong.MaxValue,
        ["event.handoff_id must be"] = line => line.HandoffId = "",
        ["event.node must be"] = line => line.Node = "",
        ["event.at is missing"] = line => line.At = null,
        ["event.since_start is missing"] = line => line.SinceStart = null,
        ["event.since_start is not a valid duration"] = line => line.SinceStart = NotNormal,
        ["event.step is missing"] = line => line.Step = 0,
        ["event.outcome comes only with the end"] = line => line.Step = Wire.HandoffStep.Seal,
        ["event.state is missing"] = line => line.State = 0,
        ["event.state has a value"] = line => line.State = (Wire.StepState)9,
        ["event.outcome.order is missing"] = line => line.Outcome.Order = null,
    };

    private static readonly Dictionary<string, Action> BadRequests = new()
    {
        ["order is missing"] = () => new Wire.PrepareRequest { Role = Wire.HandoffRole.Source }.ToDomain(),
        ["role is missing"] = () => new Wire.PrepareRequest { Order = Samples.Order.ToProto() }.ToDomain(),
        ["role has a value"] = () => new Wire.PrepareRequest { Order = Samples.Order.ToProto(), Role = (Wire.HandoffRole)9 }.ToDomain(),
        ["max_delinquent_stake must be above 0"] = () => new Wire.CommitRequest { Order = Samples.Order.ToProto(), MaxDelinquentStake = 0 }.ToDomain(),
        ["max_delinquent_stake must be above 0 and at most 1"] = () => new Wire.CommitRequest { Order = Samples.Order.ToProto(), MaxDelinquentStake = double.NaN }.ToDomain(),
        ["override_reason must have"] = () => new Wire.CommitRequest { Order = Samples.Order.ToProto(), OverrideReason = new string('x', Limits.Reason + 1) }.ToDomain(),
        ["override_reason comes only without"] =
            () => new Wire.CommitRequest { Order = Samples.Order.ToProto(), MinIdleTime = new Duration { Seconds = 1 }, OverrideReason = "why" }.ToDomain(),
        ["min_idle_time must be from"] = () => new Wire.CommitRequest { Order = Samples.Order.ToProto(), MinIdleTime = new Duration { Seconds = -1 } }.ToDomain(),
        ["min_idle_time must be from 00:00:00 to"] =
            () => new Wire.CommitRequest { Order = Samples.Order.ToProto(), MinIdleTime = new Duration { Seconds = 90_000 } }.ToDomain(),
        ["handoff_id must be"] = () => new Wire.FollowRequest().ToDomain(),
        ["from_sequence is too large"] = () => new Wire.FollowRequest { HandoffId = "handoff-1", FromSequence = ulong.MaxValue }.ToDomain(),
        ["handoff_id must be 8"] = () => new Wire.AbortRequest { HandoffId = "x" }.ToDomain(),
        ["handoff_id must be 8 to"] = () => new Wire.ResumeRequest { HandoffId = "x" }.ToDomain(),
        ["reason is missing"] = () => new Wire.ResumeRequest { HandoffId = "handoff-1", TargetIsFenced = true, Reason = " " }.ToDomain(),
        ["reason must have at most"] = () => new Wire.ResumeRequest { HandoffId = "handoff-1", Reason = new string('r', 1_001) }.ToDomain(),
        ["identity is missing"] = () => new Wire.SetIdentityRequest().ToDomain(),
        ["identity has a value"] = () => new Wire.RelinkRequest { Identity = (Wire.HeldIdentity)9 }.ToDomain(),
        ["override_reason must have at most"] =
            () => new Wire.RelinkRequest { Identity = Wire.HeldIdentity.Staked, OverrideReason = new string('r', 1_001) }.ToDomain(),
        ["peer must be"] = () => new Wire.SendRecordRequest { Peer = "../x" }.ToPeer(),
        ["most must be at most"] = () => new Wire.GetHistoryRequest { Most = 1_001 }.ToMost(),
        ["interval must be from"] = () => new Wire.WatchStatusRequest { Interval = new Duration { Nanos = 1 } }.ToInterval(),
        ["interval is not a valid duration"] = () => new Wire.WatchStatusRequest { Interval = NotNormal }.ToInterval(),
        ["order is missing "] = () => new Wire.WithdrawRequest().ToDomain(),
    };

    private static readonly Dictionary<string, Action> BadPeerMessages = new()
    {
        ["message is missing"] = () => new Wire.OpenHandoffRequest().ToDomain(),
        ["message is missing "] = () => new Wire.OpenHandoffResponse().ToDomain(),
        ["open.order is missing"] = () => new Wire.OpenHandoffRequest { Open = new() }.ToDomain(),
        ["open.facts is missing"] = () => new Wire.OpenHandoffRequest { Open = new() { Order = Samples.Order.ToProto() } }.ToDomain(),
        ["hand_over.order is missing"] = () => HandOver(message => message.Order = null),
        ["hand_over.permit_nonce must be"] = () => HandOver(message => message.PermitNonce = "12"),
        ["hand_over.receipt is missing"] = () => HandOver(message => message.Receipt = null),
        ["hand_over.records[0].kind is missing"] = () => HandOver(message => message.Records[0].Kind = 0),
        ["hand_over.records[0].content must have 1 to 65536 bytes, not 0"] = () => HandOver(message => message.Records[0].Content = ByteString.Empty),
        ["hand_over.records[0].content must have 1 to 65536 bytes, not 65537"] =
            () => HandOver(message => message.Records[0].Content = ByteString.CopyFrom(new byte[65_537])),
        ["hand_over.records must have at most 2"] = () => HandOver(message => message.Records.Add(Enumerable.Repeat(message.Records[0], 2))),
        ["hand_over.records must have at most one record per kind"] = () => HandOver(message => message.Records.Add(message.Records[0])),
        ["ready.facts is missing"] = () => new Wire.OpenHandoffResponse { Ready = new() }.ToDomain(),
        ["ready.permit is missing"] = () => new Wire.OpenHandoffResponse { Ready = new() { Facts = Samples.Facts.ToProto() } }.ToDomain(),
        ["pong.wall_clock is missing"] = () => new Wire.OpenHandoffResponse { Pong = new() { Permit = Samples.Permit.ToProto() } }.ToDomain(),
        ["permit.nonce must be"] = () => new Wire.Permit { Nonce = new string('g', 32), Life = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)) }.ToDomain("permit"),
        ["permit.life is missing"] = () => new Wire.Permit { Nonce = Samples.Nonce }.ToDomain("permit"),
        ["permit.life must be from"] = () => new Wire.Permit { Nonce = Samples.Nonce, Life = new Duration() }.ToDomain("permit"),
        ["answer.kind is missing"] = () => new Wire.OpenHandoffResponse { Answer = new() }.ToDomain(),
        ["answer.newer comes only with a refusal"] = () => new TargetAnswer(AnswerKind.Promoted, "", [Samples.Bytes(RecordKind.Tower, 5)]).ToProto().ToDomain("answer"),
        ["kind is missing"] = () => new RecordAssembler().Add(new Wire.KeepAsideRequest { Chunk = ByteString.CopyFrom(1) }),
        ["chunk must have 1 to"] = () => new RecordAssembler().Add(new Wire.KeepAsideRequest { Kind = Wire.RecordKind.Tower }),
        ["chunk is missing"] = () => new RecordAssembler().Finish(),
        ["chunk makes the record larger"] = () =>
        {
            var assembler = new RecordAssembler();
            assembler.Add(new Wire.KeepAsideRequest { Kind = Wire.RecordKind.Tower, Chunk = ByteString.CopyFrom(new byte[Limits.ChunkBytes]) });
            assembler.Add(new Wire.KeepAsideRequest { Kind = Wire.RecordKind.Tower, Chunk = ByteString.CopyFrom(1) });
        },
        ["kind begins a second record"] = () =>
        {
            var assembler = new RecordAssembler();
            assembler.Add(new Wire.KeepAsideRequest { Kind = Wire.RecordKind.Tower, Chunk = ByteString.CopyFrom(1) });
            assembler.Add(new Wire.KeepAsideRequest { Kind = Wire.RecordKind.VoteHistory, Chunk = ByteString.CopyFrom(1) });
            assembler.Add(new Wire.KeepAsideRequest { Kind = Wire.RecordKind.Tower, Chunk = ByteString.CopyFrom(1) });
        },
        ["checks must have at most"] = () => new PrepareReport(Samples.Facts, null, [.. Enumerable.Repeat(Samples.Check, Limits.Checks + 1)], null, null).ToProto().ToDomain(),
        ["checks[0].name must be"] = () => new PrepareReport(Samples.Facts, null, [Samples.Check with { Name = "Disk Space" }], null, null).ToProto().ToDomain(),
        ["checks[0].outcome is missing"] = () => new PrepareReport(Samples.Facts, null, [Samples.Check with { Outcome = 0 }], null, null).ToProto().ToDomain(),
        ["entry.kind must be"] = () => new HistoryEntry(Samples.At, "", "", null, []).ToProto().ToDomain(),
        ["entry.at is missing"] = () => new Wire.HistoryEntry { Kind = "start" }.ToDomain(),
        ["entry.events must have at most"] = () =>
            new Wire.HistoryEntry { Kind = "start", Events = { Enumerable.Repeat(new Wire.HandoffEvent(), Limits.EventsPerEntry + 1) } }.ToDomain(),
    };

    public static TheoryData<string> Orders => [.. BadOrders.Keys];

    public static TheoryData<string> Facts => [.. BadFacts.Keys];

    public static TheoryData<string> Events => [.. BadEvents.Keys];

    public static TheoryData<string> Requests => [.. BadRequests.Keys];

    public static TheoryData<string> PeerMessages => [.. BadPeerMessages.Keys];

    [Theory]
    [MemberData(nameof(Orders))]
    public void A_bad_order_is_refused_by_its_field(string says) =>
        Refused(says, () => Broken(Samples.Order.ToProto(), BadOrders[says]).ToDomain("order"));

    [Theory]
    [MemberData(nameof(Facts))]
    public void Bad_facts_are_refused_by_their_field(string says) =>
        Refused(says, () => Broken(Samples.Facts.ToProto(), BadFacts[says]).ToDomain("facts"));

    [Theory]
    [MemberData(nameof(Events))]
    public void A_bad_event_is_refused_by_its_field(string says) =>
        Refused(says, () => Broken(Samples.End.ToProto(), BadEvents[says]).ToDomain("event"));

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_bad_request_is_refused_by_its_field(string says) => Refused(says.Trim(), BadRequests[says]);

    [Theory]
    [MemberData(nameof(PeerMessages))]
    public void A_bad_message_of_a_peer_is_refused_by_its_field(string says) => Refused(says.Trim(), BadPeerMessages[says]);

    private static void HandOver(Action<Wire.HandOver> damage)
    {
        var request = new HandOverMessage(Samples.Order, Samples.Nonce, Samples.Receipt, [Samples.Bytes(RecordKind.Tower, 9)]).ToRequest();
        damage(request.HandOver);
        request.ToDomain();
    }

    private static T Broken<T>(T message, Action<T> damage)
    {
        damage(message);
        return message;
    }

    private static void Refused(string says, Action act)
    {
        var refused = Assert.Throws<OrderRefusedException>(act);
        Assert.Equal(RefusalReason.BadRequest, refused.Reason);
        Assert.StartsWith(says, refused.Message, StringComparison.Ordinal);
    }
}
