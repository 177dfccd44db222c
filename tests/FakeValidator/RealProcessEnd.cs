using FakeValidator.Logs;

namespace FakeValidator;

/// <summary>The end of this very process.</summary>
public sealed class RealProcessEnd(AgaveLog log) : IProcessEnd
{
    /// <summary>Run before an orderly end only: a crash leaves everything lying about.</summary>
    public Action? BeforeExit { get; set; }

    public void Exit(int code, string why)
    {
        if (code == 0)
        {
            BeforeExit?.Invoke();
        }
        log.Info("fake_validator", $"process exit {code}: {why}");
        Platform.ExitNow(code);
        throw new ProcessEndedException(why);
    }

    public void Kill(string why)
    {
        log.Info("fake_validator", $"killed: {why}");
        Platform.KillNow();
        throw new ProcessEndedException(why);
    }
}
