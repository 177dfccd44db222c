using System.Net;
using System.Net.Sockets;

namespace Failover.Lab;

/// <summary>Loopback ports for programs that must know each other's before they start.</summary>
internal static class Ports
{
    // Below those that the system gives to outgoing connections (from 32768 on): one of these could get the port while its program is down between two lives.
    private const int Lowest = 12_000;
    private const int Highest = 32_000;

    private static readonly HashSet<int> Given = [];

    /// <summary>Ports that nobody listens on, each given once by this process.</summary>
    public static IReadOnlyList<int> Free(int count)
    {
        lock (Given)
        {
            List<int> ports = [];
            while (ports.Count < count)
            {
                var port = Random.Shared.Next(Lowest, Highest);
                if (!Given.Contains(port) && IsFree(port))
                {
                    Given.Add(port);
                    ports.Add(port);
                }
            }
            return ports;
        }
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Returns when something listens; fails when the program ended instead.</summary>
    public static async Task AnswersAsync(int port, LabProcess program, CancellationToken ct)
    {
        while (true)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, port, ct);
                return;
            }
            catch (SocketException)
            {
                if (!program.Running)
                {
                    throw new InvalidOperationException($"the program for port {port} ended with {program.ExitCode}; its log says why");
                }
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, ct);
            }
        }
    }
}
