namespace Failover.Identities;

/// <summary>
/// A keypair file was refused. The message is for the operator: what is wrong, what was required, and the command that cures it;
/// it never holds a byte of the key.
/// </summary>
public sealed class KeypairFileException(string path, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The path as it was asked for, before links were followed.</summary>
    public string Path { get; } = path;
}
