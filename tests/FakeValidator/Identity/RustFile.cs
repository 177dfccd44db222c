namespace FakeValidator.Identity;

/// <summary>Reads a file, with failures in the words that Rust's io::Error prints.</summary>
public static class RustFile
{
    public const string NotFound = "No such file or directory (os error 2)";
    public const string PermissionDenied = "Permission denied (os error 13)";
    public const string IsFolder = "Is a directory (os error 21)";

    public static byte[] Read(string path, Func<string, Exception> refuse)
    {
        if (Directory.Exists(path))
        {
            throw refuse(IsFolder);
        }
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw refuse(NotFound);
        }
        catch (UnauthorizedAccessException)
        {
            throw refuse(PermissionDenied);
        }
        catch (IOException failure)
        {
            throw refuse(failure.Message);
        }
    }
}
