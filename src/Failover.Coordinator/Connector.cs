using Failover.Protocol.Clients;
using Failover.Protocol.Configuration;
using Failover.Protocol.Tls;

namespace Failover.Coordinator;

/// <summary>From a configuration file to connected agents.</summary>
internal static class Connector
{
    /// <summary>The given file, else the first of the usual ones that exists.</summary>
    /// <exception cref="UsageException">There is none, or it or the certificates cannot be used; nothing was sent.</exception>
    public static Fleet Connect(string? file, Func<string, string?> variable, TimeProvider time)
    {
        try
        {
            var (_, config) = Read(file, variable);
            var trust = new ClusterTrust(config.Tls, time);
            var agents = config.Nodes.Select(node => new RemoteAgent(node, trust, new CallLimits(), time)).ToList();
            return new Fleet(agents, agents, agents, [.. Warnings(trust, time)]);
        }
        catch (TlsFilesException e)
        {
            throw new UsageException($"{e.Message}. Nothing was sent.", "failover pki --help");
        }
    }

    /// <summary>The given file, else the first of the usual ones that exists, and what it says.</summary>
    /// <exception cref="UsageException">There is none, or it cannot be used.</exception>
    public static (string File, CoordinatorConfig Config) Read(string? file, Func<string, string?> variable)
    {
        var found = file ?? Find(variable);
        try
        {
            return (found, CoordinatorConfig.Load(found));
        }
        catch (ConfigException e)
        {
            throw new UsageException("The configuration cannot be used. Nothing was sent.", "", [.. e.Mistakes.Select(mistake => mistake.ToString())]);
        }
    }

    /// <summary>Where this user's own configuration lies.</summary>
    public static string UsersFolder(Func<string, string?> variable) => Path.Combine(variable("HOME") is { Length: > 0 } folder ? folder : "/", ".config", "failover");

    private static string Find(Func<string, string?> variable)
    {
        string[] usual = [Path.Combine(UsersFolder(variable), "coordinator.toml"), "/etc/failover/coordinator.toml"];
        return usual.FirstOrDefault(File.Exists)
            ?? throw new UsageException($"There is no configuration: neither {usual[0]} nor {usual[1]}. Nothing was sent.", "failover init   # or the same command with --config FILE");
    }

    private static IEnumerable<string> Warnings(ClusterTrust trust, TimeProvider time)
    {
        var days = (trust.ExpiresAt - time.GetUtcNow()).TotalDays;
        if (days < Fleet.DaysToWarn)
        {
            yield return $"The certificate of {trust.Identity} {(days < 0 ? "has expired" : $"expires in {(int)days} days")}: failover pki renew {trust.Identity.Name}";
        }
    }
}
