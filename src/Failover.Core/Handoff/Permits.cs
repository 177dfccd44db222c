using System.Security.Cryptography;

namespace Failover.Handoff;

/// <summary>
/// The target's side of permits. They live in memory only: a restart of the agent withdraws them all. The life counts from the issue, on a clock that
/// includes suspend, so a hand-over that was held up on its way, or that reaches a machine after its sleep, finds no permit.
/// </summary>
public sealed class IssuedPermits(TimeProvider time, TimeSpan life)
{
    // Pings ask for permits all the time; the last few cover a hand-over that was sent with the one before.
    private const int Kept = 8;

    private readonly Queue<(string Nonce, long IssuedAt)> _issued = new();

    public Permit Issue()
    {
        var nonce = RandomNumberGenerator.GetHexString(32, lowercase: true);
        _issued.Enqueue((nonce, time.GetTimestamp()));
        while (_issued.Count > Kept)
        {
            _issued.Dequeue();
        }
        return new Permit(nonce, life);
    }

    /// <summary>Uses a permit up, and all others with it.</summary>
    public UsedPermit Use(string nonce)
    {
        var issued = _issued.FirstOrDefault(permit => permit.Nonce == nonce);
        _issued.Clear();
        return new UsedPermit(issued.Nonce is null ? null : issued.IssuedAt, time, life);
    }
}

/// <summary>A permit that a hand-over came with. Good until its life is over, also in the middle of the promotion: a process may be stopped at any moment and go on much later.</summary>
public sealed class UsedPermit(long? issuedAt, TimeProvider time, TimeSpan life)
{
    /// <summary>Null when the permit is good now; otherwise why it is not.</summary>
    public string? WhyNot()
    {
        if (issuedAt is not { } issued)
        {
            return "its permit was not issued on this link, or was used already";
        }
        var age = time.GetElapsedTime(issued);
        return age <= life ? null : $"its permit is {age.TotalSeconds:0.0} s old and was good for {life.TotalSeconds:0.0} s";
    }
}

/// <summary>The source's side: the newest permit it received, and whether it may still count on it.</summary>
public sealed class ReceivedPermit(Permit permit, TimeProvider time, TimeSpan margin)
{
    private readonly long _receivedAt = time.GetTimestamp();

    public string Nonce => permit.Nonce;

    public bool Good => time.GetElapsedTime(_receivedAt) < permit.Life - margin;
}
