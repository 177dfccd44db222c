using System.Globalization;
using System.Text.Json.Nodes;

namespace FakeValidator;

/// <summary>How far the start of the process has come, and what is known of it from outside.</summary>
public sealed class NodeStatus(DateTimeOffset startTime)
{
    private readonly Lock _lock = new();
    private JsonNode _progress = "Initializing";

    public DateTimeOffset StartTime { get; } = startTime;

    /// <summary>Set a moment after the progress has become <c>Running</c>; most admin calls refuse before.</summary>
    public bool IsInitialised { get; set; }

    /// <summary>The bind address of the RPC server; null until it listens.</summary>
    public string? RpcAddress { get; set; }

    public JsonNode Progress
    {
        get
        {
            lock (_lock)
            {
                return _progress.DeepClone();
            }
        }
        set
        {
            lock (_lock)
            {
                _progress = value;
            }
        }
    }

    /// <summary>The sequence of a cold start, in order; the last step before <c>Running</c> is the caller's.</summary>
    public static IReadOnlyList<JsonNode> ColdStart(ulong slot) =>
    [
        "Initializing",
        "SearchingForRpcService",
        new JsonObject { ["DownloadingSnapshot"] = new JsonObject { ["rpc_addr"] = "127.0.0.1:8899", ["slot"] = slot } },
        "CleaningAccounts",
        "CleaningBlockStore",
        "LoadingLedger",
        new JsonObject { ["ProcessingLedger"] = new JsonObject { ["max_slot"] = slot, ["slot"] = slot } },
        "StartingServices",
        new JsonObject { ["WaitingForSupermajority"] = new JsonObject { ["gossip_stake_percent"] = 80, ["slot"] = slot } },
    ];

    public string Describe() => string.Create(CultureInfo.InvariantCulture, $"{Progress.ToJsonString()} initialised={IsInitialised}");
}
