using Failover.Identities;
using Failover.Records;
using Failover.Simulation;
using Failover.Validators;

namespace Failover.Handoff;

/// <summary>Each reason for which a target refuses an order: it does so for good, and the source takes S back.</summary>
[Collection(SimulationCollection.Name)]
public class TargetRefusesTests
{
    [Fact]
    public Task A_newer_record_on_the_target_that_lacks_the_sources_last_vote_is_left_to_a_person() => SimulatedPair.RunAsync(async pair =>
    {
        OnHandOver(pair, () => Put(pair.B, SimulatedTowers.EndingWith(pair.Cluster.Staked, pair.Cluster.Votes[^1].Slot + 7)));
        var order = await pair.BeginAsync(pair.A, pair.B);
        await pair.UntilAsync(() => pair.PersonNeeded);

        // Neither record holds all votes of S, so nobody may vote from either.
        Assert.Null(pair.Voter);
        Assert.Equal(AnswerKind.Refused, pair.B.State.Handoff!.Answer!.Kind);
        Assert.Contains("Older", pair.B.State.Handoff.Answer.Reason, StringComparison.Ordinal);
        Assert.Contains(pair.Happened, line => line.Contains("two validators have voted", StringComparison.Ordinal));
        Assert.Equal(order, pair.A.State.Handoff!.Order);
    });

    [Fact]
    public Task A_record_that_ends_with_the_same_slot_and_differs_is_refused() => RefusedAsync("Conflict", onHandOver: pair =>
        Put(pair.B, SimulatedTowers.EndingWith(pair.Cluster.Staked, pair.Cluster.Votes[^1].Slot, "another bank")));

    [Fact]
    public Task A_damaged_record_on_the_target_is_replaced_and_kept_aside() => SimulatedPair.RunAsync(async pair =>
    {
        OnHandOver(pair, () => Put(pair.B, [1, 2, 3]));

        var outcome = await pair.HandOverAsync(pair.A, pair.B);

        Assert.Equal(HandoffEnding.Completed, outcome.Ending);
        Assert.Equal([1, 2, 3], pair.B.Disk.Read($"{pair.B.TowerPath}.before-{outcome.Order.Id}", 10));
    });

    [Fact]
    public Task A_record_of_another_identity_is_refused() => RefusedAsync(RecordTests.NodeIsIdentity, replace: (pair, message) => message with
    {
        Records = [new RecordBytes(RecordKind.Tower, SimulatedTowers.EndingWith(Keypairs.Of(77), pair.Cluster.Slot))],
    });

    [Fact]
    public Task A_damaged_record_is_refused() => RefusedAsync(RecordTests.Signature, replace: (_, message) =>
    {
        var bytes = message.Records[0].Bytes.ToArray();
        bytes[^1] ^= 1;
        return message with { Records = [new RecordBytes(RecordKind.Tower, bytes)] };
    });

    [Fact]
    public Task No_record_at_all_is_refused() => RefusedAsync("not the ones that the receipt speaks of", replace: (_, message) => message with { Records = [] });

    [Fact]
    public Task A_record_that_the_receipt_does_not_speak_of_is_refused() => RefusedAsync("not the ones that the receipt speaks of", replace: (pair, message) => message with
    {
        Records = [new RecordBytes(RecordKind.Tower, SimulatedTowers.OneVoteNewer(pair.A, pair.Cluster.Staked))],
    });

    [Theory]
    [InlineData("handoff")]
    [InlineData("token")]
    [InlineData("identity")]
    [InlineData("proof")]
    [InlineData("slot")]
    public Task A_receipt_that_does_not_match_is_refused(string what) => RefusedAsync("not the ones that the receipt speaks of", replace: (_, message) => message with
    {
        Receipt = what switch
        {
            "handoff" => message.Receipt with { Handoff = new HandoffId("handoff-other") },
            "token" => message.Receipt with { Token = message.Receipt.Token.Next },
            "identity" => message.Receipt with { StakedIdentity = Keypairs.Of(77).Public },
            "proof" => message.Receipt with { Proof = VotingStopProof.Unknown },
            _ => message.Receipt with { LastVotedSlot = message.Receipt.LastVotedSlot - 1 },
        },
    });

    [Fact]
    public Task A_permit_that_was_never_issued_is_refused() => RefusedAsync("permit was not issued", replace: (_, message) => message with { PermitNonce = new string('0', 32) });

    [Fact]
    public Task A_permit_that_has_run_out_by_the_targets_clock_is_refused() => RefusedAsync("s old and was good for", arrange: pair =>
        pair.Network.Delays = (_, message) => message is HandOverMessage ? TimeSpan.FromSeconds(11) : TimeSpan.Zero);

    [Fact]
    public Task A_record_that_cannot_be_stored_is_refused_before_set_identity() => RefusedAsync("cannot be stored", arrange: pair =>
        pair.B.Disk.Refuses = (operation, path) => operation == "Create" && path.StartsWith(pair.B.TowerPath, StringComparison.Ordinal));

    [Fact]
    public Task A_validator_that_refuses_S_is_believed() => RefusedAsync("SetIdentity is refused", arrange: pair => pair.B.Validator.Fail(AdminCall.SetIdentity, AdminFault.Refuse));

