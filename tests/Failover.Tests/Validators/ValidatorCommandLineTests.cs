using Failover.Disks;
using Failover.Tests.Disks;
using Failover.Validators;

namespace Failover.Tests.Validators;

public sealed class ValidatorCommandLineTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public ValidatorCommandLineTests()
    {
        Directory.CreateDirectory(_folder["ledger"]);
        Directory.CreateDirectory(_folder["other"]);
        var disk = new LinuxDisk();
        disk.CreateSymlink(_folder["link-to-ledger"], "ledger");
        disk.CreateSymlink(_folder["identity.json"], "staked.json");
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>In the line, <c>~</c> is the test's folder, where the process also runs unless its folder may not be known.</summary>
    private bool? Judge(string line, bool folderKnown = true, params string[] marks) =>
        new ValidatorCommandLine(new LinuxValidatorProcessOptions
        {
            LedgerPath = _folder["link-to-ledger"],
            IdentityLinkPath = _folder["identity.json"],
            CommandMarks = marks,
        }).IsValidator(line.Replace("~", _folder.Path, StringComparison.Ordinal).Split(' '), () => folderKnown ? _folder.Path : null);

    [Theory]
    [InlineData("agave-validator --ledger ~/ledger --identity ~/identity.json")]
    [InlineData("/opt/bin/agave-validator --identity /k.json --ledger ~/ledger/")]
    [InlineData("agave-validator --ledger=~/other/../ledger --identity=/k.json")]
    [InlineData("agave-validator -l ~/link-to-ledger -i /k.json")]
    [InlineData("agave-validator -l~/ledger --identity /k.json")]
    [InlineData("agave-validator --identity /k.json run -l ~/ledger")]
    [InlineData("agave-validator --ledger ledger --identity /k.json")]
    [InlineData("agave-validator --identity /k.json")]
    [InlineData("agave-validator --ledger ~/other --identity ~/identity.json")]
    [InlineData("jito-validator --ledger ~/ledger --identity /k.json --log exit")]
    [InlineData("fake --ledger ~/ledger")]
    public void A_validator_of_this_node_is_recognised(string line) => Assert.True(Judge(line));

    [Theory]
    [InlineData("agave-validator --ledger ~/other --identity /k.json")]
    [InlineData("agave-validator --ledger ~/other --identity ~/staked.json")]
    [InlineData("agave-validator -l ~/ledger set-identity ~/identity.json")]
    [InlineData("agave-validator --ledger=~/ledger set-identity --require-tower ~/identity.json")]
    [InlineData("agave-validator --ledger ~/ledger exit --min-idle-time 5")]
    [InlineData("agave-validator monitor --ledger ~/ledger")]
    [InlineData("sudo -u sol agave-validator -l ~/ledger contact-info")]
    [InlineData("agave-validator wait-for-restart-window --ledger ~/ledger --identity FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF")]
    [InlineData("agave-ledger-tool --ledger ~/ledger verify")]
    [InlineData("ls -l ~/ledger")]
    [InlineData("fdctl monitor --config ~/c.toml")]
    [InlineData("bash")]
    public void Anything_else_is_not(string line) => Assert.False(Judge(line));

    [Theory]
    [InlineData("agave-validator --ledger ledger --identity /k.json")]
    [InlineData("agave-validator --identity identity.json --ledger /elsewhere")]
    [InlineData("agave-validator --identity /k.json")]
    public void A_relative_path_from_an_unknown_folder_cannot_be_told(string line) => Assert.Null(Judge(line, folderKnown: false));

    [Fact]
    public void Firedancer_is_told_by_its_marks_alone()
    {
        Assert.Null(Judge("fdctl run --config ~/c.toml"));
        Assert.True(Judge("fdctl run --config ~/c.toml", true, "--config", $"{_folder.Path}/c.toml"));
        Assert.True(Judge("/opt/fd/bin/firedancer run1 net 0 --config ~/c.toml", true, $"{_folder.Path}/c.toml"));
        Assert.False(Judge("fdctl run --config /other.toml", true, $"{_folder.Path}/c.toml"));
        Assert.False(Judge("fdctl set-identity /k.json --config ~/c.toml", true, $"{_folder.Path}/c.toml"));
    }
}
