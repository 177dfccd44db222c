using System.Globalization;
using System.Text;
using Failover.Agents;
using Failover.Handoff;
using Failover.Identities;
using Failover.Records;
using Failover.Validators;

namespace Failover.Coordinator.Output;

/// <summary>How values are written for people.</summary>
internal static class Words
{
    // What a validator is built to make per slot; a guess that is only ever shown with "about".
    private static readonly TimeSpan SlotTime = TimeSpan.FromMilliseconds(400);

    public static string Short(Pubkey? key) => key?.ToString() is { } text ? $"{text[..4]}…{text[^4..]}" : "unknown";

    public static string Number(ulong? number) => number?.ToString("N0", CultureInfo.InvariantCulture) ?? "–";

    public static string Slots(ulong slots) => slots == 1 ? "1 slot" : $"{Number(slots)} slots";

    public static string AboutSlots(ulong slots)
    {
        var time = SlotTime * (double)Math.Min(slots, 1_000_000_000);
        return $"{Slots(slots)} (about {Duration(time.TotalMinutes < 2 ? time : TimeSpan.FromMinutes(Math.Floor(time.TotalMinutes)))})";
    }

    /// <summary>With the precision that a reader of that length needs.</summary>
    public static string Duration(TimeSpan time)
    {
        var (sign, length) = time < TimeSpan.Zero ? ("-", -time) : ("", time);
        FormattableString text = length switch
        {
            { TotalMilliseconds: < 10 } => $"{length.TotalMilliseconds:0.#} ms",
            { TotalMilliseconds: < 1000 } => $"{length.TotalMilliseconds:0} ms",
            { TotalSeconds: < 60 } => $"{length.TotalSeconds:0.0} s",
            { TotalMinutes: < 60, Seconds: 0 } => $"{(int)length.TotalMinutes} min",
            { TotalMinutes: < 60 } => $"{(int)length.TotalMinutes} min {length.Seconds} s",
            { TotalHours: < 48 } => $"{(int)length.TotalHours} h {length.Minutes} min",
            _ => $"{(int)length.TotalDays} days",
        };
        return sign + text.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>In whole seconds: what ticks down is not read more exactly.</summary>
    public static string Countdown(TimeSpan time) => time.TotalSeconds < 60
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds)} s")
        : Duration(TimeSpan.FromSeconds(Math.Ceiling(time.TotalSeconds)));

    public static string Bytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes");

    public static string At(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string Of(HeldIdentity held) => held switch
    {
        HeldIdentity.Staked => "S",
        HeldIdentity.Unstaked => "U",
        _ => "unknown",
    };

    public static string Of(RecordKind kind) => kind switch
    {
        RecordKind.Tower => "tower",
        RecordKind.VoteHistory => "vote history",
        _ => "unknown record",
    };

    public static string Of(PromisedRole role) => role switch
    {
        PromisedRole.Active => "active",
        PromisedRole.Standby => "standby",
        _ => "nothing yet",
    };

    public static string Of(VotingStopProof proof) => proof switch
    {
        VotingStopProof.VoterFence => "voter fence",
        VotingStopProof.CommandGuarantee => "the command's guarantee",
        VotingStopProof.SlowBarrier => "slow barrier",
        _ => "no proof",
    };

    public static string Of(HandoffEnding ending) => ending switch
    {
        HandoffEnding.Unchanged => "unchanged",
        HandoffEnding.WentBack => "went back",
        HandoffEnding.Completed => "completed",
        HandoffEnding.NeedsOperator => "needs operator",
        _ => "not ended",
    };

    public static string Of(HandoffPhase phase) => Spaced(phase.ToString());

    public static string Of(HandoffStep step) => step switch
    {
        HandoffStep.RelinkToUnstaked => "relink to U",
        HandoffStep.SetIdentityUnstaked => "set identity U",
        HandoffStep.Seal => "seal record",
        _ => Spaced(step.ToString()),
    };

    public static string Of(StepState state) => state switch
    {
        StepState.Started => "begins",
        StepState.Alarm => "ALARM",
        _ => Spaced(state.ToString()),
    };

    public static string Of(RecordSummary record) =>
        $"{Of(record.Kind)}, slot {Number(record.LastVotedSlot)}, {Bytes(record.Size)}, sha256 {(record.Sha256.Length > 12 ? record.Sha256[..12] : record.Sha256)}";

    /// <summary>Closes a sentence that something else is put behind.</summary>
    public static string Sentence(string text) => text.Length == 0 || text[^1] is '.' or '!' or '?' or ':' ? text : $"{text}.";

    /// <summary>Texts come from other machines: a control character among them must not reach the terminal.</summary>
    public static string Clean(string text)
    {
        if (!text.Any(IsUnsafe))
        {
            return text;
        }
        var clean = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            clean.Append(c == '\n' ? ' ' : IsUnsafe(c) ? '�' : c);
        }
        return clean.ToString();
    }

    // Controls, and the marks that reorder text: both can make a line say something else than it does.
    private static bool IsUnsafe(char c) => char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format;

    private static string Spaced(string name)
    {
        var words = new StringBuilder(name.Length + 4);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c) && words.Length > 0)
            {
                words.Append(' ');
            }
            words.Append(char.ToLowerInvariant(c));
        }
        return words.ToString();
    }
}
