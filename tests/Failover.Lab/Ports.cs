using System.Net;
using System.Net.Sockets;

namespace Failover.Lab;

/// <summary>Loopback ports for programs that must know each other's before they start.</summary>
internal static class Ports
{
    public static IReadOnlyList<int> Free(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToList();
        listeners.ForEach(listener => listener.Dispose());
        return ports;
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
