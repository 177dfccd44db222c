using System.Globalization;

namespace FakeCluster.Oracle;

internal static class Text
{
    public static string Time(DateTimeOffset at) => at.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
}
