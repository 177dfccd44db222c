namespace Failover.Fuzzing.Cases;

/// <summary>What a reader said of an input: what it made of it, or the reason of its own kind of refusal.</summary>
internal readonly record struct Answer(object? Accepted, string Refusal)
{
    public static Answer Accept(object accepted) => new(accepted, "");

    public static Answer Refuse(string reason) => new(null, reason);
}

/// <summary>One reader of what others wrote.</summary>
internal abstract class FuzzTarget(string name)
{
    public string Name { get; } = name;

    /// <summary>Its part of the cases, as against the other targets: what is quick to read is read more often.</summary>
    public int Weight { get; protected init; } = 4;

    /// <summary>How much reading may allocate, whatever the input says: so much at least, and so much per byte of it.</summary>
    public (long Least, long PerByte) MostAllocated { get; protected init; } = (64 * 1024, 64);

    /// <summary>The input of a case.</summary>
    public abstract byte[] Make(CaseRandom random);

    /// <summary>Reads it as the product does. Any exception that comes out is a mistake; so is one that comes later than synchronously.</summary>
    public abstract ValueTask<Answer> ReadAsync(byte[] input);

    /// <summary>Looks at what was accepted with other eyes.</summary>
    /// <exception cref="FindingException">It is not valid.</exception>
    public abstract void Check(byte[] input, object accepted);
}

/// <summary>The product did what it must never do.</summary>
internal sealed class FindingException(string what, Exception? inner = null) : Exception(what, inner)
{
    public static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new FindingException(what);
        }
    }
}
