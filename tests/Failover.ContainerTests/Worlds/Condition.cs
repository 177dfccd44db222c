namespace Failover.ContainerTests.Worlds;

public static class Condition
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <summary>Looks again and again until it is so. Only the token ends the wait otherwise: each test has a time limit.</summary>
    public static async Task HoldsAsync(Func<Task<bool>> isSo, CancellationToken ct)
    {
        while (!await isSo())
        {
            await Task.Delay(Pause, TimeProvider.System, ct);
        }
    }
}
