using Microsoft.Extensions.Time.Testing;

namespace Failover.Handoff;

public class PermitsTests
{
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly IssuedPermits _issued;

    public PermitsTests() => _issued = new IssuedPermits(_time, Life);

    [Fact]
    public void A_permit_is_good_to_the_end_of_its_life()
    {
        var permit = _issued.Issue();
        _time.Advance(Life);

        Assert.Null(_issued.Use(permit.Nonce).WhyNot());
    }

    [Fact]
    public void A_permit_is_no_longer_good_after_its_life()
    {
        var permit = _issued.Issue();
        _time.Advance(Life + TimeSpan.FromTicks(1));

        Assert.NotNull(_issued.Use(permit.Nonce).WhyNot());
    }

    [Fact]
    public void A_machine_that_slept_finds_its_permits_dead()
    {
        // The clock of the agent includes suspend: to it, sleep is time that passed.
        var permit = _issued.Issue();
        _time.Advance(TimeSpan.FromHours(8));

        Assert.Contains("28800.0 s old", _issued.Use(permit.Nonce).WhyNot(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_permit_is_used_up_by_the_first_look()
    {
        var permit = _issued.Issue();

        Assert.Null(_issued.Use(permit.Nonce).WhyNot());
        Assert.NotNull(_issued.Use(permit.Nonce).WhyNot());
    }

    [Fact]
    public void A_look_at_one_permit_uses_up_all()
    {
        var first = _issued.Issue();
        var second = _issued.Issue();

        Assert.Null(_issued.Use(first.Nonce).WhyNot());
        Assert.NotNull(_issued.Use(second.Nonce).WhyNot());
    }

    [Theory]
    [InlineData("")]
    [InlineData("00000000000000000000000000000000")]
    public void A_permit_that_was_not_issued_is_refused(string nonce)
    {
        _issued.Issue();

        Assert.NotNull(_issued.Use(nonce).WhyNot());
    }

    [Fact]
    public void A_permit_of_another_link_is_refused()
    {
        var other = new IssuedPermits(_time, Life).Issue();

        Assert.NotNull(_issued.Use(other.Nonce).WhyNot());
    }

    [Fact]
    public void A_permit_that_was_overtaken_by_a_few_newer_ones_is_still_good()
    {
        var permit = _issued.Issue();
        for (var newer = 0; newer < 7; newer++)
        {
            _issued.Issue();
        }

        Assert.Null(_issued.Use(permit.Nonce).WhyNot());
    }

    [Fact]
    public void The_source_stops_counting_on_a_permit_before_the_target_does()
    {
        var received = new ReceivedPermit(new Permit("nonce", Life), _time, TimeSpan.FromSeconds(1));

        _time.Advance(TimeSpan.FromSeconds(8.9));
        Assert.True(received.Good);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.False(received.Good);
    }
}
