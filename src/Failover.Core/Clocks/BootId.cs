using System.Text;
using Failover.Disks;

namespace Failover.Clocks;

/// <summary>Names one boot of the machine: timestamps of <see cref="BoottimeClock"/> only compare within one.</summary>
public static class BootId
{
    private const string Path = "/proc/sys/kernel/random/boot_id";

    /// <summary>The kernel's random id of this boot, a UUID in its usual text form (36 characters).</summary>
    /// <exception cref="IOException">It cannot be read, or is no UUID.</exception>
    public static string Read(IDisk disk)
    {
        var text = Encoding.UTF8.GetString(disk.Read(Path, 64)).Trim();
        return Guid.TryParseExact(text, "D", out _) ? text : throw new IOException($"{Path} holds no UUID");
    }
}
