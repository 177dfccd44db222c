namespace Failover.Fuzzing;

/// <summary>A fixed part of what <c>failover-fuzz run</c> reads on demand. The same cases each time; what fails is replayed with the command in the message.</summary>
public class FuzzTests
{
    // Signed records and configurations take longest.
    private const int CasesPerTarget = 1_000;

    public static TheoryData<string> Targets => [.. Fuzzer.Targets];

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Hostile_input_is_refused_and_nothing_else_happens(string target)
    {
        using var said = new StringWriter();

        var exitCode = await Fuzzer.RunAsync(CasesPerTarget, seed: 20_261_124, [target], said, folder: null, TestContext.Current.CancellationToken);

        Assert.True(exitCode == 0, said.ToString());
    }

    [Fact]
    public void Every_kind_of_input_has_its_target() => Assert.Superset(
        new HashSet<string>
        {
            "tower", "vote-history", "admin-reply", "rpc-reply", "agent-config", "coordinator-config", "state-file", "history-file", "keypair-file",
            "PrepareRequest", "PrepareResponse", "OpenHandoffRequest", "OpenHandoffResponse", "KeepAsideRequest", "GetHistoryResponse",
        },
        Fuzzer.Targets.ToHashSet());
}
