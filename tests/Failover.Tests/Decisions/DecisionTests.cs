using Failover.Simulation;

namespace Failover.Decisions;

/// <summary>
/// The product decides in every case as its pages say, which people have read and agree with. The pages are golden: after a change of mind,
/// <c>FAILOVER_WRITE_DOCS=1</c> and the method <see cref="Each_table_has_every_case_once"/> write the tables anew, and each row that differs is to be read before it is committed.
/// </summary>
[Collection(SimulationCollection.Name)]
public class DecisionTests
{
    private const string WriteDocs = "FAILOVER_WRITE_DOCS";

    private static readonly IReadOnlyList<Decision> All =
    [
        .. WayOutDecisions.All, .. TargetDecisions.All, .. RestartDecisions.All, .. OrderDecisions.All, .. ByHandDecisions.All, .. RecordDecisions.All, .. AdviceDecisions.All,
    ];

    public static TheoryData<string> Tables => [.. All.Select(decision => $"{decision}")];

    public static IEnumerable<TheoryDataRow<string, string>> Rows =>
        from decision in All
        from row in DecisionPage.Open(decision.Page).TableUnder(decision.Heading).Skip(1)
        select new TheoryDataRow<string, string>($"{decision}", string.Join(" | ", row));

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Each_case_is_decided_as_the_page_says(string table, string row)
    {
        var decision = Named(table);
        var cells = row.Split(" | ");

        var decided = await decision.DecideAsync(new Case(decision.Given, cells[..decision.Given.Count]));

        Assert.Equal(cells[decision.Given.Count..], decided);
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task Each_table_has_every_case_once(string table)
    {
        var decision = Named(table);
        var page = DecisionPage.Open(decision.Page);
        IReadOnlyList<string> titles = [.. decision.Given.Select(given => given.Title), .. decision.Then];
        if (Environment.GetEnvironmentVariable(WriteDocs) == "1")
        {
            List<IReadOnlyList<string>> rows = [titles];
            foreach (var words in decision.Cases())
            {
                rows.Add([.. words, .. await decision.DecideAsync(new Case(decision.Given, words))]);
            }
            page.Write(decision.Heading, rows);
            return;
        }

        var written = page.TableUnder(decision.Heading);

        Assert.Equal(titles, written[0]);
        Assert.Equal(decision.Cases().Select(words => string.Join(" | ", words)), written.Skip(1).Select(row => string.Join(" | ", row.Take(decision.Given.Count))));
    }

    [Fact]
    public void Each_table_on_a_page_is_one_that_is_checked() => Assert.Equal(
        All.Select(decision => $"{decision}").Order(StringComparer.Ordinal),
        DecisionPage.Pages().SelectMany(page => DecisionPage.Open(page).Headings().Select(heading => $"{page}: {heading}")).Order(StringComparer.Ordinal));

    private static Decision Named(string table) => All.Single(decision => $"{decision}" == table);
}
