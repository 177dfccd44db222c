namespace Failover.Testing;

internal static class Allocations
{
    // What a signature check and a refusal need, with room; far below what any absurd count would ask for.
    private const long Few = 16 * 1024;

    /// <summary>Runs the code twice, the second time (when everything is warm) asserting that it allocated next to nothing.</summary>
    public static T AssertFew<T>(Func<T> code) => AssertAtMost(Few, code);

    public static T AssertAtMost<T>(long most, Func<T> code)
    {
        code();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var result = code();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(allocated, 0, most);
        return result;
    }
}
