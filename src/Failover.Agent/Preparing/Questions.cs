namespace Failover.Agent.Preparing;

/// <summary>What init was told wrong, or was not told and could not find; nothing was written.</summary>
internal sealed class InitException(string message) : Exception(message);

/// <summary>Asks for what nobody said on the command line and for what was found, where there is somebody to ask.</summary>
internal sealed class Questions(TextReader input, TextWriter output, bool mayAsk)
{
    /// <summary>Whether there is somebody to ask.</summary>
    public bool MayAsk => mayAsk;

    /// <summary>What was said; else what the operator types; else what was found.</summary>
    /// <param name="flag">The option that says it.</param>
    /// <param name="found">What Enter takes; null when nothing was found.</param>
    /// <exception cref="InitException">Nobody says it.</exception>
    public string Ask(string what, string flag, string? said, string? found)
    {
        if (said is not null)
        {
            return said;
        }
        if (!mayAsk)
        {
            return found ?? throw new InitException($"{what}: nothing was found by looking, so it has to be said: {flag}");
        }
        while (true)
        {
            output.Write(found is null ? $"  {what}: " : $"  {what} [{found}]: ");
            output.Flush();
            var typed = input.ReadLine() ?? throw new InitException("the questions were not answered");
            if (typed.Trim() is { Length: > 0 } answer)
            {
                return answer;
            }
            if (found is not null)
            {
                return found;
            }
        }
    }

    /// <summary>True as well when nobody is there to ask: then the options are the consent.</summary>
    public bool Confirm(string question)
    {
        if (!mayAsk)
        {
            return true;
        }
        output.Write($"{question} [Y/n] ");
        output.Flush();
        return input.ReadLine()?.Trim() is "" or "y" or "Y" or "yes";
    }
}
