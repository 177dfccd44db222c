namespace FakeValidator;

/// <summary>The end of the process, as a seam: a test wants to see it, not to suffer it.</summary>
public interface IProcessEnd
{
    /// <summary>Ends the process with the code. Does not return: throws <see cref="ProcessEndedException"/> where the process lives on (in a test).</summary>
    void Exit(int code, string why);

    /// <summary>Ends the process as SIGKILL does.</summary>
    void Kill(string why);
}

/// <summary>The process would be gone by now: whoever runs one of its loops stops.</summary>
public sealed class ProcessEndedException(string why) : Exception(why);
