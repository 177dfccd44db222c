using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Failover.Coordinator.Commands;

/// <summary>Durations as people type them: <c>2m</c>, <c>90s</c>, <c>1h30m</c>, <c>500ms</c>, <c>30d</c>.</summary>
internal static partial class Duration
{
    /// <summary>False for anything else, a number without its unit included: it would mean another thing to each reader.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        if (!Form().IsMatch(text))
        {
            return false;
        }
        double milliseconds = 0;
        foreach (Match part in Part().Matches(text))
        {
            milliseconds += double.Parse(part.Groups[1].Value, CultureInfo.InvariantCulture) * part.Groups[2].Value switch
            {
                "ms" => 1,
                "s" => 1_000,
                "m" => 60_000,
                "h" => 3_600_000,
                _ => 86_400_000,
            };
        }
        duration = TimeSpan.FromMilliseconds(milliseconds);
        return true;
    }

    /// <summary>For an option.</summary>
    public static TimeSpan Parse(ArgumentResult argument)
    {
        var text = argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";
        if (!TryParse(text, out var duration))
        {
            argument.AddError($"\"{text}\" is not a duration; write it like 2m, 90s or 1h30m");
        }
        return duration;
    }

    [GeneratedRegex(@"^(\d{1,7}(ms|[smhd]))+$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();

    [GeneratedRegex(@"(\d+)(ms|[smhd])", RegexOptions.CultureInvariant)]
    private static partial Regex Part();
}
