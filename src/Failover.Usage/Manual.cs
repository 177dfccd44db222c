using System.CommandLine;
using System.Globalization;

namespace Failover.Usage;

/// <summary><c>PROGRAM manual</c> prints the manual page, made of the definitions.</summary>
public static class Manual
{
    /// <summary>Set by those who build packages, so that the same source gives the same page.</summary>
    private const string EpochVariable = "SOURCE_DATE_EPOCH";

    /// <summary>Adds the command to a program's definitions.</summary>
    public static void AddTo(RootCommand root, ManualText text, Func<string, string?> variable, TimeProvider time)
    {
        var command = new Command("manual", $"Print the manual page ({text.Program} manual | man -l -)");
        command.SetAction(parsed =>
        {
            var moment = long.TryParse(variable(EpochVariable), CultureInfo.InvariantCulture, out var seconds) ? DateTimeOffset.FromUnixTimeSeconds(seconds) : time.GetUtcNow();
            parsed.InvocationConfiguration.Output.Write(ManualPage.Write(root, text, DateOnly.FromDateTime(moment.UtcDateTime)));
        });
        root.Add(command);
    }
}
