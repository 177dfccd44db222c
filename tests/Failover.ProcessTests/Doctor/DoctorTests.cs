using Failover.Lab;

namespace Failover.ProcessTests.Doctor;

/// <summary>The doctor against a real pair in which one thing after the other is wrong, and a shell into which its remedies are pasted.</summary>
public sealed class DoctorTests
{
    // A cure may show another thing to cure: a fresh unstaked keypair, which the validator then has to take.
    private const int MostPastes = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public void At_least_25_things_are_got_wrong() => Assert.InRange(Misconfiguration.All.Select(wrong => wrong.What).Distinct().Count(), 25, int.MaxValue);

    [Fact]
    public async Task Each_misconfiguration_is_found_by_its_check_alone_and_cured_by_the_command_that_is_printed()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var world = await LabWorld.StartAsync(new LabOptions { Slot = TimeSpan.FromMilliseconds(100) }, withAgents: true, ct);
        await world.PassVotesAsync(5, ct);
        var human = new Operator(world);
        human.WritePrograms();
        Assert.Empty(await human.UntilWellAsync(Patience, ct));
        Assert.Empty(await human.DoctorAsync(ct));
        foreach (var wrong in Misconfiguration.All)
        {
            await wrong.Plant(world, world[wrong.Node], ct);

            var found = await human.CausesAsync(ct);

            Assert.True(found is [var only] && (only.Node, only.Check, only.Outcome) == (wrong.Node, wrong.Check, wrong.Outcome), $"{wrong}\n{string.Join('\n', found)}");
            for (var pastes = 0; found is [var next, ..]; pastes++)
            {
                Assert.True(pastes < MostPastes, $"{wrong}\nis still there: {string.Join('\n', found)}\n{HandoffTests.LogsOf(world)}");
                await human.PasteAsync(next.Remedy, ct);
                found = await human.UntilWellAsync(TimeSpan.FromSeconds(pastes == 0 && wrong.Check != "unstaked-keypair" ? 20 : 3), ct);
            }
        }
        // Nothing of all that made a second voter, or lost the vote.
        await world.PassVotesAsync(3, ct);
        await HandoffTests.AssertSafeAsync(world, 0, ct);
        var handoff = await world.FailoverAsync(ct, "handoff", "--to", "tokyo", "--now", "--yes");
        Assert.True(handoff.ExitCode == 0, $"{handoff}\n{HandoffTests.LogsOf(world)}");
    }
}
