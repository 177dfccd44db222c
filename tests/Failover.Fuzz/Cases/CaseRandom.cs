namespace Failover.Fuzzing.Cases;

/// <summary>The choices of one case, the same on every machine and in every version of .NET (SplitMix64).</summary>
internal sealed class CaseRandom
{
    private ulong _state;

    public CaseRandom(ulong seed, string target, long number)
    {
        _state = seed;
        foreach (var letter in target)
        {
            _state = Next() ^ letter;
        }
        _state = Next() ^ (ulong)number;
    }

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>From 0 on, below the bound; 0 for a bound of 0.</summary>
    public int Below(int bound) => (int)(((UInt128)Next() * (ulong)bound) >> 64);

    public bool OneIn(int chances) => Below(chances) == 0;

    public T Of<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];

    /// <summary>Mostly small, now and then up to the bound.</summary>
    public int Skewed(int bound) => Below(1 + Below(1 + Below(bound)));

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count; at++)
        {
            bytes[at] = (byte)Next();
        }
        return bytes;
    }
}
