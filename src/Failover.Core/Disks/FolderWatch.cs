using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Failover.Disks;

/// <summary>
/// Watches one folder through inotify itself. FileSystemWatcher would not do: it reports a file moved in from elsewhere and one just
/// created by the same event, so that each vote's temporary file would look like a stored vote.
/// A watch that has broken (events lost, folder moved, deleted or unmounted) says so in every later call, never by silence.
/// </summary>
internal sealed class FolderWatch : IFolderWatch
{
    private const uint Reported = Inotify.MovedTo | Inotify.MovedFrom | Inotify.Delete;
    private const uint FolderGone = Inotify.DeleteSelf | Inotify.MoveSelf | Inotify.Unmount | Inotify.Ignored;

    private readonly string _folder;
    private readonly byte[] _prefix;
    private readonly SafeFileHandle _inotify;
    private readonly int _watch;
    private readonly Lock _lock = new();
    private TaskCompletionSource? _waiting;
    private bool _changed;
    private bool _disposed;
    private string? _broken;

    public FolderWatch(string folder, string prefix)
    {
        _folder = folder;
        _prefix = Encoding.UTF8.GetBytes(prefix);
        var descriptor = Inotify.Init(Libc.O_CLOEXEC);
        if (descriptor < 0)
        {
            throw Libc.Failure("watch (see the limits fs.inotify.*)", folder);
        }
        _inotify = new SafeFileHandle(descriptor, ownsHandle: true);
        _watch = Inotify.AddWatch(
            _inotify, folder, Reported | Inotify.DeleteSelf | Inotify.MoveSelf | Inotify.OnlyFolder);
        if (_watch < 0)
        {
            var failure = Libc.Failure("watch (see the limits fs.inotify.*)", folder);
            _inotify.Dispose();
            throw failure;
        }
        // inotify can only be waited for by a blocking read; its own thread keeps that off the pool.
        new Thread(ReadEvents) { IsBackground = true, Name = "folder watch" }.Start();
    }

    public async Task NextAsync(CancellationToken ct)
    {
        TaskCompletionSource waiting;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            // Broken goes first: after it, "changed" would promise that the next change is seen too.
            if (_broken is not null)
            {
                throw new IOException(_broken);
            }
            if (_changed)
            {
                _changed = false;
                return;
            }
            waiting = _waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        using (ct.UnsafeRegister(static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), waiting))
        {
            await waiting.Task;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }
            _disposed = true;
            _waiting?.TrySetException(new ObjectDisposedException(nameof(FolderWatch)));
            if (_broken is null)
            {
                // The kernel answers with an "ignored" event, which ends the blocking read, and with it the thread.
                _ = Inotify.RemoveWatch(_inotify, _watch);
            }
        }
    }

    private void ReadEvents()
    {
        using (_inotify)
        {
            var buffer = new byte[64 * 1024];
            while (true)
            {
                var length = (int)Inotify.Read(_inotify, buffer, buffer.Length);
                if (length > 0)
                {
                    if (!Take(buffer.AsSpan(0, length)))
                    {
                        return;
                    }
                }
                else if (length == 0 || Marshal.GetLastPInvokeError() != Libc.EINTR)
                {
                    Break($"the watch on \"{_folder}\" failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
                    return;
                }
            }
        }
    }

    /// <summary>False when nothing more will come.</summary>
    private bool Take(ReadOnlySpan<byte> events)
    {
        while (events.Length >= Inotify.HeaderSize)
        {
            var mask = BinaryPrimitives.ReadUInt32LittleEndian(events[4..]);
            var nameSize = (int)BinaryPrimitives.ReadUInt32LittleEndian(events[12..]);
            var name = events.Slice(Inotify.HeaderSize, nameSize);
            events = events[(Inotify.HeaderSize + nameSize)..];
            if ((mask & Inotify.Overflow) != 0)
            {
                Break($"the watch on \"{_folder}\" lost events: more changes came than the kernel keeps");
                return false;
            }
            if ((mask & FolderGone) != 0)
            {
                Break($"the watch on \"{_folder}\" ended: the folder was moved, deleted or unmounted");
                return false;
            }
            if ((mask & Reported) != 0 && name.StartsWith(_prefix))
            {
                Changed();
            }
        }
        return true;
    }

    private void Changed()
    {
        lock (_lock)
        {
            // A waiting call that was cancelled meanwhile did not take this change: the next one must see it.
            var taken = _waiting?.TrySetResult() ?? false;
            _waiting = null;
            _changed |= !taken;
        }
    }

    private void Break(string why)
    {
        lock (_lock)
        {
            _broken = why;
            _waiting?.TrySetException(new IOException(why));
            _waiting = null;
        }
    }
}
