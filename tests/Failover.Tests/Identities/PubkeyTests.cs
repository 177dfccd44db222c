namespace Failover.Identities;

public class PubkeyTests
{
    [Fact]
    public void A_key_is_read_as_it_is_written() =>
        Assert.Equal("Vote111111111111111111111111111111111111111", Pubkey.Parse("Vote111111111111111111111111111111111111111").ToString());

    [Theory]
    [InlineData("")]
    [InlineData("Vote")]
    [InlineData("Vote1111111111111111111111111111111111111111")]
    [InlineData("Vot0111111111111111111111111111111111111111")]
    [InlineData("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz")]
    [InlineData("\u202EVote11111111111111111111111111111111111111")]
    [InlineData("Vote11111111111111111111111111111111111111\u00e9")]
    [InlineData("\u0130")]
    [InlineData("Vote11111111111111111111111111111111111111\u007f")]
    public void What_is_not_the_base58_of_32_bytes_is_no_key(string text) => Assert.False(Pubkey.TryParse(text, out _));
}
