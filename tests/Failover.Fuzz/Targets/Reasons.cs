namespace Failover.Fuzzing.Targets;

/// <summary>Short names for refusals that come as sentences.</summary>
internal static class Reasons
{
    private const int Most = 4;

    /// <summary>A few words of the sentence, without the first ones, which name a place.</summary>
    public static string Words(string sentence, int skip) => string.Join(' ', sentence.Split(' ', skip + Most + 1).Skip(skip).Take(Most));
}
