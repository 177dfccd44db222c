using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Failover.Usage;

/// <summary>
/// <c>PROGRAM completion SHELL</c> prints a script, which asks the program itself at each Tab: <c>PROGRAM [complete:POINT] LINE</c>. What is offered comes from the
/// definitions alone, and from what a command says of its arguments.
/// </summary>
public static partial class Completion
{
    /// <summary>Adds both to a program's definitions.</summary>
    public static void AddTo(RootCommand root, string program)
    {
        // The library's own words for help on other systems: here they would only be offered as files.
        if (root.Options.OfType<HelpOption>().FirstOrDefault() is { } help)
        {
            help.Aliases.Remove("/h");
            help.Aliases.Remove("/?");
        }
        foreach (var suggest in root.Directives.OfType<SuggestDirective>().ToList())
        {
            root.Directives.Remove(suggest);
        }
        var complete = new Directive("complete");
        complete.Action = new Offer(complete);
        root.Directives.Add(complete);

        var shell = new Argument<string>("SHELL") { Description = string.Join(", ", CompletionScripts.Shells) };
        shell.AcceptOnlyFromAmong([.. CompletionScripts.Shells]);
        var command = new Command("completion", $"Print the completion script for a shell (in bash: source <({program} completion bash))") { shell };
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.Write(CompletionScripts.Of(parsed.GetRequiredValue(shell), program)));
        root.Add(command);
    }

    /// <summary>What can stand at this point of the line, the program's name first. Options only where one was begun, or nothing else can be typed.</summary>
    internal static IReadOnlyList<CompletionItem> At(Command root, string line, int point)
    {
        point = Math.Clamp(point, 0, line.Length);
        // The library offers nothing behind an option's equals sign, or breaks.
        line = EqualsSign().Replace(line, " ");
        var word = line[(line.LastIndexOf(' ', Math.Max(0, point - 1)) + 1)..point];
        var parsed = root.Parse(line);
        var items = parsed.GetCompletions(point).Where(item => item.Label.StartsWith(word, StringComparison.Ordinal) && item.Label is not ['-', _]).ToList();
        var elsewhere = OfOtherArguments(parsed, root.Parse(line[..(point - word.Length)]));
        items.RemoveAll(item => elsewhere.Contains(item.Label));
        return word.Length == 0 && items.Any(item => !IsOption(item)) ? [.. items.Where(item => !IsOption(item))] : items;
    }

    /// <summary>The library offers what all of a command's arguments take, those that are given already included.</summary>
    private static HashSet<string> OfOtherArguments(ParseResult parsed, ParseResult before)
    {
        var arguments = parsed.CommandResult.Command.Arguments;
        if (before.Tokens is [.., { Type: TokenType.Option, Value: var name }]
            && parsed.CommandResult.Command.Options.Any(option => option.ValueType != typeof(bool) && option.Aliases.Append(option.Name).Contains(name)))
        {
            // What is being typed is that option's value.
            return [];
        }
        var context = parsed.GetCompletionContext();
        var next = arguments.FirstOrDefault(argument => (before.GetResult(argument)?.Tokens.Count ?? 0) < argument.Arity.MaximumNumberOfValues);
        var others = arguments.Where(argument => argument != next).SelectMany(argument => argument.GetCompletions(context)).Select(item => item.Label).ToHashSet(StringComparer.Ordinal);
        others.ExceptWith(next?.GetCompletions(context).Select(item => item.Label) ?? []);
        return others;
    }

    [GeneratedRegex(@"(?<=\s--[a-z-]+)=", RegexOptions.CultureInvariant)]
    private static partial Regex EqualsSign();

    private static bool IsOption(CompletionItem item) => item.Label.StartsWith('-');

    private sealed class Offer(Directive complete) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var line = parseResult.Tokens.LastOrDefault(token => token.Type != TokenType.Directive)?.Value ?? "";
            var point = parseResult.GetResult(complete) is { Values: [var value, ..] } && int.TryParse(value, CultureInfo.InvariantCulture, out var given) ? given : line.Length;
            foreach (var item in At(parseResult.RootCommandResult.Command, line, point))
            {
                parseResult.InvocationConfiguration.Output.WriteLine($"{item.Label}\t{item.Detail}");
            }
            return 0;
        }
    }
}
