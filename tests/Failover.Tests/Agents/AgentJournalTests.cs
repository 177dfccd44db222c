using System.Security.Cryptography;
using System.Text;
using Failover.Handoff;
using Failover.Simulation;

namespace Failover.Agents;

public class AgentJournalTests
{
    private const string File = "/state/state.json";

    private readonly SimulatedDisk _disk = new(_ => { });

    // Lists in records are equal only to themselves; their text is what matters.
    private static string Text(AgentState state) => System.Text.Json.JsonSerializer.Serialize(state, AgentJson.Default.AgentState);

    [Fact]
    public void A_node_without_a_state_file_starts_fresh()
    {
        Assert.Equal(AgentState.Fresh, AgentJournal.Open(_disk, "/state").Current);
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        var written = Write(state => state with { Promised = PromisedRole.Standby, HighestToken = new FencingToken(ulong.MaxValue), VotersOwed = true, LastPromotion = Order(), PastAnswers = [new PastAnswer(Order(), HandoffPhase.Refused, TargetAnswer.Refused("once"))] });

        Assert.Equal(Text(written), Text(AgentJournal.Open(_disk, "/state").Current));
    }

    [Fact]
    public void What_is_written_survives_a_loss_of_power()
    {
        var written = Write(state => state with { HighestToken = new FencingToken(7) });

        _disk.Crash();

        Assert.Equal(Text(written), Text(AgentJournal.Open(_disk, "/state").Current));
    }

    [Fact]
    public void Every_flipped_bit_and_every_cut_is_noticed()
    {
        Write(state => state with { HighestToken = new FencingToken(7), Promised = PromisedRole.Active });
        var whole = _disk.BytesOf(File)!;

        for (var index = 0; index < whole.Length - 1; index++)
        {
            byte[] flipped = [.. whole];
            flipped[index] ^= 1;
            AssertRefused(flipped);
            AssertRefused(whole[..index]);
        }
    }

    [Theory]
    [InlineData("""{"Version":2}""", "newer agent")]
    [InlineData("""{"Version":1,"Unheard":true}""", "Unheard")]
    [InlineData("""null""", "empty")]
    [InlineData("""{"Promised":"Nobody"}""", "")]
    [InlineData("""{"HighestToken":-1}""", "")]
    [InlineData("""{"Version":0}""", "layout version 0")]
    [InlineData("""{"Version":1,"Promised":2}""", "Promised")]
    [InlineData("""{"Version":1,"Promised":"2"}""", "Promised")]
    [InlineData("""{"Version":1,"Promised":"Active, Standby"}""", "Promised")]
    [InlineData("""{"Version":1,"Promised":"standby"}""", "Promised")]
    [InlineData("""{"Version":1,"PastAnswers":null}""", "PastAnswers")]
    [InlineData("""{"Version":1,"PastAnswers":[null]}""", "nothing in a list")]
    [InlineData("""{"Version":1,"Handoff":{"Role":"Source","Phase":"Demoting","BootId":"boot"}}""", "Order")]
    [InlineData("""{"Version":1,"LastPromotion":{"Id":"handoff-0001\n"}}""", "not a handoff id")]
    [InlineData("""{"Version":1,"LastPromotion":{"Id":"handoff-0001","StakedIdentity":"‮"}}""", "not a public key")]
    public void A_state_that_this_agent_cannot_know_is_refused(string line, string why)
    {
        var bytes = Encoding.UTF8.GetBytes(line);

        var refused = AssertRefused([.. bytes, (byte)'\n', .. Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(bytes))), (byte)'\n']);

        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_state_does_not_say_is_as_it_was_at_first()
    {
        var line = """{"Version":1}"""u8.ToArray();
        _disk.Create(File, [.. line, (byte)'\n', .. Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(line))), (byte)'\n'], null);

        Assert.Equal(Text(AgentState.Fresh), Text(AgentJournal.Open(_disk, "/state").Current));
    }

    [Fact]
    public void A_token_never_goes_back()
    {
        var journal = AgentJournal.Open(_disk, "/state");
        journal.Write(state => state with { HighestToken = new FencingToken(7) });

        Assert.Throws<InvalidOperationException>(() => journal.Write(state => state with { HighestToken = new FencingToken(6) }));
    }

    [Fact]
    public void A_write_for_one_handoff_does_not_touch_another()
    {
        var journal = AgentJournal.Open(_disk, "/state");
        journal.Write(state => state with { Handoff = new HandoffState(Order(), HandoffRole.Source, HandoffPhase.Prepared, "boot") });

        Assert.Throws<InvalidOperationException>(() => journal.Write(Order() with { Token = new FencingToken(2) }, (state, _) => state));
    }

    private AgentState Write(Func<AgentState, AgentState> change) => AgentJournal.Open(_disk, "/state").Write(change);

    private OrderRefusedException AssertRefused(byte[] content)
    {
        _disk.Create(File, content, null);
        var refused = Assert.Throws<OrderRefusedException>(() => AgentJournal.Open(_disk, "/state"));
        Assert.Equal(RefusalReason.StateDamaged, refused.Reason);
        return refused;
    }

    private static HandoffOrder Order() => new(
        new HandoffId("handoff-0001"), new FencingToken(1), Keypairs.Of(1).Public, Keypairs.Of(2).Public, "genesis", "node-a", "node-b");
}
