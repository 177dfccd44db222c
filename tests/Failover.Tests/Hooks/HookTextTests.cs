namespace Failover.Hooks;

public sealed class HookTextTests
{
    [Fact]
    public void Only_the_last_lines_are_kept_on_one_line() =>
        Assert.Equal("3 / 4 / 5 / 6 / 7", HookText.LastLines("1\n2\n3\n\n4\n5\r\n6\n7\n"));

    [Fact]
    public void What_steers_a_terminal_or_reorders_text_is_taken_out() =>
        Assert.Equal("[31mred [2K bell end", HookText.LastLines("\u001b[31mred\u001b[2K\u0007 bell \u202eend\u0085\u200b\0"));

    [Fact]
    public void A_broken_character_is_no_harm() => Assert.Equal("a\ufffdb", HookText.LastLines("a\ud83db"));

    [Fact]
    public void A_long_line_is_cut_to_its_end_and_no_character_in_two()
    {
        var text = HookText.LastLines(string.Concat(Enumerable.Repeat("\U0001F600", 400)) + "x");
        Assert.StartsWith("…\U0001F600", text, StringComparison.Ordinal);
        Assert.EndsWith("\U0001F600x", text, StringComparison.Ordinal);
        Assert.InRange(text.Length, 300, 401);
    }
}
