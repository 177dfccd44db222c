using Failover.Agent.Preparing;

namespace Failover.Tests.Preparing;

public class QuestionsTests
{
    [Theory]
    [InlineData("/said", "/found", "typed\n", "/said")]
    [InlineData(null, "/found", "\n", "/found")]
    [InlineData(null, "/found", "/typed\n", "/typed")]
    [InlineData(null, null, "\n\n/typed\n", "/typed")]
    public void What_is_said_counts_before_what_is_typed_and_that_before_what_was_found(string? said, string? found, string typed, string expected) =>
        Assert.Equal(expected, new Questions(new StringReader(typed), TextWriter.Null, mayAsk: true).Ask("ledger", "--ledger", said, found));

    [Fact]
    public void Without_anybody_to_ask_the_option_is_named()
    {
        var questions = new Questions(TextReader.Null, TextWriter.Null, mayAsk: false);
        Assert.Equal("/found", questions.Ask("ledger", "--ledger", null, "/found"));
        Assert.Contains("--ledger", Assert.Throws<InitException>(() => questions.Ask("ledger", "--ledger", null, null)).Message, StringComparison.Ordinal);
        Assert.True(questions.Confirm("?"));
    }

    [Theory]
    [InlineData("\n", true)]
    [InlineData("y\n", true)]
    [InlineData("n\n", false)]
    [InlineData("", false)]
    public void Consent_is_a_yes_or_enter_and_no_silence(string typed, bool consents) =>
        Assert.Equal(consents, new Questions(new StringReader(typed), TextWriter.Null, mayAsk: true).Confirm("?"));

    [Fact]
    public void Questions_that_end_before_the_answer_end_it() =>
        Assert.Throws<InitException>(() => new Questions(TextReader.Null, TextWriter.Null, mayAsk: true).Ask("ledger", "--ledger", null, null));
}
