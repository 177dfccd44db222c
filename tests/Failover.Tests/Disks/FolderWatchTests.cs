using System.Text;
using Failover.Disks;

namespace Failover.Tests.Disks;

public sealed class FolderWatchTests : IDisposable
{
    private const string Prefix = "tower-1_9-S.bin";

    private readonly ScratchFolder _folder = new();
    private readonly LinuxDisk _disk = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private void Rename(string from, string to) => _disk.Rename(_folder[from], _folder[to]);

    [Fact]
    public async Task A_rename_in_the_folder_is_reported()
    {
        _folder.Write($"{Prefix}.new", "x");
        using var watch = _disk.Watch(_folder.Path, Prefix);
        var next = watch.NextAsync(Ct);

        Rename($"{Prefix}.new", Prefix);

        await next;
    }

    [Fact]
    public async Task A_change_between_two_calls_is_not_missed_and_reported_once()
    {
        _folder.Write($"{Prefix}.new", "x");
        using var watch = _disk.Watch(_folder.Path, Prefix);
        using var inOrder = _disk.Watch(_folder.Path, "marker");
        Rename($"{Prefix}.new", Prefix);
        _folder.Write("marker", "");
        _disk.Delete(_folder["marker"]);
        await inOrder.NextAsync(Ct);

        await watch.NextAsync(Ct);
    }

    [Fact]
    public async Task Creating_and_writing_files_is_not_reported()
    {
        _folder.Write(Prefix, "there before");
        using var watch = _disk.Watch(_folder.Path, Prefix);
        var next = watch.NextAsync(Ct);

        _folder.Write($"{Prefix}.new", "created");
        _folder.Write(Prefix, "written in place");
        _folder.Write("other", "x");
        _disk.Delete(_folder["other"]);
        await SeenByNowAsync();

        Assert.False(next.IsCompleted);
        Rename($"{Prefix}.new", Prefix);
        await next;
    }

    [Fact]
    public async Task A_file_moved_in_from_elsewhere_is_reported()
    {
        using var elsewhere = new ScratchFolder();
        elsewhere.Write("x", "x");
        using var watch = _disk.Watch(_folder.Path, Prefix);

        _disk.Rename(elsewhere["x"], _folder[Prefix]);

        await watch.NextAsync(Ct);
    }

    [Fact]
    public async Task A_file_deleted_or_moved_away_is_reported()
    {
        using var elsewhere = new ScratchFolder();
        _folder.Write(Prefix, "x");
        _folder.Write($"{Prefix}.new", "x");
        using var watch = _disk.Watch(_folder.Path, Prefix);

        _disk.Delete(_folder[Prefix]);
        await watch.NextAsync(Ct);
        _disk.Rename(_folder[$"{Prefix}.new"], elsewhere["x"]);
        await watch.NextAsync(Ct);
    }

    [Fact]
    public async Task None_of_500_rapid_renames_is_left_unseen()
    {
        using var watch = _disk.Watch(_folder.Path, Prefix);
        var last = _folder.Write($"{Prefix}.done", "x");
        var writer = Task.Run(
            () =>
            {
                for (var i = 0; i < 500; i++)
                {
                    _folder.Write($"{Prefix}.new", $"{i}");
                    Rename($"{Prefix}.new", Prefix);
                }
                _disk.Delete(last);
            },
            Ct);

        // Whoever looks after each report has seen the newest content at the end.
        bool atTheEnd;
        string seen;
        do
        {
            await watch.NextAsync(Ct);
            atTheEnd = _disk.Stat(last) is null;
            seen = ContentNow();
        }
        while (!atTheEnd);
        await writer;

        Assert.Equal("499", seen);

        string ContentNow() => _disk.Stat(_folder[Prefix]) is null ? "" : Encoding.UTF8.GetString(_disk.Read(_folder[Prefix], 10));
    }

    [Fact]
    public async Task Each_of_500_renames_wakes_the_one_who_waits()
    {
        using var watch = _disk.Watch(_folder.Path, Prefix);
        for (var i = 0; i < 500; i++)
        {
            _folder.Write("x", "x");
            var next = watch.NextAsync(Ct);
            Rename("x", Prefix);
            await next;
        }
    }

    [Fact]
    public async Task A_change_whose_waiter_gave_up_is_kept_for_the_next()
    {
        _folder.Write("x", "x");
        using var watch = _disk.Watch(_folder.Path, Prefix);
        using var gaveUp = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var abandoned = watch.NextAsync(gaveUp.Token);
        await gaveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);

        Rename("x", Prefix);

        await watch.NextAsync(Ct);
    }

    [Fact]
    public async Task A_folder_that_goes_is_an_error_then_and_ever_after()
    {
        var below = Directory.CreateDirectory(_folder["below"]).FullName;
        using var watch = _disk.Watch(below, Prefix);
        var next = watch.NextAsync(Ct);

        Directory.Delete(below);

        await Assert.ThrowsAsync<IOException>(() => next);
        await Assert.ThrowsAsync<IOException>(() => watch.NextAsync(Ct));
    }

    [Fact]
    public async Task A_folder_that_is_moved_is_an_error()
    {
        var below = Directory.CreateDirectory(_folder["below"]).FullName;
        using var watch = _disk.Watch(below, Prefix);

        _disk.Rename(below, _folder["away"]);

        await Assert.ThrowsAsync<IOException>(() => watch.NextAsync(Ct));
    }

    [Fact]
    public void A_missing_folder_or_a_file_cannot_be_watched()
    {
        _folder.Write("file", "x");

        Assert.ThrowsAny<IOException>(() => _disk.Watch(_folder["no"], Prefix));
        Assert.ThrowsAny<IOException>(() => _disk.Watch(_folder["file"], Prefix));
    }

    [Fact]
    public async Task Disposing_ends_the_wait()
    {
        var watch = _disk.Watch(_folder.Path, Prefix);
        var next = watch.NextAsync(Ct);

        watch.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => next);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => watch.NextAsync(Ct));
    }

    // Events of one folder come in order: when a later one has arrived at a second watch, the first has had its own. It gets two, so that
    // the thread of the first has had its turn as well in all but freak cases, which could only hide a failure, never cause one.
    private async Task SeenByNowAsync()
    {
        using var marker = _disk.Watch(_folder.Path, "marker");
        for (var i = 0; i < 2; i++)
        {
            _folder.Write("marker", "");
            _disk.Delete(_folder["marker"]);
            await marker.NextAsync(Ct);
        }
    }
}
