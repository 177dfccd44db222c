using System.Diagnostics;
using System.Net.Sockets;
using Failover.Disks;
using Failover.Tests.Disks;
using Failover.Validators;
using Microsoft.Extensions.Logging.Abstractions;

namespace Failover.Tests.Validators;

public sealed class LinuxValidatorProcessTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly List<Process> _started = [];

    public LinuxValidatorProcessTests() => Directory.CreateDirectory(_folder["ledger"]);

    public void Dispose()
    {
        foreach (var process in _started)
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
            process.Dispose();
        }
        _folder.Dispose();
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private LinuxValidatorProcess Real => Over("/proc");

    private LinuxValidatorProcess Over(string proc) => new(
        new LinuxValidatorProcessOptions { LedgerPath = _folder["ledger"], ProcPath = proc }, new LinuxDisk(), TimeProvider.System,
        NullLogger<LinuxValidatorProcess>.Instance);

    /// <summary>A shell that names the ledger as a validator does, in a process group of its own.</summary>
    private Process Start(string script)
    {
        var start = new ProcessStartInfo("setsid", ["sh", "-c", script, "fake-validator", "--ledger", _folder["ledger"], "--identity", "/k.json"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        _started.Add(process);
        return process;
    }

    /// <summary>One process in a made-up proc folder.</summary>
    private void Fake(int pid, string arguments, char state = 'S', int parent = 1, int threads = 1)
    {
        _folder.Write($"proc/{pid}/stat", $"{pid} (a) b) {state} {parent} {pid} 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 {threads} 0 777{pid} 0 0\n");
        _folder.Write($"proc/{pid}/cmdline", arguments.Length == 0 ? "" : arguments.Replace(' ', '\0') + "\0");
        _folder.Write($"proc/{pid}/status", "Name:\tx\nUid:\t0\t1001\t1001\t1001\n");
    }

    private LinuxValidatorProcess FakeProc(string mountOptions = "rw", string capabilities = "0000000000000000")
    {
        _folder.Write("proc/self/mounts", $"proc /proc proc {mountOptions} 0 0\n");
        _folder.Write("proc/self/status", $"CapEff:\t{capabilities}\n");
        return Over(_folder["proc"]);
    }

    private string Validator => $"agave-validator --identity /k.json --ledger {_folder["ledger"]}";

    private static ValidatorException CannotTell(LinuxValidatorProcess process)
    {
        var e = Assert.Throws<ValidatorException>(() => process.Find());
        Assert.Equal((Effect.None, ValidatorFailure.Unknown), (e.Effect, e.Failure));
        return e;
    }

    [Fact]
    public async Task A_running_process_is_found_and_killed_with_its_whole_group()
    {
        var child = Start("sleep 1000 & echo ready; read line");
        Assert.Equal("ready", await child.StandardOutput.ReadLineAsync(Ct));

        var found = Real.Find()!;
        Assert.Equal(child.Id, found.Pid);
        Assert.Equal(["/k.json"], found.ValuesOf("--identity"));

        await Real.KillAsync(found, Ct);

        // Its child holds the other end of the pipe as well: the end of the pipe is the end of both.
        Assert.Equal("", await child.StandardOutput.ReadToEndAsync(Ct));
        Assert.Null(Real.Find());
    }

    [Fact]
    public async Task A_process_that_has_ended_by_itself_is_gone()
    {
        var child = Start("echo ready; read line");
        await child.StandardOutput.ReadLineAsync(Ct);
        var found = Real.Find()!;
        child.StandardInput.Close();
        await child.WaitForExitAsync(Ct);

        await Real.KillAsync(found, Ct);
    }

    [Fact]
    public async Task Another_process_that_has_come_by_the_same_pid_is_left_alone()
    {
        var child = Start("echo ready; read line; echo alive");
        await child.StandardOutput.ReadLineAsync(Ct);
        var earlier = Real.Find()! with { StartTicks = 1 };

        await Real.KillAsync(earlier, Ct);

        child.StandardInput.Close();
        Assert.Equal("alive", await child.StandardOutput.ReadLineAsync(Ct));
    }

    [Fact]
    public void Without_a_process_the_real_proc_proves_that_there_is_none() => Assert.Null(Real.Find());

    [Fact]
    public void What_is_found_is_told_as_it_is()
    {
        Fake(100, Validator);

        var found = FakeProc().Find()!;

        Assert.Equal((100, 777100UL, 1001U), (found.Pid, found.StartTicks, found.Uid));
        Assert.Equal(Validator.Split(' '), found.CommandLine);
    }

    [Fact]
    public void A_zombie_does_not_count_but_one_whose_threads_still_run_does()
    {
        Fake(100, Validator, state: 'Z');
        Assert.Null(FakeProc().Find());

        Fake(100, "", state: 'Z', threads: 2);
        _folder.Write("proc/100/task/100/cmdline", "");
        _folder.Write("proc/100/task/101/cmdline", Validator.Replace(' ', '\0'));
        Assert.Equal(100, FakeProc().Find()!.Pid);
    }

    [Fact]
    public void Kernel_threads_and_other_processes_do_not_count()
    {
        Fake(2, "");
        Fake(3, "bash");
        Fake(4, $"agave-validator -l {_folder["ledger"]} monitor");

        Assert.Null(FakeProc().Find());
    }

    [Fact]
    public void Of_wrappers_around_the_validator_the_last_is_the_validator()
    {
        Fake(100, $"sudo {Validator}");
        Fake(101, "something between", parent: 100);
        Fake(102, Validator, parent: 101);

        Assert.Equal(102, FakeProc().Find()!.Pid);
    }

    [Fact]
    public void A_child_that_has_just_been_forked_is_part_of_the_validator()
    {
        Fake(100, $"sudo {Validator}");
        Fake(101, Validator, parent: 100);
        Fake(102, Validator, parent: 101);
        Fake(103, Validator, parent: 102);

        Assert.Equal(101, FakeProc().Find()!.Pid);
    }

    [Fact]
    public void Of_a_process_with_several_children_the_first_is_the_validator()
    {
        Fake(100, Validator);
        Fake(101, $"{Validator} --one", parent: 100);
        Fake(102, $"{Validator} --two", parent: 100);

        Assert.Equal(100, FakeProc().Find()!.Pid);
    }

    [Fact]
    public void Two_unrelated_processes_cannot_be_told_apart()
    {
        Fake(100, Validator);
        Fake(101, Validator);

        CannotTell(FakeProc());
    }

    [Fact]
    public void A_command_line_that_may_not_be_read_makes_it_impossible_to_tell()
    {
        Fake(100, "anything");
        ScratchFolder.Chmod(_folder["proc/100/cmdline"], UnixFileMode.None);
        var process = FakeProc();

        ScratchFolder.AsNobody(() => CannotTell(process));
    }

    [Fact]
    public void A_stat_of_another_form_makes_it_impossible_to_tell()
    {
        Fake(100, "anything");
        _folder.Write("proc/100/stat", "100 (x) S 1");

        CannotTell(FakeProc());
    }

    [Fact]
    public void A_firedancer_whose_node_is_not_told_makes_it_impossible_to_tell()
    {
        Fake(100, "fdctl run --config /c.toml");

        CannotTell(FakeProc());
    }

    [Theory]
    [InlineData("rw,hidepid=2")]
    [InlineData("rw,hidepid=invisible,gid=5")]
    public void Hidden_processes_make_it_impossible_to_tell_that_there_is_none(string options)
    {
        CannotTell(FakeProc(options));
        Assert.Null(FakeProc(options, capabilities: "0000000000080000").Find());

        Fake(100, Validator);
        Assert.Equal(100, FakeProc(options).Find()!.Pid);
    }

    [Fact]
    public void Proc_that_hides_nothing_is_a_proof() => Assert.Null(FakeProc("rw,hidepid=0").Find());

    [Fact]
    public void A_socket_that_somebody_serves_makes_it_impossible_to_tell_that_there_is_none()
    {
        using var unseen = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        unseen.Bind(new UnixDomainSocketEndPoint(_folder["ledger/admin.rpc"]));
        unseen.Listen();
        Assert.Contains("PID namespace", CannotTell(FakeProc()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_proc_makes_it_impossible_to_tell() => CannotTell(Over(_folder["no-proc"]));
}
