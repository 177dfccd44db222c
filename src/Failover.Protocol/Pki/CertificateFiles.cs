using System.Text;

namespace Failover.Protocol.Pki;

/// <summary>Writes PEM files. A private key is never readable by others, not even for a moment.</summary>
public static class CertificateFiles
{
    /// <summary>Writes a certificate, replacing what is there: a reader sees the old one or the new one, whole.</summary>
    public static void WriteCertificate(string path, string pem) =>
        Write(path, pem, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

    /// <summary>Writes a private key with mode 0600, replacing what is there: a reader sees the old one or the new one, whole.</summary>
    public static void WriteKey(string path, string pem) => Write(path, pem, UnixFileMode.UserRead | UnixFileMode.UserWrite);

    private static void Write(string path, string pem, UnixFileMode mode)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }
        try
        {
            using (var file = new FileStream(temporary, options))
            {
                file.Write(Encoding.ASCII.GetBytes(pem));
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
