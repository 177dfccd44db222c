using System.Buffers.Binary;
using System.Net.Sockets;

namespace FaultProxy;

/// <summary>
/// One record of TLS as it is on the wire: five bytes of header, then as many as the header says. What is in it is encrypted; where it ends is not.
/// </summary>
public readonly record struct TlsRecord(byte[] Bytes)
{
    private const int HeaderBytes = 5;
    private const byte FirstType = 20;
    private const byte ApplicationData = 23;
    private const byte LastType = 24;

    public bool IsApplicationData => Bytes[0] == ApplicationData;

    /// <summary>The next record; null where the sender has ended its side, also in the middle of one.</summary>
    /// <exception cref="InvalidDataException">This is no TLS.</exception>
    public static async Task<TlsRecord?> ReadAsync(Socket from, CancellationToken ct)
    {
        var header = new byte[HeaderBytes];
        if (!await FillAsync(from, header, ct))
        {
            return null;
        }
        if (header[0] is < FirstType or > LastType)
        {
            throw new InvalidDataException($"a record of TLS does not begin with {header[0]}");
        }
        var record = new byte[HeaderBytes + BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(3))];
        header.CopyTo(record, 0);
        return await FillAsync(from, record.AsMemory(HeaderBytes), ct) ? new TlsRecord(record) : null;
    }

    private static async Task<bool> FillAsync(Socket from, Memory<byte> buffer, CancellationToken ct)
    {
        while (buffer.Length > 0)
        {
            var read = await from.ReceiveAsync(buffer, ct);
            if (read == 0)
            {
                return false;
            }
            buffer = buffer[read..];
        }
        return true;
    }
}
