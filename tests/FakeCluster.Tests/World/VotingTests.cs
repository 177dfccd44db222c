using FakeCluster.Tests.Testing;
using FakeCluster.World;
using FakeWire;

namespace FakeCluster.Tests.World;

public sealed class VotingTests
{
    private readonly ClusterWorld _world = Worlds.Create();
    private readonly ScriptedValidator _validator;

    public VotingTests()
    {
        _validator = new ScriptedValidator(_world, "a");
        _validator.Read();
    }

    private Block NextBlock()
    {
        _world.PassSlot();
        return _validator.ReadBlocks()[^1];
    }

    [Fact]
    public void A_vote_lands_within_two_slots()
    {
        _validator.Vote(NextBlock());
        _world.PassSlots(2);

        Assert.Contains(_validator.ReadBlocks(), block => block.VoteAccounts[0].Votes is [{ Slot: 1000 }]);
        Assert.Equal(1, _world.State.VotesLanded);
    }

    [Fact]
    public void A_voter_that_keeps_up_roots_and_earns()
    {
        for (var i = 0; i < 60; i++)
        {
            _validator.Vote(NextBlock());
        }

        _world.PassSlots(2);
        var state = _world.State;
        Assert.Equal(1059UL, state.LastVotedSlot);
        Assert.Equal(_validator.Tower.Root, state.VoteRoot);
        Assert.True(state.Credits > 0);
        Assert.Equal("SAFE: 60 votes, 0 switches, 0 violations", _world.Conclude(0).Text);
    }

    [Fact]
    public void A_vote_on_a_losing_fork_lands_only_there()
    {
        var world = Worlds.Create(Worlds.Plain with { ForkRate = 0.2 });
        var validator = new ScriptedValidator(world, "a");
        validator.Read();
        Block? losing = null;
        while (losing is null)
        {
            world.PassSlot();
            losing = validator.ReadBlocks().FirstOrDefault(block => !block.Canonical);
        }

        validator.Vote(losing);
        world.PassSlots(60);

        Assert.All(
            validator.ReadBlocks().Where(block => block.Canonical),
            block => Assert.DoesNotContain(block.VoteAccounts[0].Votes, vote => vote.Slot == losing.Slot));
    }

    [Fact]
    public void A_vote_for_a_slot_that_no_fork_has_is_dropped_in_the_end()
    {
        var block = NextBlock();
        _validator.Connection.Send(ScriptedValidator.Sign("a", new(null, [new(5_000, 1)]), block with { Slot = 5_000 }));
        _world.PassSlots(40);

        Assert.Equal(1, _world.State.VotesDropped["SlotsMismatch"]);
    }

    [Fact]
    public void A_vote_that_is_not_newer_is_dropped_by_name()
    {
        var vote = _validator.MakeVote(NextBlock());
        _validator.Connection.Send(vote);
        _world.PassSlots(2);
        _validator.Connection.Send(vote with { IsRefresh = true });
        _world.PassSlots(2);

        Assert.Equal(1, _world.State.VotesDropped["VoteTooOld"]);
        Assert.Equal(1, _world.State.VotesLanded);
    }

    [Fact]
    public void A_vote_that_somebody_else_signed_is_dropped_by_name()
    {
        var vote = _validator.MakeVote(NextBlock());
        _validator.Connection.Send(vote with { Signature = new byte[64] });
        _validator.Connection.Send(vote with { AuthorizedVoter = Keys.U.Text });
        _validator.Connection.Send(vote with { TowerSync = [1, 2, 3] });
        _validator.Connection.Send(vote with { LastSlot = 7 });

        Assert.Equal(
            [("MalformedInstruction", 2), ("MissingRequiredSignature", 1), ("SignatureFailure", 1)],
            _world.State.VotesDropped.Select(pair => (pair.Key, pair.Value)));
    }

    [Fact]
    public void A_vote_whose_blockhash_is_too_old_is_dropped_by_name()
    {
        var vote = _validator.MakeVote(NextBlock());
        _world.PassSlots(150);
        _validator.Connection.Send(vote);

        Assert.Equal(1, _world.State.VotesDropped["BlockhashNotFound"]);
    }

    [Fact]
    public void Votes_are_gossiped_to_everybody_else_under_the_name_of_their_link()
    {
        var other = new ScriptedValidator(_world, "b");
        other.Read();
        _validator.Connection.Send(_validator.MakeVote(NextBlock()) with { Host = "liar" });

        Assert.Equal("a", Assert.Single(other.Read().OfType<Vote>()).Host);
        Assert.Empty(_validator.Read().OfType<Vote>());
    }
}
