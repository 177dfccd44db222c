using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Text;

namespace Failover.Fuzzing.Cases;

/// <summary>
/// A file that holds the command for the case in work. It outlives a process that dies without a word, as one whose stack overflows does;
/// being mapped, it costs next to nothing.
/// </summary>
internal sealed class LastCase : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte[] _number = new byte[20];
    private readonly int _at;

    public LastCase(string folder, string target, ulong seed)
    {
        var command = Encoding.ASCII.GetBytes(FuzzRun.Command(target, seed, "") + new string(' ', _number.Length) + "\n");
        _at = command.Length - 1 - _number.Length;
        _file = MemoryMappedFile.CreateFromFile(Path.Combine(folder, "last-case"), FileMode.Create, null, command.Length);
        _view = _file.CreateViewAccessor();
        _view.WriteArray(0, command, 0, command.Length);
    }

    public void Begin(long number)
    {
        number.TryFormat(_number, out var written, default, CultureInfo.InvariantCulture);
        _view.WriteArray(_at, _number, 0, written);
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
