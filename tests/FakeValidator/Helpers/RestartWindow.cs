using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FakeValidator.Admin;

namespace FakeValidator.Helpers;

/// <summary>wait-for-restart-window, its oddities included: with the snapshot check skipped, the delinquency check is skipped too.</summary>
public sealed class RestartWindow(AdminClient admin, TimeProvider time)
{
    private const double SecondsPerSlot = 0.4;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RpcTimeout = TimeSpan.FromSeconds(30);

    private ulong? _firstSnapshot;
    private bool _incrementalSeen;

    public double MinIdleMinutes { get; init; } = 10;
    public string? Identity { get; init; }
    public double MaxDelinquentPercent { get; init; } = 5;
    public bool SkipNewSnapshot { get; init; }
    public bool SkipHealth { get; init; }

    private ulong MinIdleSlots => (ulong)(MinIdleMinutes * 60 / SecondsPerSlot);

    public async Task WaitAsync(CancellationToken ct)
    {
        var skipSnapshot = SkipNewSnapshot || !await IsGeneratingSnapshotsAsync(ct);
        var address = (await admin.CallAsync("rpcAddress", null, ct)).GetString() ?? throw new CommandFailedException("validator RPC is unavailable");
        using var http = new HttpClient { BaseAddress = new Uri($"http://{address}"), Timeout = RpcTimeout };
        var identity = Identity ?? (await CallAsync(http, "getIdentity", [], ct)).GetProperty("identity").GetString()!;
        Console.WriteLine($"Identity: {identity}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Minimum Idle Time: {MinIdleSlots} slots (~{MinIdleMinutes} minutes)"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Maximum permitted delinquency: {MaxDelinquentPercent}%"));
        while (true)
        {
            var status = await LookAsync(http, identity, skipSnapshot, ct);
            if (status is null)
            {
                Console.WriteLine("Ready to restart");
                return;
            }
            Console.WriteLine($"{time.GetUtcNow():HH:mm:ss} | {status}");
            await Task.Delay(Interval, time, ct);
        }
    }

    private async Task<bool> IsGeneratingSnapshotsAsync(CancellationToken ct)
    {
        try
        {
            if ((await admin.CallAsync("isGeneratingSnapshots", null, ct)).GetBoolean())
            {
                return true;
            }
            Console.WriteLine("Validator is not generating snapshots. Skipping new snapshot check...");
            return false;
        }
        catch (CommandFailedException failure) when (failure.Code == JsonRpcException.MethodNotFound)
        {
            Console.WriteLine(
                "Validator doesn't support isGeneratingSnapshots RPC method, Assuming snapshots are being generated and leaving snapshot check enabled...");
            return true;
        }
        catch (CommandFailedException failure)
        {
            throw new CommandFailedException($"Failed to check if validator is generating snapshots: {failure.Message}");
        }
    }

    // Null when it is a good time; else what stands against it.
    private async Task<string?> LookAsync(HttpClient http, string identity, bool skipSnapshot, CancellationToken ct)
    {
        var epoch = await CallAsync(http, "getEpochInfo", [new JsonObject { ["commitment"] = "processed" }], ct);
        var slot = epoch.GetProperty("absoluteSlot").GetUInt64();
        var index = epoch.GetProperty("slotIndex").GetUInt64();
        if (!SkipHealth && !await IsHealthyAsync(http, ct))
        {
            return $"Processed Slot: {slot} | Node is unhealthy";
        }
        if (index + MinIdleSlots > epoch.GetProperty("slotsInEpoch").GetUInt64())
        {
            return $"Processed Slot: {slot} | Current epoch is almost complete";
        }
        var next = await NextLeaderSlotAsync(http, identity, slot, slot - index, ct);
        if (next is { } leader && leader - slot < MinIdleSlots)
        {
            return $"Processed Slot: {slot} | Validator will be leader soon. Next leader slot is {leader}";
        }
        return skipSnapshot ? null : await LookAtSnapshotsAsync(http, slot, ct);
    }

    private async Task<string?> LookAtSnapshotsAsync(HttpClient http, ulong slot, CancellationToken ct)
    {
        var snapshot = await CallAsync(http, "getHighestSnapshotSlot", [], ct);
        var incremental = snapshot.GetProperty("incremental").ValueKind == JsonValueKind.Null ? (ulong?)null : snapshot.GetProperty("incremental").GetUInt64();
        var newest = incremental ?? snapshot.GetProperty("full").GetUInt64();
        _firstSnapshot ??= newest;
        _incrementalSeen |= incremental is not null;
        var delinquent = await DelinquentPercentAsync(http, ct);
        var why = newest == _firstSnapshot ? "Waiting for a new snapshot"
            : delinquent >= MaxDelinquentPercent ? "Delinquency too high"
            : _incrementalSeen && incremental is null ? "Waiting for incremental snapshot"
            : null;
        return why is null ? null : string.Create(CultureInfo.InvariantCulture, $"Processed Slot: {slot} | {delinquent:0.00}% delinquent stake | {why}");
    }

    private static async Task<double> DelinquentPercentAsync(HttpClient http, CancellationToken ct)
    {
        var accounts = await CallAsync(http, "getVoteAccounts", [], ct);
        double Stake(string group) => accounts.GetProperty(group).EnumerateArray().Sum(each => (double)each.GetProperty("activatedStake").GetUInt64());
        var (current, delinquent) = (Stake("current"), Stake("delinquent"));
        return current + delinquent == 0 ? 0 : delinquent / (current + delinquent) * 100;
    }

    private static async Task<ulong?> NextLeaderSlotAsync(HttpClient http, string identity, ulong slot, ulong epochStart, CancellationToken ct)
    {
        var schedule = await CallAsync(http, "getLeaderSchedule", [epochStart, new JsonObject { ["identity"] = identity, ["commitment"] = "processed" }], ct);
        return schedule.ValueKind == JsonValueKind.Object && schedule.TryGetProperty(identity, out var slots)
            ? slots.EnumerateArray().Select(each => (ulong?)(epochStart + each.GetUInt64())).FirstOrDefault(each => each > slot)
            : null;
    }

    private static async Task<bool> IsHealthyAsync(HttpClient http, CancellationToken ct)
    {
        try
        {
            await CallAsync(http, "getHealth", [], ct);
            return true;
        }
        catch (CommandFailedException)
        {
            return false;
        }
    }

    private static async Task<JsonElement> CallAsync(HttpClient http, string method, JsonArray parameters, CancellationToken ct)
    {
        try
        {
            using var response = await http.PostAsJsonAsync(
                string.Empty, new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = method, ["params"] = parameters }, ct);
            using var document = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(ct), cancellationToken: ct);
            return document.RootElement.TryGetProperty("error", out var error)
                ? throw new CommandFailedException($"RPC response error {error.GetProperty("code")}: {error.GetProperty("message").GetString()}")
                : document.RootElement.GetProperty("result").Clone();
        }
        catch (HttpRequestException failure)
        {
            throw new CommandFailedException($"error sending request: {failure.Message}");
        }
    }
}
