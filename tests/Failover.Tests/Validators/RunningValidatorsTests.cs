using Failover.Disks;
using Failover.Tests.Disks;
using Failover.Validators;

namespace Failover.Tests.Validators;

public sealed class RunningValidatorsTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private IReadOnlyList<RunningValidator> Found => RunningValidators.Find(new LinuxDisk(), _folder["proc"]);

    private void Process(int pid, string arguments, string cgroup = "0::/system.slice/sol.service")
    {
        _folder.Write($"proc/{pid}/stat", $"{pid} (x) S 1 {pid} 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 {pid} 0 0\n");
        _folder.Write($"proc/{pid}/cmdline", arguments.Replace(' ', '\0') + "\0");
        _folder.Write($"proc/{pid}/status", "Name:\tx\nUid:\t0\t1001\t1001\t1001\n");
        _folder.Write($"proc/{pid}/cgroup", $"{cgroup}\n");
        File.CreateSymbolicLink(_folder[$"proc/{pid}/cwd"], "/home/sol");
    }

    [Fact]
    public void It_is_told_as_its_command_line_has_it()
    {
        Process(7, "/usr/bin/agave-validator --identity identity.json --vote-account vote.json --authorized-voter /k/1.json --authorized-voter /k/2.json --ledger ledger --tower=/mnt/tower --rpc-port 8999");
        var validator = Assert.Single(Found);
        Assert.Equal(("/home/sol/identity.json", "/home/sol/ledger", "/mnt/tower", "/home/sol/vote.json"), (validator.Identity, validator.Ledger, validator.Tower, validator.VoteAccount));
        Assert.Equal(["/k/1.json", "/k/2.json"], validator.Voters);
        Assert.Equal(((ushort?)8999, "sol.service", 1001u, 7), (validator.RpcPort, validator.Unit, validator.Process.Uid, validator.Process.Pid));
    }

    [Fact]
    public void What_is_not_said_is_what_the_validator_takes()
    {
        Process(7, "agave-validator -i /k/identity.json --vote-account FJ6Y4mdvDfEFWNJqTgWb7AsF2JFg7UvZJFxYeRzfNqZC", "0::/user.slice/session-1.scope");
        var validator = Assert.Single(Found);
        Assert.Equal(("/home/sol/ledger", "/home/sol/ledger", "FJ6Y4mdvDfEFWNJqTgWb7AsF2JFg7UvZJFxYeRzfNqZC"), (validator.Ledger, validator.Tower, validator.VoteAccount));
        Assert.Equal((null, null), (validator.RpcPort, validator.Unit));
    }

    [Theory]
    [InlineData("/usr/bin/agave-validator -l /mnt/ledger set-identity /k/u.json")]
    [InlineData("bash /home/sol/agave-validator.sh --identity /k/i.json")]
    [InlineData("sudo agave-validator --identity /k/i.json")]
    public void Other_commands_and_wrappers_are_none(string arguments)
    {
        Process(7, arguments);
        Assert.Empty(Found);
    }

    [Fact]
    public void Two_of_one_ledger_are_one_that_is_just_becoming_another_program()
    {
        Process(7, "agave-validator --identity /k/i.json --ledger /mnt/a");
        Process(8, "agave-validator --identity /k/i.json --ledger /mnt/a");
        Process(9, "agave-validator --identity /k/i.json --ledger /mnt/b");
        Assert.Equal([7, 9], Found.Select(validator => validator.Process.Pid).Order());
    }
}
