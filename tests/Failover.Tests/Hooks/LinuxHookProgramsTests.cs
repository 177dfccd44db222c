using System.Globalization;
using Failover.Disks;
using Failover.Tests.Disks;

namespace Failover.Hooks;

/// <summary>Real processes.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class LinuxHookProgramsTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly LinuxHookPrograms _programs = new(new LinuxDisk(), TimeProvider.System);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_program_ends_with_its_own_code_and_what_it_said_on_both_streams()
    {
        var exit = await RunAsync("echo out; echo err >&2; exit 7");
        Assert.Equal(7, exit.ExitCode);
        Assert.Equal("out / err", HookText.LastLines(exit.Output));
    }

    [Fact]
    public async Task Arguments_arrive_as_they_are_and_no_shell_reads_them()
    {
        var program = Program("printf '<%s>' \"$@\"");
        var exit = await _programs.RunAsync(new HookCall([program, "$HOME", "a b", "; rm x", ""], Environment), CancellationToken.None);
        Assert.Equal("<$HOME><a b><; rm x><>", exit.Output.Trim());
    }

    [Fact]
    public async Task It_finds_in_its_environment_what_it_is_told_and_nothing_of_the_agents_but_three()
    {
        const string Secret = "FAILOVER_TEST_OF_THE_AGENTS_OWN";
        System.Environment.SetEnvironmentVariable(Secret, "1");
        try
        {
            var exit = await _programs.RunAsync(new HookCall(["/usr/bin/env"], Environment), CancellationToken.None);
            var names = exit.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=')[0]).ToList();
            Assert.Contains("FAILOVER_NODE=london", exit.Output.Split('\n'));
            Assert.Empty(names.Except(["FAILOVER_NODE", "PATH", "HOME", "LANG"]));
        }
        finally
        {
            System.Environment.SetEnvironmentVariable(Secret, null);
        }
    }

    [Fact]
    public async Task Its_input_is_at_its_end() => Assert.Equal("0", (await RunAsync("wc -c")).Output.Trim());

    [Fact]
    public async Task It_has_a_session_of_its_own()
    {
        var exit = await RunAsync("cut -d ' ' -f 1,5,6 /proc/$$/stat");
        var ids = exit.Output.Split('\n')[0].Split(' ');
        Assert.Equal(3, ids.Length);
        Assert.Single(ids.Distinct());
    }

    [Fact]
    public async Task Of_much_output_the_end_is_kept()
    {
        var exit = await RunAsync("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo the end");
        Assert.Equal(0, exit.ExitCode);
        Assert.EndsWith("the end", HookText.LastLines(exit.Output), StringComparison.Ordinal);
        Assert.InRange(exit.Output.Length, 1, 200_000);
    }

    [Fact]
    public async Task Killed_it_is_gone_with_all_that_it_started_though_they_ignore_being_asked()
    {
        var pids = _folder["pids"];
        using var kill = new CancellationTokenSource();
        var running = _programs.RunAsync(new HookCall([Program($"trap '' TERM HUP INT; (trap '' TERM HUP; sleep 1000) & echo $! $$ > {pids}; echo begun; wait; sleep 1000")], Environment), kill.Token);
        while (!File.Exists(pids) || (await File.ReadAllTextAsync(pids, TestContext.Current.CancellationToken)).Length == 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        await kill.CancelAsync();
        var exit = await running;

        Assert.Null(exit.ExitCode);
        Assert.Equal("begun", HookText.LastLines(exit.Output));
        foreach (var pid in (await File.ReadAllTextAsync(pids, TestContext.Current.CancellationToken)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            await GoneAsync(int.Parse(pid, CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public async Task What_it_leaves_behind_with_its_output_open_holds_nobody_up()
    {
        var exit = await RunAsync($"setsid sleep 1000 & echo $! > {_folder["pid"]}; exit 0");
        Assert.Equal(0, exit.ExitCode);
        var left = int.Parse(await File.ReadAllTextAsync(_folder["pid"], TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
        Assert.True(Directory.Exists($"/proc/{left}"), "it was not for us to end");
        using var process = System.Diagnostics.Process.GetProcessById(left);
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_program_that_is_not_there_fails_and_says_so()
    {
        var exit = await _programs.RunAsync(new HookCall(["/nowhere/at-all"], Environment), CancellationToken.None);
        Assert.NotEqual(0, exit.ExitCode);
        Assert.Contains("/nowhere/at-all", exit.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_good_when_it_can_be_run_and_nobody_else_can_change_it()
    {
        var program = Program("exit 0");
        Assert.Equal(HookFile.Good, _programs.Look(program));
        File.CreateSymbolicLink(_folder["link"], program);
        Assert.Equal(HookFile.Good, _programs.Look(_folder["link"]));
        Assert.Equal(HookFile.Missing, _programs.Look(_folder["nothing"]));
        Assert.Equal(HookFile.NotExecutable, _programs.Look(Path.GetDirectoryName(program)!));
    }

    [Theory]
    [InlineData(0b110_100_100, HookFile.NotExecutable)]
    [InlineData(0b111_111_101, HookFile.WritableByOthers)]
    [InlineData(0b111_101_111, HookFile.WritableByOthers)]
    [InlineData(0b111_000_000, HookFile.Good)]
    public void Its_mode_is_looked_at(int mode, HookFile wanted)
    {
        var program = Program("exit 0");
        File.SetUnixFileMode(program, (UnixFileMode)mode);
        Assert.Equal(wanted, _programs.Look(program));
    }

    [Fact]
    public void A_folder_in_which_others_can_replace_it_is_as_bad()
    {
        var folder = Directory.CreateDirectory(_folder["open"]).FullName;
        var program = Path.Combine(folder, "program");
        File.Copy(Program("exit 0"), program);
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
        Assert.Equal(HookFile.WritableByOthers, _programs.Look(program));
        File.SetUnixFileMode(folder, (UnixFileMode)0b001_111_111_111);
        Assert.Equal(HookFile.Good, _programs.Look(program));
    }

    private static Dictionary<string, string> Environment => new(StringComparer.Ordinal) { ["FAILOVER_NODE"] = "london" };

    private Task<HookExit> RunAsync(string script) => _programs.RunAsync(new HookCall([Program(script)], Environment), CancellationToken.None);

    private string Program(string script)
    {
        var path = _folder.Write($"program-{Guid.NewGuid():N}", $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        return path;
    }

    private static async Task GoneAsync(int pid)
    {
        // A zombie is gone as well; whoever inherits it may take its time to notice.
        while (File.Exists($"/proc/{pid}/stat") && !(await File.ReadAllTextAsync($"/proc/{pid}/stat", TestContext.Current.CancellationToken)).Contains(") Z ", StringComparison.Ordinal))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
