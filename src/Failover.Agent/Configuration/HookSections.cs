using Failover.Handoff;
using Failover.Hooks;
using Failover.Protocol.Configuration;
using Failover.Protocol.Mapping;

namespace Failover.Agent.Configuration;

/// <summary>The sections <c>[[hooks]]</c>.</summary>
internal static class HookSections
{
    private const string Nowhere = "nowhere";

    private static readonly string[] Points = [.. HookPoints.All.Select(point => point.Word)];

    public static IReadOnlyList<Hook> Read(ConfigDocument document)
    {
        if (document.Sections("hooks") is not { Count: > 0 } sections)
        {
            return [];
        }
        List<Hook> hooks = [];
        foreach (var (section, i) in sections.Select((section, i) => (section, i)))
        {
            var hook = Read(section);
            hooks.Add(hook);
            if (hooks.Aggregate(TimeSpan.Zero, (sum, each) => sum + each.TimeLimit) > Hook.LongestInAll)
            {
                section.Mistake("time_limit", $"with those above it lets hooks take more than {Hook.LongestInAll.TotalMinutes:0} minutes in all", "shorten a time_limit: a handoff waits for its hooks");
                break;
            }
            if (i == Limits.Hooks)
            {
                section.Mistake("at", $"is one hook more than the {Limits.Hooks} that there may be", "let one program do the work of several");
                break;
            }
        }
        return hooks;
    }

    private static Hook Read(ConfigSection section)
    {
        var word = section.Choice("at", Points[0], Points);
        if (!section.Has("at"))
        {
            section.Mistake("at", "is missing", $"add at = \"before-commit\", or another of {string.Join(", ", Points)}");
        }
        var at = HookPoints.All.First(point => point.Word == word);
        var command = section.Command("argv") ?? [];
        if (!section.Has("argv"))
        {
            section.Mistake("argv", "is missing", "add argv = [\"/path/to/program\", \"argument\"]");
        }
        var mustSucceed = section.Flag("must_succeed", false);
        if (mustSucceed && !at.IsBefore)
        {
            section.Mistake("must_succeed", $"cannot be asked of {at.Word}: what it comes after is done", "remove it, or write at = \"before-prepare\" or \"before-commit\"");
        }
        return new Hook(
            at,
            section.Has("name") ? section.Name("name") : NameOf(command.Count > 0 ? command[0] : Nowhere),
            command.Count > 0 ? command : [Nowhere],
            section.Duration("time_limit", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(0.1), Limits.HookTime),
            mustSucceed,
            section.Choice("role", "both", "both", "source", "target") switch
            {
                "source" => HandoffRole.Source,
                "target" => HandoffRole.Target,
                _ => HandoffRole.Unknown,
            });
    }

    private static string NameOf(string program)
    {
        var name = string.Concat(Path.GetFileNameWithoutExtension(program).ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-')).Trim('-');
        return name.Length == 0 ? "hook" : name[..Math.Min(name.Length, Limits.Name)];
    }
}
