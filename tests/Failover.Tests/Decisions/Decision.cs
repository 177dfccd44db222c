namespace Failover.Decisions;

/// <summary>One thing that a decision depends on, with every value of it that there is, in the field's words.</summary>
internal abstract class Given(string title, IReadOnlyList<string> words)
{
    public string Title => title;

    public IReadOnlyList<string> Words => words;
}

/// <inheritdoc cref="Given"/>
internal sealed class Given<T>(string title, params (string Word, T Value)[] values) : Given(title, [.. values.Select(value => value.Word)])
{
    public T Of(string word) => values.Single(value => value.Word == word).Value;
}

/// <summary>One case: a word for each thing given.</summary>
internal sealed class Case(IReadOnlyList<Given> given, IReadOnlyList<string> words)
{
    public T Of<T>(Given<T> column) => column.Of(words[given.Index().Single(each => each.Item == column).Index]);

    public override string ToString() => string.Join(" | ", words);
}

/// <summary>A decision of the product and the table under <paramref name="Heading"/> in <paramref name="Page"/> that says how it falls in every case.</summary>
/// <param name="Page">The Markdown file in this folder, without its ending.</param>
/// <param name="Then">The titles of the columns that hold the decision.</param>
internal sealed record Decision(string Page, string Heading, IReadOnlyList<Given> Given, IReadOnlyList<string> Then, Func<Case, Task<string[]>> DecideAsync)
{
    /// <summary>For a decision that is a pure function.</summary>
    public Decision(string page, string heading, IReadOnlyList<Given> given, IReadOnlyList<string> then, Func<Case, string[]> decide)
        : this(page, heading, given, then, row => Task.FromResult(decide(row)))
    {
    }

    /// <summary>False for what cannot be; the page says why.</summary>
    public Func<Case, bool> CanBe { get; init; } = _ => true;

    /// <summary>Every case that can be, the last thing given changing fastest.</summary>
    public IEnumerable<IReadOnlyList<string>> Cases() => Given
        .Aggregate<Given, IEnumerable<IReadOnlyList<string>>>([[]], (cases, given) => cases.SelectMany(words => given.Words.Select(word => (IReadOnlyList<string>)[.. words, word])))
        .Where(words => CanBe(new Case(Given, words)));

    public override string ToString() => $"{Page}: {Heading}";
}