    [Fact]
    public Task A_validator_that_says_yes_and_keeps_U_is_not_promoted() => RefusedAsync("said yes to set-identity and kept its identity", arrange: pair =>
        pair.B.Validator.Fail(AdminCall.SetIdentity, AdminFault.SayYesDoNothing));

    [Fact]
    public Task A_validator_that_hangs_in_set_identity_and_then_answers_U_is_refused() => RefusedAsync("no answer to SetIdentity", arrange: pair =>
        pair.B.Validator.Fail(AdminCall.SetIdentity, AdminFault.Hang, times: 1));

    [Fact]
    public Task A_vote_of_S_on_chain_that_the_record_lacks_is_refused() => SimulatedPair.RunAsync(async pair =>
    {
        // Said to the target only, in the facts that it gathers before the commit: the source must not see it first.
        pair.Network.Replaces = (_, message) =>
        {
            if (message is OpenMessage)
            {
                pair.Cluster.LastVoteSaid = pair.Cluster.Slot + 1_000;
            }
            else if (message is ReadyMessage ready)
            {
                pair.Cluster.LastVoteSaid = null;
                return ready with { Facts = ready.Facts with { VoteAccountOnChain = ready.Facts.VoteAccountOnChain! with { LastVote = 1 } } };
            }
            return message;
        };

        var outcome = await pair.HandOverAsync(pair.A, pair.B);

        Assert.Equal(HandoffEnding.WentBack, outcome.Ending);
        Assert.Contains("saw a vote of S for slot", pair.B.State.Handoff!.Answer!.Reason, StringComparison.Ordinal);
    });

    [Fact]
    public Task A_target_whose_validator_is_not_with_U_says_nothing_until_it_is() => SimulatedPair.RunAsync(async pair =>
    {
        OnHandOver(pair, () => pair.B.Validator.RecordByHand(Keypairs.Of(77).Public));
        await pair.BeginAsync(pair.A, pair.B);
        await pair.PassAsync(TimeSpan.FromSeconds(20));
        Assert.Null(pair.Voter);
        Assert.Equal((HandoffPhase.Refused, null), (pair.B.State.Handoff!.Phase, pair.B.State.Handoff.Answer));

        pair.B.Validator.RecordByHand(pair.B.Unstaked.Public);

        await pair.UntilAsync(() => pair.Voter == pair.A);
        Assert.Equal(HandoffEnding.WentBack, pair.A.State.Handoff!.Ending);
        Assert.Equal(AnswerKind.Refused, pair.B.State.Handoff!.Answer!.Kind);
    });

    [Fact]
    public Task A_refused_order_stays_refused_when_it_is_sent_again() => SimulatedPair.RunAsync(async pair =>
    {
        HandOverMessage? sent = null;
        pair.Network.Replaces = (_, message) =>
        {
            sent = message as HandOverMessage ?? sent;
            return message is HandOverMessage handOver ? handOver with { PermitNonce = "stale" } : message;
        };
        await pair.HandOverAsync(pair.A, pair.B);

        var link = pair.Network.Join(pair.A.Name, pair.B.Name);
        pair.B.Serve(pair.A.Name, link);
        pair.Network.Replaces = (_, message) => message;
        await link.Opener.SendAsync(sent!, CancellationToken.None);

        Assert.Null(await link.Opener.ReceiveAsync(CancellationToken.None)); // Out of turn on this link: it is closed.
        Assert.Equal(HandoffPhase.Refused, pair.B.State.Handoff!.Phase);
        Assert.Same(pair.A, pair.Voter);
    });

    private static Task RefusedAsync(
        string reason, Action<SimulatedPair>? arrange = null, Action<SimulatedPair>? onHandOver = null, Func<SimulatedPair, HandOverMessage, HandOverMessage>? replace = null) =>
        SimulatedPair.RunAsync(async pair =>
        {
            arrange?.Invoke(pair);
            OnHandOver(pair, () => onHandOver?.Invoke(pair));
            pair.Network.Replaces = (_, message) => message is HandOverMessage handOver && replace is not null ? replace(pair, handOver) : message;

            var outcome = await pair.HandOverAsync(pair.A, pair.B);

            Assert.Equal(HandoffEnding.WentBack, outcome.Ending);
            await pair.UntilAsync(() => pair.Voter == pair.A);
            var handoff = pair.B.State.Handoff!;
            Assert.Equal((HandoffPhase.Refused, AnswerKind.Refused), (handoff.Phase, handoff.Answer!.Kind));
            Assert.Contains(reason, handoff.Answer.Reason, StringComparison.Ordinal);
            Assert.Equal((HeldIdentity.Staked, HeldIdentity.Unstaked), (pair.A.LinkPointsTo, pair.B.LinkPointsTo));
            // It votes on from where it stopped.
            var before = pair.Cluster.Votes.Count;
            await pair.UntilAsync(() => pair.Cluster.Votes.Count > before + 2);
        });

    private static void OnHandOver(SimulatedPair pair, Action act) => pair.Network.Fates = (_, message) =>
    {
        if (message is HandOverMessage)
        {
            act();
        }
        return Fate.Arrives;
    };

    private static void Put(SimulatedNode node, byte[] tower) => node.Disk.Create(node.TowerPath, tower, null);
}
