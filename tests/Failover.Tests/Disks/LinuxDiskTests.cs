using System.Diagnostics;
using Failover.Disks;

namespace Failover.Tests.Disks;

public sealed class LinuxDiskTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly LinuxDisk _disk = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_created_file_is_read_back_and_belongs_to_its_owner_alone()
    {
        _disk.Create(_folder["a"], "content"u8, null);

        Assert.Equal("content"u8, _disk.Read(_folder["a"], 7));
        var facts = _disk.Stat(_folder["a"])!;
        Assert.Equal((FileKind.Regular, 0x180, 7L), (facts.Kind, facts.Mode, facts.Size));
    }

    [Fact]
    public void A_file_is_created_with_the_owner_and_mode_asked_for()
    {
        var self = _disk.Stat(_folder.Path)!;

        _disk.Create(_folder["a"], "x"u8, new FileOwner(self.Uid, self.Gid, 0x1b4));

        var facts = _disk.Stat(_folder["a"])!;
        Assert.Equal((self.Uid, self.Gid, 0x1b4), (facts.Uid, facts.Gid, facts.Mode));
    }

    [Fact]
    public void Creating_truncates_what_was_there()
    {
        _folder.Write("a", "much longer than the new content");

        _disk.Create(_folder["a"], "new"u8, null);

        Assert.Equal("new"u8, _disk.Read(_folder["a"], 100));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("missing")]
    public void Creating_never_writes_through_a_link(string target)
    {
        _folder.Write("file", "precious");
        _disk.CreateSymlink(_folder["link"], _folder[target]);

        Assert.Throws<IOException>(() => _disk.Create(_folder["link"], "overwritten"u8, null));
        Assert.Throws<IOException>(() => _disk.Append(_folder["link"], "added"u8));

        Assert.Equal("precious"u8, _disk.Read(_folder["file"], 100));
        Assert.Null(_disk.Stat(_folder["missing"]));
    }

    [Fact]
    public void Reading_follows_a_link()
    {
        _folder.Write("file", "content");
        _disk.CreateSymlink(_folder["link"], "file");

        Assert.Equal("content"u8, _disk.Read(_folder["link"], 100));
    }

    [Fact]
    public void A_pipe_under_a_file_name_is_refused_without_hanging()
    {
        using var mkfifo = Process.Start("mkfifo", _folder["pipe"])!;
        mkfifo.WaitForExit();

        Assert.Throws<IOException>(() => _disk.Read(_folder["pipe"], 100));
        Assert.Throws<IOException>(() => _disk.Create(_folder["pipe"], "x"u8, null));
        Assert.Throws<IOException>(() => _disk.Append(_folder["pipe"], "x"u8));
        Assert.Equal(FileKind.Other, _disk.Stat(_folder["pipe"])!.Kind);
    }

    [Fact]
    public void A_folder_is_no_file()
    {
        Assert.Throws<IOException>(() => _disk.Read(_folder.Path, 100));
        Assert.Throws<IOException>(() => _disk.Create(_folder.Path, "x"u8, null));
        Assert.Equal(FileKind.Folder, _disk.Stat(_folder.Path)!.Kind);
    }

    [Fact]
    public void A_file_larger_than_allowed_is_refused()
    {
        _folder.Write("a", "12345");

        Assert.Equal(5, _disk.Read(_folder["a"], 5).Length);
        Assert.Throws<IOException>(() => _disk.Read(_folder["a"], 4));
    }

    [Fact]
    public void A_file_whose_size_the_kernel_does_not_tell_is_read_whole()
    {
        Assert.Equal(0, _disk.Stat("/proc/self/maps")!.Size);
        Assert.NotEmpty(_disk.Read("/proc/self/maps", 64 * 1024 * 1024));
        Assert.Throws<IOException>(() => _disk.Read("/proc/self/maps", 10));
    }

    [Fact]
    public void What_is_missing_is_said_to_be_missing()
    {
        Assert.Throws<FileNotFoundException>(() => _disk.Read(_folder["a"], 100));
        Assert.Throws<FileNotFoundException>(() => _disk.Rename(_folder["a"], _folder["b"]));
        Assert.Throws<FileNotFoundException>(() => _disk.Sync(_folder["a"]));
        Assert.Throws<FileNotFoundException>(() => _disk.Create(_folder["no/a"], "x"u8, null));
        Assert.Null(_disk.Stat(_folder["a"]));
        Assert.Null(_disk.Stat(_folder["no/a"]));
        Assert.Null(_disk.ReadLink(_folder["a"]));
        _disk.Delete(_folder["a"]);
        _disk.Delete(_folder["no/a"]);
    }

    [Fact]
    public void Nothing_there_and_not_allowed_to_look_are_told_apart()
    {
        _folder.Write("closed/a", "x");
        ScratchFolder.Chmod(_folder["closed"], UnixFileMode.None);

        ScratchFolder.AsNobody(() => Assert.Throws<UnauthorizedAccessException>(() => _disk.Stat(_folder["closed/a"])));
        ScratchFolder.AsNobody(() => Assert.Throws<UnauthorizedAccessException>(() => _disk.ReadLink(_folder["closed/a"])));
        ScratchFolder.AsNobody(() => Assert.Throws<UnauthorizedAccessException>(() => _disk.Read(_folder["closed/a"], 1)));

        ScratchFolder.Chmod(_folder["closed"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public void Appending_creates_the_file_for_its_owner_alone_and_adds_at_the_end()
    {
        _disk.Append(_folder["a"], "one "u8);
        _disk.Append(_folder["a"], "two"u8);

        Assert.Equal("one two"u8, _disk.Read(_folder["a"], 100));
        Assert.Equal(0x180, _disk.Stat(_folder["a"])!.Mode);
    }

    [Fact]
    public void Renaming_replaces_the_file_and_keeps_its_identity()
    {
        _folder.Write("a", "old");
        _folder.Write("a.new", "new");
        var inode = _disk.Stat(_folder["a.new"])!.Inode;

        _disk.Sync(_folder["a.new"]);
        _disk.Rename(_folder["a.new"], _folder["a"]);
        _disk.SyncFolder(_folder.Path);

        Assert.Equal(inode, _disk.Stat(_folder["a"])!.Inode);
        Assert.Null(_disk.Stat(_folder["a.new"]));
        Assert.Equal("new"u8, _disk.Read(_folder["a"], 100));
    }

    [Fact]
    public void Renaming_onto_a_link_replaces_the_link_and_not_what_it_points_to()
    {
        _folder.Write("keypair", "precious");
        _disk.CreateSymlink(_folder["identity"], "keypair");
        _disk.CreateSymlink(_folder["identity.new"], "other");

        _disk.Rename(_folder["identity.new"], _folder["identity"]);

        Assert.Equal("other", _disk.ReadLink(_folder["identity"]));
        Assert.Equal("precious"u8, _disk.Read(_folder["keypair"], 100));
    }

    [Fact]
    public void A_rename_across_file_systems_is_refused_rather_than_copied()
    {
        Assert.SkipUnless(Directory.Exists("/dev/shm"), "no second file system at hand");
        var elsewhere = $"/dev/shm/{Path.GetFileName(_folder.Path)}";
        _folder.Write("a", "x");

        Assert.Throws<IOException>(() => _disk.Rename(_folder["a"], elsewhere));

        Assert.Null(_disk.Stat(elsewhere));
    }

    [Fact]
    public void A_second_name_is_the_same_file_and_never_replaces_another()
    {
        _folder.Write("a", "x");
        _folder.Write("taken", "y");

        _disk.HardLink(_folder["a"], _folder["kept"]);

        Assert.Equal(_disk.Stat(_folder["a"])!.Inode, _disk.Stat(_folder["kept"])!.Inode);
        Assert.Throws<IOException>(() => _disk.HardLink(_folder["a"], _folder["taken"]));
        Assert.Throws<IOException>(() => _disk.CreateSymlink(_folder["taken"], "a"));
    }

    [Fact]
    public void A_link_is_told_as_it_is_stored_even_when_it_leads_nowhere()
    {
        _disk.CreateSymlink(_folder["link"], "../no/such/../path");
        _folder.Write("file", "x");

        Assert.Equal("../no/such/../path", _disk.ReadLink(_folder["link"]));
        Assert.Equal(FileKind.Link, _disk.Stat(_folder["link"])!.Kind);
        Assert.Null(_disk.ReadLink(_folder["file"]));
        Assert.Null(_disk.ReadLink(_folder["file/below"]));
    }

    [Fact]
    public void Deleting_removes_a_link_and_not_what_it_points_to()
    {
        _folder.Write("file", "x");
        _disk.CreateSymlink(_folder["link"], "file");

        _disk.Delete(_folder["link"]);

        Assert.Equal(["file"], _disk.List(_folder.Path, ""));
    }

    [Fact]
    public void Names_are_listed_by_prefix_in_ordinal_order_whatever_they_are()
    {
        _folder.Write("tower-b", "");
        _folder.Write("tower-B", "");
        _folder.Write("other", "");
        _folder.Write("tower-folder/x", "");
        _disk.CreateSymlink(_folder["tower-.hidden"], "nowhere");

        Assert.Equal(["tower-.hidden", "tower-B", "tower-b", "tower-folder"], _disk.List(_folder.Path, "tower-"));
        Assert.ThrowsAny<IOException>(() => _disk.List(_folder["no"], ""));
    }

    [Fact]
    public void Free_space_is_told_for_a_folder_and_not_for_a_missing_one()
    {
        Assert.True(_disk.FreeBytes(_folder.Path) > 0);
        Assert.ThrowsAny<IOException>(() => _disk.FreeBytes(_folder["no"]));
    }
}
