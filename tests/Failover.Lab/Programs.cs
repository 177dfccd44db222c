namespace Failover.Lab;

/// <summary>Where the built programs lie: beside this one, in the build's output folder, in the same configuration.</summary>
public static class Programs
{
    public static string Agent => Find("Failover.Agent", "failover-agent");

    public static string Coordinator => Find("Failover.Coordinator", "failover");

    public static string FakeCluster => Find("FakeCluster", "fake-cluster");

    public static string FakeValidator => Find("FakeValidator", "fake-validator");

    private static string Find(string project, string program)
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var path = Path.Combine(here.Parent!.Parent!.FullName, project, here.Name, program);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is not built: dotnet build Failover.sln -c {here.Name}");
    }
}
