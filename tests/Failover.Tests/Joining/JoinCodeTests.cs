using System.Text.RegularExpressions;
using Failover.Protocol.Joining;

namespace Failover.Tests.Joining;

public class JoinCodeTests
{
    [Fact]
    public void It_is_read_back_however_a_person_types_it()
    {
        var code = JoinCode.Generate();
        var shown = code.Reveal();
        Assert.Matches(new Regex("^([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$"), shown);
        foreach (var typed in (string[])[shown, shown.ToLowerInvariant(), shown.Replace("-", "", StringComparison.Ordinal), $" {shown} ", shown.Replace('0', 'O').Replace('1', 'l')])
        {
            Assert.True(JoinCode.TryParse(typed, out var read), typed);
            Assert.Equal(shown, read.Reveal());
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0000-0000-0000-0000-0000-000")]
    [InlineData("0000-0000-0000-0000-0000-00000")]
    [InlineData("0000-0000-0000-0000-0000-000U")]
    [InlineData("0000-0000-0000-0000-0000-000!")]
    [InlineData("0000-0000-0000-0000-0000-00é0")]
    public void Anything_else_is_no_code(string? typed) => Assert.False(JoinCode.TryParse(typed, out _));

    [Fact]
    public void No_log_shows_it()
    {
        var code = JoinCode.Generate();
        Assert.DoesNotContain(code.Reveal()[..4], $"{code}", StringComparison.Ordinal);
    }

    [Fact]
    public void Each_proof_says_one_thing_by_one_side_for_one_key_and_one_time()
    {
        var code = JoinCode.Generate();
        byte[] key = [1, 2, 3], here = new byte[JoinProof.NonceBytes], there = [.. here.Select(_ => (byte)7)];
        var proof = new JoinProof(code, key);
        byte[][] all =
        [
            proof.OfCaller(here), proof.OfCaller(there), proof.OfNode(here, there), proof.OfNode(there, here), proof.OfGrant(here, there, []), proof.OfGrant(here, there, [1]),
            proof.OfGrant(there, here, [1]), new JoinProof(code, new byte[] { 1, 2, 4 }).OfCaller(here), new JoinProof(JoinCode.Generate(), key).OfCaller(here),
        ];
        Assert.Equal(all.Length, all.Select(Convert.ToHexString).Distinct().Count());
        Assert.True(JoinProof.Same(proof.OfNode(here, there), all[2]));
        Assert.False(JoinProof.Same(all[0], all[0].AsSpan(1)));
    }
}
