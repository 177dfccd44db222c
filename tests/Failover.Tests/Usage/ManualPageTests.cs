using System.CommandLine;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Failover.Coordination;
using Failover.Coordination.Cli;
using Failover.Coordinator;
using Failover.Coordinator.Commands;
using Microsoft.Extensions.Time.Testing;

namespace Failover.Usage;

/// <summary>The manual pages are made of the definitions, so nothing that can be typed is missing in them.</summary>
public sealed partial class ManualPageTests
{
    private static readonly DateOnly Date = new(2026, 11, 24);

    public static TheoryData<string> Programs => ["failover", "failover-agent"];

    [Theory]
    [MemberData(nameof(Programs))]
    public void Every_command_option_and_argument_is_in_the_page_with_what_it_is_for(string program)
    {
        var (root, page) = PageOf(program);
        var sections = page.Split("\n.SS ");
        Assert.NotEmpty(root.Subcommands);
        foreach (var option in root.Options)
        {
            Assert.Contains($"\n{option.Aliases.Append(option.Name).MaxBy(name => name.Length)}", sections[0].Replace(", ", "\n", StringComparison.Ordinal), StringComparison.Ordinal);
        }
        foreach (var (path, command) in Leaves(root, ""))
        {
            var section = Assert.Single(sections, section => section.StartsWith($"\"{path}", StringComparison.Ordinal) && section[path.Length + 1] is ' ' or '"');
            var words = Squeeze(section);
            Assert.Contains(Squeeze(command.Description!), words, StringComparison.Ordinal);
            foreach (var argument in command.Arguments)
            {
                Assert.Contains(argument.Name, section.Split('\n')[0], StringComparison.Ordinal);
                Assert.Contains(Squeeze(argument.Description!), words, StringComparison.Ordinal);
            }
            foreach (var option in command.Options.Concat(Inherited(root, path)))
            {
                Assert.All(option.Aliases.Append(option.Name), name => Assert.Matches($@"(?m)^(.*, )?{Regex.Escape(name)}( |,|$)", section));
                Assert.Contains(Squeeze(option.Description!), words, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task The_formatter_has_nothing_to_warn_of(string program)
    {
        var ct = TestContext.Current.CancellationToken;
        Assert.SkipUnless(File.Exists("/usr/bin/groff"), "There is no groff here: apt-get install groff-base.");
        using var groff = Process.Start(new ProcessStartInfo("/usr/bin/groff", ["-ww", "-man", "-Tutf8", "-"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await groff.StandardInput.WriteAsync(ManualPage.Write(RootOf(program), TextOf(program), Date).AsMemory(), ct);
        groff.StandardInput.Close();
        var shown = groff.StandardOutput.ReadToEndAsync(ct);
        Assert.Equal("", await groff.StandardError.ReadToEndAsync(ct));
        await groff.WaitForExitAsync(ct);
        Assert.Equal(0, groff.ExitCode);
        Assert.Contains(program, await shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_stands_for_itself_wherever_it_comes_to_stand()
    {
        var root = new RootCommand(@"A \fB-flag 'and' .dot.") { new Command("x", new string('w', 70) + " .request at a line's beginning") };
        var page = ManualPage.Write(root, new("x", 1, "1", "x"), Date);
        Assert.Contains("A \\efB\\-flag \\(aqand\\(aq .dot.\n", page, StringComparison.Ordinal);
        Assert.Contains("\n\\&.request", ManualPage.Write(new RootCommand(new string('w', 78) + " .request"), new("x", 1, "1", "x"), Date), StringComparison.Ordinal);
        Assert.DoesNotContain("\n.request", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_is_dated_by_those_who_build_a_package_or_by_the_clock()
    {
        var root = new RootCommand();
        Manual.AddTo(root, new("x", 1, "1.2.3", "x"), name => name == "SOURCE_DATE_EPOCH" ? "86400" : null, new FakeTimeProvider());
        using var output = new StringWriter();
        Assert.Equal(0, await root.Parse("manual").InvokeAsync(new() { Output = output }, TestContext.Current.CancellationToken));
        Assert.StartsWith(".TH \"X\" 1 1970-01-02 \"x 1.2.3\" Failover\n", output.ToString(), StringComparison.Ordinal);

        var run = await CliRun.RunAsync(new Pair(), "manual");
        Assert.StartsWith(".TH \"FAILOVER\" 1 ", run.Out, StringComparison.Ordinal);
        Assert.Contains("\n.SH \"EXIT STATUS\"\n", run.Out, StringComparison.Ordinal);
    }

    private static RootCommand RootOf(string program) => program == "failover"
        ? FailoverCli.Create(new Shared(CliRun.Around(new Pair(), TextWriter.Null, TextWriter.Null)))
        : Failover.Agent.CommandLine.Create();

    private static ManualText TextOf(string program) => program == "failover" ? FailoverManual.Text : Failover.Agent.AgentManual.Text;

    // Without the marks of fonts and escapes, as a reader sees it.
    private static (RootCommand Root, string Page) PageOf(string program)
    {
        var root = RootOf(program);
        var page = Fonts().Replace(ManualPage.Write(root, TextOf(program), Date), "");
        return (root, page.Replace("\\-", "-", StringComparison.Ordinal).Replace("\\(aq", "'", StringComparison.Ordinal).Replace("\\(ti", "~", StringComparison.Ordinal)
            .Replace("\\(dq", "\"", StringComparison.Ordinal));
    }

    private static IEnumerable<(string Path, Command Command)> Leaves(Command above, string path) => above.Subcommands.SelectMany(command =>
        command.Subcommands.Count == 0 ? [($"{path}{command.Name}", command)] : Leaves(command, $"{path}{command.Name} "));

    private static IEnumerable<Option> Inherited(RootCommand root, string path) =>
        root.Subcommands.Where(command => path.StartsWith($"{command.Name} ", StringComparison.Ordinal)).SelectMany(command => command.Options).Where(option => option.Recursive);

    private static string Squeeze(string text) => string.Join(' ', text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex(@"\\f[BIR]|\\&", RegexOptions.CultureInvariant)]
    private static partial Regex Fonts();
}
