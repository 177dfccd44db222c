using Failover.Agents;
using Failover.Examinations;
using Failover.Handoff;
using Failover.Protocol.Mapping;
using Failover.Records;
using Google.Protobuf;
using Wire = Failover.V1;

namespace Failover.Tests.Protocol;

/// <summary>What goes out comes in again as it was.</summary>
public sealed class MappingTests
{
    [Fact]
    public void An_order_arrives_as_it_was_sent() => Assert.Equal(Samples.Order, Again(Samples.Order.ToProto()).ToDomain("order"));

    [Fact]
    public void Facts_arrive_as_they_were_sent() => SameAs.Content(Samples.Facts, Again(Samples.Facts.ToProto()).ToDomain("facts"));

    [Fact]
    public void Facts_of_which_nothing_is_known_arrive_as_unknown() =>
        SameAs.Content(Samples.BareFacts, Again(Samples.BareFacts.ToProto()).ToDomain("facts"));

    [Fact]
    public void A_receipt_arrives_as_it_was_sent() => SameAs.Content(Samples.Receipt, Again(Samples.Receipt.ToProto()).ToDomain("receipt"));

    [Fact]
    public void A_record_without_votes_has_no_slots_on_the_other_side()
    {
        var summary = Samples.Summary with { LastVotedSlot = null, RootSlot = null };
        Assert.Equal(summary, Again(summary.ToProto()).ToDomain("record"));
    }

    [Fact]
    public void A_slot_of_zero_is_not_taken_for_none()
    {
        var summary = Samples.Summary with { LastVotedSlot = 0, RootSlot = 0 };
        Assert.Equal(summary, Again(summary.ToProto()).ToDomain("record"));
    }

    [Fact]
    public void An_event_and_its_outcome_arrive_as_they_were_sent() => SameAs.Content(Samples.End, Again(Samples.End.ToProto()).ToDomain("event"));

    [Fact]
    public void A_running_handoff_has_no_ending_no_receipt_and_no_gap_on_the_other_side()
    {
        var outcome = new HandoffOutcome(Samples.Order, HandoffPhase.Demoting, HandoffEnding.Unknown, "runs", "");
        SameAs.Content(outcome, Again(outcome.ToProto()).ToDomain("outcome"));
    }

    [Fact]
    public void A_history_entry_arrives_with_its_timeline()
    {
        var entry = new HistoryEntry(Samples.At, "handoff", "over", Samples.Outcome, [Samples.Event(1), Samples.End]);
        SameAs.Content(entry, Again(entry.ToProto()).ToDomain());
    }

    [Fact]
    public void A_prepare_report_arrives_as_it_was_sent()
    {
        var report = new PrepareReport(Samples.Facts, Samples.BareFacts, [Samples.Check], TimeSpan.FromMilliseconds(12), TimeSpan.FromMilliseconds(-4));
        SameAs.Content(report, Again(report.ToProto()).ToDomain());
    }

    [Fact]
    public void An_examination_arrives_as_it_was_made()
    {
        var examination = new Examination(
            Samples.Facts, [Samples.Check, Samples.Check with { Outcome = CheckOutcome.NotLookedAt, Remedy = "" }],
            [new PeerStanding("frankfurt", "https://frankfurt:7443", TimeSpan.FromMilliseconds(12), ""), new PeerStanding("paris", "https://paris:7443", null, "silent")]);
        SameAs.Content(examination, Again(examination.ToProto()).ToDomain());
    }

    [Fact]
    public void An_examination_with_too_many_checks_is_refused_rather_than_cut()
    {
        var wire = new Examination(Samples.Facts, [.. Enumerable.Repeat(Samples.Check, Limits.Checks + 1)], []).ToProto();
        Assert.Throws<OrderRefusedException>(() => wire.ToDomain());
    }

    [Fact]
    public void A_targets_report_arrives_without_a_measurement()
    {
        var report = new PrepareReport(Samples.Facts, null, [], null, null);
        SameAs.Content(report, Again(report.ToProto()).ToDomain());
    }

    [Fact]
    public void A_commit_arrives_with_its_idle_time()
    {
        var options = new CommitOptions(TimeSpan.FromSeconds(90)) { MaxDelinquentStake = 0.05, NewSnapshot = true };
        Assert.Equal((Samples.Order, options), Again(options.ToProto(Samples.Order)).ToDomain());
    }

    [Fact]
    public void A_commit_that_waits_for_nothing_arrives_with_its_reason()
    {
        var options = new CommitOptions(TimeSpan.Zero) { OverrideReason = "its disk is dying" };
        Assert.Equal((Samples.Order, options), Again(options.ToProto(Samples.Order)).ToDomain());
    }

