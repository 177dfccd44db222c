using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Networks;
using Failover.ContainerTests.Images;

namespace Failover.ContainerTests.Worlds;

/// <summary>The fake cluster in its container, and its judge.</summary>
public sealed class ClusterContainer : IAsyncDisposable
{
    public const string Name = "cluster";
    public const int WirePort = 9000;

    private const int HttpPort = 9001;

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };

    public ClusterContainer(Engine engine, INetwork network, WorldOptions options, WorldKeys keys) => Container = engine.Container(Image.Cluster)
        .WithNetwork(network)
        .WithNetworkAliases(Name)
        .WithPortBinding(HttpPort, true)
        .WithCommand(
            "--listen", $"0.0.0.0:{WirePort}", "--http", $"0.0.0.0:{HttpPort}", "--vote-account", keys.VoteAccount.ToString(), "--identity", keys.Staked.Public.ToString(),
            "--slot-ms", options.Slot.TotalMilliseconds.ToString(CultureInfo.InvariantCulture), "--leader-every", options.LeaderEvery.ToString(CultureInfo.InvariantCulture))
        .Build();

    public IContainer Container { get; }

    public async Task StartAsync(CancellationToken ct)
    {
        await Container.StartAsync(ct);
        _http.BaseAddress = new UriBuilder(Uri.UriSchemeHttp, Container.Hostname, Container.GetMappedPublicPort(HttpPort)).Uri;
        await Condition.HoldsAsync(AnswersAsync, ct);

        async Task<bool> AnswersAsync()
        {
            try
            {
                return await SlotAsync(ct) > 0;
            }
            catch (HttpRequestException)
            {
                return false; // Its container runs, itself not yet.
            }
        }
    }

    /// <param name="declaredSwitches">How many handoffs there were; more changes of voter than that are a violation. Null: not counted.</param>
    public async Task<Verdict> JudgeAsync(int? declaredSwitches, CancellationToken ct)
    {
        var query = declaredSwitches is { } declared ? string.Create(CultureInfo.InvariantCulture, $"?declared={declared}") : "";
        return await _http.GetFromJsonAsync<Verdict>($"/oracle{query}", JsonSerializerOptions.Web, ct) ?? throw new InvalidOperationException("the judge said nothing");
    }

    public async Task<ulong> SlotAsync(CancellationToken ct) => (await StateAsync(ct)).GetProperty("slot").GetUInt64();

    /// <summary>How long a slot takes from now on.</summary>
    public async Task SetSlotAsync(TimeSpan slot, CancellationToken ct) =>
        (await _http.PostAsync(string.Create(CultureInfo.InvariantCulture, $"/slot-ms?value={slot.TotalMilliseconds}"), null, ct)).EnsureSuccessStatusCode();

    /// <summary>How many slots away the next leader slot of S is.</summary>
    public async Task<ulong> SlotsUntilLeaderAsync(CancellationToken ct)
    {
        var state = await StateAsync(ct);
        return state.GetProperty("nextLeaderSlots")[0].GetUInt64() - state.GetProperty("slot").GetUInt64();
    }

    /// <summary>What the machine's validator says of itself in gossip: of the identities that it has claimed, the newest.</summary>
    public async Task<string?> IdentityInGossipAsync(string host, CancellationToken ct) => (await StateAsync(ct)).GetProperty("contacts").EnumerateArray()
        .Where(contact => contact.GetProperty("host").GetString() == host)
        .MaxBy(contact => contact.GetProperty("outsetMicroseconds").GetInt64()).GetProperty("identity").GetString();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Container.DisposeAsync();
    }

    private Task<JsonElement> StateAsync(CancellationToken ct) => _http.GetFromJsonAsync<JsonElement>("/state", ct);
}
