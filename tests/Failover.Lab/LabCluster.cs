using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Failover.Lab;

/// <summary>The fake cluster as a process, and its judge.</summary>
public sealed class LabCluster : IAsyncDisposable
{
    private readonly LabProcess _process;
    private readonly HttpClient _http;

    private LabCluster(LabProcess process, string wire, string http)
    {
        _process = process;
        Wire = wire;
        _http = new HttpClient { BaseAddress = new Uri($"http://{http}"), Timeout = TimeSpan.FromSeconds(10) };
    }

    /// <summary>Where validators connect, <c>host:port</c>.</summary>
    public string Wire { get; }

    public static async Task<LabCluster> StartAsync(LabOptions options, string voteAccount, string staked, string folder, CancellationToken ct)
    {
        string[] arguments =
        [
            "--vote-account", voteAccount, "--identity", staked, "--seed", Text(options.Seed), "--slot-ms", Text(options.Slot.TotalMilliseconds),
            "--leader-every", Text(options.LeaderEvery), "--fork-rate", Text(options.ForkRate), "--events", Path.Combine(folder, "cluster-events.jsonl"),
            .. options.Alpenglow ? (string[])["--alpenglow-since", "1"] : [],
        ];
        var process = LabProcess.Start(Programs.FakeCluster, arguments, Path.Combine(folder, "cluster.log"));
        var line = await process.LineAsync("listening ", ct);
        var parts = line.Split(' ').Where(part => part.Contains('=', StringComparison.Ordinal)).Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        return new LabCluster(process, parts["wire"], parts["http"]);
    }

    /// <param name="declaredSwitches">How many handoffs there were; more changes of voter than that are a violation. Null: not counted.</param>
    public async Task<Verdict> JudgeAsync(int? declaredSwitches, CancellationToken ct)
    {
        var query = declaredSwitches is { } declared ? $"?declared={Text(declared)}" : "";
        return await _http.GetFromJsonAsync<Verdict>($"/oracle{query}", JsonSerializerOptions.Web, ct) ?? throw new InvalidOperationException("the judge said nothing");
    }

    public async Task<string> VerdictTextAsync(int? declaredSwitches, CancellationToken ct) =>
        (await _http.GetStringAsync($"/verdict{(declaredSwitches is { } declared ? $"?declared={Text(declared)}" : "")}", ct)).TrimEnd();

    public async Task<ulong> SlotAsync(CancellationToken ct) =>
        (await _http.GetFromJsonAsync<JsonElement>("/state", ct)).GetProperty("slot").GetUInt64();

    /// <summary>Tells the judge that a handoff to the node is meant.</summary>
    public Task MarkHandoffAsync(string to, CancellationToken ct) => PostAsync($"/handoff?to={to}", ct);

    public Task StallAsync(CancellationToken ct) => PostAsync("/stall", ct);

    public Task ResumeAsync(CancellationToken ct) => PostAsync("/resume", ct);

    public Task CutAsync(string host, CancellationToken ct) => PostAsync($"/cut?host={host}", ct);

    public Task HealAsync(string host, CancellationToken ct) => PostAsync($"/heal?host={host}", ct);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
    }

    private async Task PostAsync(string path, CancellationToken ct) => (await _http.PostAsync(path, null, ct)).EnsureSuccessStatusCode();

    private static string Text<T>(T value) where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
}

/// <summary>What the judge says, as it says it on its wire: nothing is shared with its code.</summary>
public sealed record Verdict(
    bool Safe, bool Vacuous, int Votes, int Switches, IReadOnlyList<VerdictViolation> Violations, IReadOnlyList<VerdictGap> Gaps);

public sealed record VerdictViolation(string Kind, string Sentence);

public sealed record VerdictGap(string FromHost, string ToHost, ulong LastSlot, ulong FirstSlot, long RawGap, long BlocksWithoutVote, double Milliseconds);
