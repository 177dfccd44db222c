using System.Buffers;
using System.Globalization;

namespace Failover.Protocol.Configuration;

/// <summary>Durations as people write them: a number and a unit.</summary>
public static class ConfigDuration
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");
    private static readonly (string Unit, double Milliseconds)[] Units =
        [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    /// <summary>Reads "50ms", "2s", "1.5s", "10m", "1h" or "1d".</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var digits = text.AsSpan().IndexOfAnyExcept(Digits);
        if (digits <= 0 || text.Length > 32)
        {
            return false;
        }
        var unit = Array.Find(Units, unit => text.AsSpan(digits).SequenceEqual(unit.Unit));
        if (unit.Unit is null || !double.TryParse(text.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }
        var milliseconds = number * unit.Milliseconds;
        if (milliseconds > TimeSpan.FromDays(365).TotalMilliseconds)
        {
            return false;
        }
        duration = TimeSpan.FromMilliseconds(milliseconds);
        return true;
    }

    /// <summary>The shortest way to write it with one unit.</summary>
    public static string Format(TimeSpan duration)
    {
        var (unit, size) = Array.FindLast(Units, unit => duration.TotalMilliseconds % unit.Milliseconds == 0 && duration > TimeSpan.Zero);
        return string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds / (unit is null ? 1 : size)}{unit ?? "ms"}");
    }
}
