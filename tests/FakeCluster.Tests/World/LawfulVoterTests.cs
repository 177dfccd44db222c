using FakeCluster.Oracle;
using FakeCluster.Tests.Testing;
using FakeCluster.World;
using FakeWire;

namespace FakeCluster.Tests.World;

/// <summary>
/// Whole runs, with forks, skips, leader slots and handoffs. The judge must accuse nobody who keeps the rules, and must not miss one
/// who breaks a single one: a judge that is never wrong about nothing would pass the first half alone.
/// </summary>
public sealed class LawfulVoterTests
{
    private const int Slots = 240;
    private const int HandoffEvery = 40;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 6)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whoever_keeps_the_rules_is_not_accused(int seed)
    {
        var run = new Run(seed);
        run.Play((former, next) => next.Tower = former.Tower);

        var verdict = run.World.Oracle.Judge(run.Handoffs);
        Assert.True(verdict.Safe, verdict.Text);
        Assert.Equal(run.Handoffs, verdict.Switches);
        Assert.True(verdict.Votes > Slots / 2, verdict.Text);
        Assert.True(run.LosingVotes > 0, "No vote was ever cast on a losing fork");
        Assert.DoesNotContain(nameof(VoteError.LockoutConflict), run.World.State.VotesDropped.Keys);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whoever_hands_over_a_record_that_lacks_the_last_vote_is_accused(int seed)
    {
        var run = new Run(seed);
        run.Play((_, next) => next.Tower = run.BeforeLastVote);

        Assert.Contains(run.World.Oracle.Judge(run.Handoffs).Violations, violation => violation.Kind == ViolationKind.StaleRecord);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whoever_votes_once_more_after_the_other_began_is_accused(int seed)
    {
        var run = new Run(seed) { LateVote = true };
        run.Play((former, next) => next.Tower = former.Tower);

        Assert.Contains(run.World.Oracle.Judge(run.Handoffs).Violations, violation => violation.Kind == ViolationKind.TwoVoters);
    }

    private sealed class Run
    {
        private readonly Dictionary<ulong, Block> _blocks = [];
        private readonly List<ScriptedValidator> _validators;

        public Run(int seed)
        {
            World = Worlds.Create(Worlds.Plain with { Seed = seed, ForkRate = 0.15, SkipRate = 0.05, LeaderEvery = 5 });
            _validators = [new ScriptedValidator(World, "a"), new ScriptedValidator(World, "b")];
        }

        public ClusterWorld World { get; }

        public int Handoffs { get; private set; }

        public int LosingVotes { get; private set; }

        public Tower BeforeLastVote { get; private set; } = new(null, []);

        public bool LateVote { get; init; }

        public void Play(Action<ScriptedValidator, ScriptedValidator> handOver)
        {
            var voter = _validators[0];
            ScriptedValidator? former = null;
            for (var slot = 0; slot < Slots; slot++)
            {
                if (slot % HandoffEvery == HandoffEvery / 2)
                {
                    (former, voter) = (voter, _validators.Single(v => v != voter));
                    handOver(former, voter);
                    Handoffs++;
                }

                var voted = 0;
                foreach (var block in NewBlocks(voter))
                {
                    voted += VoteIfLawful(voter, block) ? 1 : 0;
                }

                if (voted > 0 && former is not null && LateVote)
                {
                    former.Vote(_blocks[_blocks.Keys.Max()]);
                    former = null;
                }

                World.PassSlot();
            }
        }

        private IEnumerable<Block> NewBlocks(ScriptedValidator voter)
        {
            List<Block> fresh = [.. _validators.Where(v => v != voter).Append(voter).SelectMany(v => v.ReadBlocks()).DistinctBy(b => b.Slot).Where(b => _blocks.TryAdd(b.Slot, b))];
            if (fresh.Count > 0)
            {
                voter.Produce(World.State.Slot, World.State.Head); // Refused unless S leads, and then just what a leader does.
            }

            return fresh;
        }

        private bool VoteIfLawful(ScriptedValidator voter, Block block)
        {
            var votes = voter.Tower.Votes;
            if (votes.Count > 0 && (block.Slot <= votes[^1].Slot || !Keeps(TowerRules.Record(voter.Tower, block.Slot), block)))
            {
                return false;
            }

            BeforeLastVote = voter.Tower;
            LosingVotes += block.Canonical ? 0 : 1;
            voter.Vote(block);
            return true;
        }

        private bool Keeps(Tower after, Block block) => after.Votes.All(vote => IsAncestor(vote.Slot, block.Slot));

        private bool IsAncestor(ulong ancestor, ulong slot)
        {
            while (slot > ancestor && _blocks.TryGetValue(slot, out var block))
            {
                slot = block.Parent;
            }

            return slot == ancestor;
        }
    }
}
