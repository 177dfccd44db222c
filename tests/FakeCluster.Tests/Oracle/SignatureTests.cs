using FakeCluster.Oracle;
using FakeCluster.Tests.Testing;

namespace FakeCluster.Tests.Oracle;

public sealed class SignatureTests
{
    [Fact]
    public void A_vote_signed_by_another_key_is_flagged_and_is_nobodys_vote()
    {
        var verdict = new History().Votes("a", 100, 105).Send("a", 105, by: Keys.U).Send("b", 105, by: Keys.U).Votes("a", 106, 107)
            .AssertViolates(0, ViolationKind.BadSignature);

        Assert.Equal(8, verdict.Votes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0OIl")]
    [InlineData("So11111111111111111111111111111111111111112So11")]
    public void An_identity_that_is_no_key_has_signed_nothing(string identity)
    {
        new History().Vote("a", 100).Send("a", 100, change: vote => vote with { Identity = identity }).AssertViolates(null, ViolationKind.BadSignature);
    }

    [Fact]
    public void A_vote_that_was_changed_after_signing_is_flagged()
    {
        new History().Vote("a", 100).Send("a", 100, change: vote => vote with { Blockhash = "another" }).AssertViolates(null, ViolationKind.BadSignature);
    }

    [Fact]
    public void A_wrong_authorized_voter_is_flagged()
    {
        var verdict = new History().RecordSilently("a", 100).Send("a", 100, change: vote => vote with { AuthorizedVoter = Keys.U.Text })
            .AssertViolates(null, ViolationKind.BadSignature);

        Assert.Contains("as authorized voter", verdict.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vote_by_another_identity_than_the_accounts_node_is_flagged()
    {
        new History().RecordSilently("a", 100).Send("a", 100, change: vote => vote with { Identity = Keys.U.Text }, by: Keys.U)
            .AssertViolates(null, ViolationKind.BadSignature);
    }

    [Fact]
    public void A_tower_that_ends_with_another_slot_than_the_vote_says_is_malformed()
    {
        new History().RecordSilently("a", 100).Send("a", 101).AssertViolates(null, ViolationKind.MalformedVote);
    }

    [Fact]
    public void A_tower_out_of_order_is_malformed_and_still_a_vote()
    {
        var verdict = new History().SetTower("a", 99, (102, 2), (101, 1)).Send("a", 101).AssertViolates(null, ViolationKind.MalformedVote);

        Assert.Equal(1, verdict.Votes);
    }

    [Fact]
    public void A_tower_that_names_a_slot_twice_does_not_confuse_the_judge()
    {
        new History().Vote("a", 100).SetTower("b", null, (100, 2), (100, 1)).Send("b", 100)
            .AssertViolates(null, ViolationKind.MalformedVote, ViolationKind.NotNewer);
    }

    [Fact]
    public void An_account_that_nobody_knows_is_flagged()
    {
        var history = new History();
        var known = history.Seen.OfType<AccountKnown>().Single();
        var oracle = new SafetyOracle();
        foreach (var observation in history.Vote("a", 100).Seen.Where(o => o != known))
        {
            oracle.Observe(observation);
        }

        Assert.Equal(ViolationKind.BadSignature, Assert.Single(oracle.Judge().Violations).Kind);
    }
}