    [Fact]
    public void A_commit_that_names_no_idle_time_is_at_once() =>
        Assert.Equal(TimeSpan.Zero, new Wire.CommitRequest { Order = Samples.Order.ToProto() }.ToDomain().Options.MinIdleTime);

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, "pulled the plug")]
    [InlineData(false, "looked at it")]
    public void A_resume_arrives_with_the_operators_word(bool targetIsFenced, string? reason)
    {
        var assertion = reason is null ? null : new OperatorAssertion(targetIsFenced, reason);
        Assert.Equal((Samples.Order.Id, assertion), Again(assertion.ToProto(Samples.Order.Id)).ToDomain());
    }

    [Fact]
    public void A_target_answer_arrives_with_the_newer_records()
    {
        var answer = new TargetAnswer(AnswerKind.Refused, "it had voted", [Samples.Bytes(RecordKind.Tower, 99), Samples.Bytes(RecordKind.VoteHistory, 3)]);
        var arrived = Again(answer.ToProto()).ToDomain("answer");
        Assert.Equal((answer.Kind, answer.Reason), (arrived.Kind, arrived.Reason));
        Assert.Equal(answer.Newer.Select(record => record.Bytes.ToArray()), arrived.Newer.Select(record => record.Bytes.ToArray()));
    }

    [Fact]
    public void Every_message_of_the_source_arrives_as_it_was_sent()
    {
        PeerMessage[] messages =
        [
            new OpenMessage(Samples.Order, Samples.Facts),
            new PingMessage(-3),
            new RunHooksMessage(Samples.Order),
            new HandOverMessage(Samples.Order, Samples.Nonce, Samples.Receipt, [Samples.Bytes(RecordKind.Tower, 2_000)]),
        ];
        Assert.All(messages, message => SameAs.Content<object>(message, Again(message.ToRequest()).ToDomain()));
    }

    [Fact]
    public void Every_message_of_the_target_arrives_as_it_was_sent()
    {
        PeerMessage[] messages =
        [
            new ReadyMessage(Samples.Facts, Samples.Permit),
            new PongMessage(5, Samples.At, Samples.Permit),
            new AnswerMessage(TargetAnswer.Promoted("it votes")),
            new FirstVoteMessage(102),
            new HooksDoneMessage("", ""),
            new HooksDoneMessage("the hook failed", "cure it"),
        ];
        Assert.All(messages, message => SameAs.Content<object>(message, Again(message.ToResponse()).ToDomain()));
    }

    [Fact]
    public void A_side_cannot_send_the_messages_of_the_other()
    {
        Assert.Throws<ArgumentException>(() => new FirstVoteMessage(1).ToRequest());
        Assert.Throws<ArgumentException>(() => new PingMessage(1).ToResponse());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64 * 1024)]
    [InlineData(64 * 1024 + 1)]
    [InlineData(1_000_000)]
    public void A_record_that_is_sent_in_pieces_is_whole_again(int size)
    {
        var records = new[] { Samples.Bytes(RecordKind.Tower, 5), Samples.Bytes(RecordKind.VoteHistory, size) };
        var assembler = new RecordAssembler();
        foreach (var piece in records.ToPieces())
        {
            assembler.Add(Again(piece));
        }
        Assert.Equal(records.Select(record => record.Bytes.ToArray()), assembler.Finish().Select(record => record.Bytes.ToArray()));
    }

    [Fact]
    public void Long_texts_are_cut_and_what_steers_a_terminal_is_taken_out()
    {
        var facts = Samples.Facts with { Problems = [new string('x', 10_000), "red \u001b[31m alert\r\nsecond\u2028line \u202Eright"] };
        var problems = facts.ToProto().ToDomain("facts").Problems;
        Assert.Equal(Limits.Text, problems[0].Length);
        Assert.EndsWith("...", problems[0], StringComparison.Ordinal);
        Assert.Equal("red  [31m alert  second line  right", problems[1]);
    }

    [Fact]
    public void A_cut_never_splits_a_character()
    {
        var text = string.Concat(Enumerable.Repeat("\U0001F600", 3_000));
        var cut = (Samples.Facts with { Problems = [text] }).ToProto().Problems[0];
        Assert.DoesNotContain('\uFFFD', System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(cut)));
    }

    [Fact]
    public void Lists_that_are_too_long_are_cut_on_the_way_out_but_checks_never_are()
    {
        var facts = Samples.Facts with { NextLeaderSlots = [.. Enumerable.Range(0, 500).Select(i => (ulong)i)], Problems = [.. Enumerable.Repeat("p", 500)] };
        var arrived = facts.ToProto().ToDomain("facts");
        Assert.Equal((Limits.LeaderSlots, Limits.Problems), (arrived.NextLeaderSlots.Count, arrived.Problems.Count));
        var report = new PrepareReport(Samples.Facts, null, [.. Enumerable.Repeat(Samples.Check, Limits.Checks + 1)], null, null);
        Assert.Equal(Limits.Checks + 1, report.ToProto().Checks.Count);
    }

    private static T Again<T>(T message)
        where T : IMessage<T>, new() => new MessageParser<T>(() => new T()).ParseFrom(message.ToByteArray());
}
