using System.Globalization;

namespace Failover.Agent.Preparing;

/// <summary>A user of this host, from <c>/etc/passwd</c>.</summary>
internal sealed record HostUser(string Name, uint Uid, uint Gid, string Home)
{
    private const string Passwd = "/etc/passwd";

    /// <summary>Null when there is no such user.</summary>
    public static HostUser? Find(Func<HostUser, bool> wanted) => File.ReadLines(Passwd).Select(Read).OfType<HostUser>().FirstOrDefault(wanted);

    // name:password:uid:gid:comment:home:shell, see passwd(5)
    private static HostUser? Read(string line) =>
        line.Split(':') is [var name, _, var uid, var gid, _, var home, ..]
        && uint.TryParse(uid, CultureInfo.InvariantCulture, out var user) && uint.TryParse(gid, CultureInfo.InvariantCulture, out var group)
            ? new HostUser(name, user, group, home)
            : null;
}
