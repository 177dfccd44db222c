using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Failover.Agents;

namespace Failover.Coordinator.Commands;

/// <summary>The options that choose the moment of a handoff.</summary>
internal sealed class MomentOptions
{
    private static readonly TimeSpan UsualIdleTime = TimeSpan.FromMinutes(2);

    // As the validator's own wait-for-restart-window.
    private const double UsualDelinquentPercent = 5;

    private readonly Option<TimeSpan> _idle = new("--min-idle-time")
    {
        Description = "Wait until no leader slot of the identity is within this time",
        HelpName = "2m",
        DefaultValueFactory = _ => UsualIdleTime,
        CustomParser = ParseIdleTime,
    };

    private readonly Option<double> _delinquent = new("--max-delinquent-stake")
    {
        Description = "Wait while this much of the cluster's stake, or more, is delinquent; 100: whatever it is",
        HelpName = "PERCENT",
        DefaultValueFactory = _ => UsualDelinquentPercent,
        CustomParser = ParsePercent,
    };

    private readonly Option<bool> _snapshot = new("--wait-for-snapshot")
    {
        Description = "Wait until the active node's validator has written a new snapshot, as one wants it before it is restarted",
    };

    private readonly Option<string?> _now = new("--now")
    {
        Description = "Do not wait for any of it: a leader slot may be lost. The reason is recorded",
        HelpName = "REASON",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public void AddTo(Command command)
    {
        command.Add(_idle);
        command.Add(_delinquent);
        command.Add(_snapshot);
        command.Add(_now);
        command.Validators.Add(result =>
        {
            foreach (var option in new Option[] { _idle, _delinquent, _snapshot })
            {
                if (result.GetResult(_now) is not null && result.GetResult(option) is { Implicit: false })
                {
                    result.AddError($"--now and {option.Name} exclude each other");
                }
            }
        });
    }

    private static TimeSpan ParseIdleTime(ArgumentResult argument)
    {
        var time = Duration.Parse(argument);
        if (time == TimeSpan.Zero && !argument.Errors.Any())
        {
            argument.AddError("--min-idle-time must be above zero; --now does not wait");
        }
        return time;
    }

    private static double ParsePercent(ArgumentResult argument)
    {
        var text = argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";
        if (!double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) || percent is not (> 0 and <= 100))
        {
            argument.AddError($"\"{text}\" is not a percentage above 0 and at most 100; write it like 5 or 2.5");
        }
        return percent;
    }

    public CommitOptions Read(ParseResult parsed) => parsed.GetResult(_now) is not null
        ? new CommitOptions(TimeSpan.Zero) { OverrideReason = parsed.GetValue(_now) is { Length: > 0 } reason ? reason : "no reason given" }
        : new CommitOptions(parsed.GetValue(_idle))
        {
            // All of it is delinquent: that is no limit.
            MaxDelinquentStake = parsed.GetValue(_delinquent) < 100 ? parsed.GetValue(_delinquent) / 100 : null,
            NewSnapshot = parsed.GetValue(_snapshot),
        };
}
