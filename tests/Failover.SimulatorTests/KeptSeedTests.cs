namespace Failover.Simulation;

/// <summary>Seeds that showed something once. They hold as long as <see cref="ScheduleMaker"/> stays as it is; the behaviour itself is in tests of its own where it can be told in a few lines.</summary>
public class KeptSeedTests
{
    [Theory]
    [InlineData(356, "a target without a voter fence ended its validator again and again, and answered never")]
    [InlineData(704, "a target that lost power ended each validator that came up, so that the chain could never be asked")]
    [InlineData(1691, "a process that stood still between the look at its permit and the promotion went on half a minute later")]
    [InlineData(1807, "as 1691, with the whole machine standing still")]
    [InlineData(2014, "a record that a loss of power had shortened could not be voted from even when all that it lacked had become harmless")]
    public async Task A_seed_that_failed_once_does_not_fail_again(int seed, string what)
    {
        var story = await Replay.TellAsync(seed, TestContext.Current.CancellationToken);

        Assert.True(story.Contains("nothing wrong: ", StringComparison.Ordinal), $"{what}{Environment.NewLine}{story}");
    }
}
