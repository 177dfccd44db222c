using Failover.Protocol.Configuration;
using Failover.Testing;

namespace Failover.Tests.Protocol;

public sealed class CoordinatorConfigTests
{
    [Fact]
    public void The_example_is_right()
    {
        var config = CoordinatorConfig.Load(Path.Combine(AppContext.BaseDirectory, "config", "coordinator.example.toml"));
        Assert.Equal(["london", "frankfurt"], config.Nodes.Select(node => node.Name));
        Assert.Equal(Path.Combine(AppContext.BaseDirectory, "config", "tls", "ops.key"), config.Tls.Key);
    }

    [Theory]
    [InlineData("", "ops.toml:1: nodes: is missing; add [[nodes]] with name and address, once per node")]
    [InlineData("[[nodes]]\nname = \"a\"\naddress = \"https://a:1\"\nport = 5", "ops.toml:4: nodes[0].port: is not a key that is known; there are in nodes[0]: address, name")]
    [InlineData("[nodes]\nname = \"a\"", "ops.toml:1: nodes: is missing")]
    [InlineData("[tls]\npassword = \"x\"", "ops.toml:2: tls.password: is not a key that is known")]
    public void A_mistake_is_named_with_its_file_line_and_key(string text, string mistake) => Assert.Contains(
        Assert.Throws<ConfigException>(() => CoordinatorConfig.From(ConfigDocument.Parse("ops.toml", text, []))).Mistakes,
        found => found.ToString().StartsWith(mistake, StringComparison.Ordinal));

    [Theory]
    [InlineData("x = ", "[", 100_000)]
    [InlineData("x = ", "{ a = ", 1_000)]
    [InlineData("x = \"\\ud800\"", "", 0)]
    [InlineData("", "a.", 30_000)]
    [InlineData("[", "a.", 30_000)]
    public void A_text_that_no_person_wrote_is_a_mistake_and_nothing_worse(string begins, string repeated, int times)
    {
        var text = begins + string.Concat(Enumerable.Repeat(repeated, times)) + (begins == "[" ? "a]" : begins.Length == 0 ? "a = 1" : "");

        Allocations.AssertAtMost(64 * 1024 * 1024, () => Assert.Throws<ConfigException>(() => CoordinatorConfig.From(ConfigDocument.Parse("ops.toml", text, []))));
    }

    [Fact]
    public void A_key_that_is_too_long_to_be_known_is_named_by_its_beginning() => Assert.StartsWith(
        $"ops.toml:2: {new string('a', 200)}: begins a key that is longer than any that is known",
        Assert.Throws<ConfigException>(() => ConfigDocument.Parse("ops.toml", $"\n{new string('a', 300)} = 1", [])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_not_there_is_a_mistake_as_well() => Assert.StartsWith(
        "/nowhere/ops.toml:1: file: cannot be read: ", Assert.Throws<ConfigException>(() => CoordinatorConfig.Load("/nowhere/ops.toml")).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("50ms", 50)]
    [InlineData("2s", 2_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("10m", 600_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("2d", 172_800_000)]
    public void Durations_are_a_number_and_a_unit(string text, double milliseconds)
    {
        Assert.True(ConfigDuration.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
        Assert.True(ConfigDuration.TryParse(ConfigDuration.Format(duration), out var again));
        Assert.Equal(duration, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("5 s")]
    [InlineData("-5s")]
    [InlineData("1.2.3s")]
    [InlineData(".s")]
    [InlineData("5S")]
    [InlineData("1e3s")]
    [InlineData("400d")]
    [InlineData("99999999999999999999999999999999999s")]
    public void Other_durations_are_none(string text) => Assert.False(ConfigDuration.TryParse(text, out _));
}
