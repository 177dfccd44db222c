using Failover.Agents;

namespace Failover.Examinations;

/// <summary>Checks in the order of their making, of which each may depend on others: what another one explains is not told twice.</summary>
internal sealed class CheckList
{
    private readonly List<PreflightCheck> _checks = [];

    public IReadOnlyList<PreflightCheck> All => _checks;

    /// <summary>Whether all so far are as they should be.</summary>
    public bool AllOk => _checks.All(check => check.Outcome == CheckOutcome.Ok);

    /// <summary>Adds the check. One that is not ok says nothing while one of those that it depends on is not ok either.</summary>
    public PreflightCheck Add(PreflightCheck check, params ReadOnlySpan<PreflightCheck> after)
    {
        if (check.Outcome != CheckOutcome.Ok)
        {
            foreach (var cause in after)
            {
                if (cause.Outcome != CheckOutcome.Ok)
                {
                    check = check with { Outcome = CheckOutcome.NotLookedAt, Seen = $"cannot be told before {cause.Name} is ok", Remedy = "" };
                    break;
                }
            }
        }
        _checks.Add(check);
        return check;
    }

    public PreflightCheck Require(string name, bool holds, string seen, string remedy, params ReadOnlySpan<PreflightCheck> after) => Add(
        Check(name, holds ? CheckOutcome.Ok : CheckOutcome.Fails, seen, remedy), after);

    public PreflightCheck Expect(string name, bool holds, string seen, string remedy, params ReadOnlySpan<PreflightCheck> after) => Add(
        Check(name, holds ? CheckOutcome.Ok : CheckOutcome.Warning, seen, remedy), after);

    private static PreflightCheck Check(string name, CheckOutcome outcome, string seen, string remedy) =>
        new(name, outcome, seen, outcome == CheckOutcome.Ok ? "" : remedy);
}
