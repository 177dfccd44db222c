using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Failover.Coordination;
using Failover.Coordination.Cli;
using Failover.Coordinator;
using Failover.Coordinator.Commands;

namespace Failover.Usage;

/// <summary>What the README and the docs say to type is what the two programs understand.</summary>
public sealed partial class DocumentedCommandsTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "documents");

    /// <summary>Lines to type, as they stand in a block of their own.</summary>
    public static TheoryData<string, string> Lines => Of(Line(), match => match.Groups["command"].Value);

    /// <summary>Mentions in a sentence or a table: an argument may be missing in them.</summary>
    public static TheoryData<string, string> Mentions => Of(Mention(), match => match.Groups["command"].Value.Split('…', '[')[0]);

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_line_to_type_can_be_typed(string document, string line)
    {
        var parsed = Parse(line);
        Assert.True(parsed.Errors.Count == 0, $"{document}: {line}\n{string.Join('\n', parsed.Errors.Select(error => error.Message))}");
    }

    [Theory]
    [MemberData(nameof(Mentions))]
    public void A_command_that_is_spoken_of_exists_with_its_options(string document, string mention)
    {
        var parsed = Parse(mention);
        Assert.True(parsed.UnmatchedTokens.Count == 0, $"{document}: {mention}\nnobody knows {string.Join(' ', parsed.UnmatchedTokens)}");
        Assert.True(parsed.CommandResult.Command is not RootCommand || parsed.Tokens.Count > 0, $"{document}: {mention}");
    }

    [Fact]
    public void There_are_documents_and_they_speak_of_commands()
    {
        Assert.True(Directory.EnumerateFiles(Folder, "*.md").Count() >= 10);
        Assert.True(Lines.Count >= 6 && Mentions.Count >= 40, $"{Lines.Count} lines and {Mentions.Count} mentions");
    }

    [Fact]
    public void An_option_that_lacks_its_value_is_told_of()
    {
        foreach (var program in new[] { "failover", "failover-agent" })
        {
            foreach (var (path, command) in Leaves(RootOf(program), program))
            {
                foreach (var option in command.Options.Where(option => option.Arity.MinimumNumberOfValues > 0))
                {
                    Assert.True(Parse($"{path} {option.Name}").Errors.Count > 0, $"{path} {option.Name}");
                }
            }
        }
    }

    private static IEnumerable<(string Path, Command Command)> Leaves(Command command, string path) =>
        command.Subcommands.SelectMany(below => Leaves(below, $"{path} {below.Name}")).Append((path, command));

    private static RootCommand RootOf(string program) => program == "failover"
        ? FailoverCli.Create(new Shared(CliRun.Around(new Pair(), TextWriter.Null, TextWriter.Null)))
        : Failover.Agent.CommandLine.Create();

    private static ParseResult Parse(string typed)
    {
        var words = CommandLineParser.SplitCommandLine(typed).ToList();
        return RootOf(words[0]).Parse(words.Skip(1).ToList());
    }

    private static TheoryData<string, string> Of(Regex pattern, Func<Match, string> command)
    {
        var found = Directory.EnumerateFiles(Folder, "*.md").Order(StringComparer.Ordinal)
            .SelectMany(file => pattern.Matches(File.ReadAllText(file)).Select(match => (Path.GetFileName(file), Command: command(match).Trim())))
            .Where(row => row.Command.Contains(' ', StringComparison.Ordinal)).Distinct();
        return [.. found.Select(row => new TheoryDataRow<string, string>(row.Item1, row.Command))];
    }

    [GeneratedRegex(@"^(?: {4}|\$ )(?:sudo )?(?<command>failover(?:-agent)? [^#|&\n]*)", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex("`(?<command>failover(?:-agent)? [^`\n]*)`")]
    private static partial Regex Mention();
}
