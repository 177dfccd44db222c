using System.Text.Json;
using System.Text.Json.Nodes;
using Failover.Identities;
using FakeValidator.Chain;
using FakeValidator.Faults;
using FakeValidator.Identity;
using FakeValidator.Logs;

namespace FakeValidator.Admin;

/// <summary>The effect is done, and the connection is to be closed instead of answered.</summary>
public sealed class ReplyWithheldException() : Exception("the reply is withheld on purpose");

/// <summary>The admin methods that matter for identity, voters and status.</summary>
public sealed class AdminMethods
{
    private readonly NodeContext _node;
    private readonly NodeStatus _status;
    private readonly MethodTable _table = new();
    private readonly IdentitySwitch _switch;
    private readonly Action _exit;

    public AdminMethods(NodeContext node, NodeStatus status, IdentitySwitch identitySwitch, Action exit)
    {
        _node = node;
        _status = status;
        _switch = identitySwitch;
        _exit = exit;
        AddStatus();
        AddVoters();
        AddIdentity();
        OtherAdminMethods.AddTo(_table, node, status);
    }

    public JsonRpcMethod? Find(string name) => _table.FindWrapped(name, RunAsync);

    private async ValueTask<JsonNode?> RunAsync(string name, JsonRpcMethod method, JsonElement parameters, CancellationToken ct)
    {
        var result = await method(parameters, ct);
        return _node.Faults.CloseWithoutReply == name ? throw new ReplyWithheldException() : result;
    }

    private void AddStatus()
    {
        _table.Add("pid", () => Environment.ProcessId);
        _table.Add("exit", () =>
        {
            _exit();
            return null;
        });
        _table.Add("rpcAddress", () => _status.RpcAddress);
        _table.Add("startTime", () =>
        {
            var ticks = (_status.StartTime - DateTimeOffset.UnixEpoch).Ticks;
            return new JsonObject
            {
                ["nanos_since_epoch"] = ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
                ["secs_since_epoch"] = ticks / TimeSpan.TicksPerSecond,
            };
        });
        _table.Add("startProgress", () => _status.Progress);
        _table.Add("contactInfo", () =>
        {
            IdentitySwitch.RequireInitialised(_status);
            return ContactInfo();
        });
        if (_node.Version.IsAtLeast("4.2"))
        {
            _table.Add("validatorAdmissionTicketStatus", () =>
            {
                IdentitySwitch.RequireInitialised(_status);
                return AdmissionTicket();
            });
        }
        if (_node.Version.IsAtLeast("4.0"))
        {
            _table.Add("isGeneratingSnapshots", () =>
            {
                IdentitySwitch.RequireInitialised(_status);
                return _node.Faults.GeneratingSnapshots;
            });
        }
    }

    private void AddVoters()
    {
        _table.Add("addAuthorizedVoter", 1, async (parameters, ct) =>
        {
            var path = parameters.Text();
            parameters.End();
            return await AddVoterAsync(() => ReadKey(path, why => why), ct);
        });
        _table.Add("addAuthorizedVoterFromBytes", 1, async (parameters, ct) =>
        {
            var bytes = parameters.Bytes();
            parameters.End();
            return await AddVoterAsync(() => FromBytes(bytes, "authorized voter"), ct);
        });
        _table.Add("removeAllAuthorizedVoters", async ct =>
        {
            await _node.Faults.PassAsync(Point.BeforeRemoveVoters, ct);
            if (!_node.Faults.NoVotersFence)
            {
                await _node.Voters.RemoveAllAsync(ct);
            }
            await _node.Faults.PassAsync(Point.AfterRemoveVotersBeforeReply, ct);
            return null;
        });
    }

    private async ValueTask<JsonNode?> AddVoterAsync(Func<NodeKey> read, CancellationToken ct)
    {
        if (!await _node.Voters.AddAsync(read(), ct))
        {
            throw JsonRpcException.BadParams("Authorized voter already present");
        }
        await _node.Faults.PassAsync(Point.AfterAddVoterBeforeReply, ct);
        return null;
    }

    private void AddIdentity()
    {
        var withHistory = _node.Version.IsAtLeast("4.2");
        var size = withHistory ? 3 : 2;
        _table.Add("setIdentity", size, (parameters, ct) =>
        {
            var path = parameters.Text();
            return SetAsync(parameters, () => ReadKey(path, why => $"Failed to read identity keypair from {path}: {why}"), withHistory, ct);
        });
        _table.Add("setIdentityFromBytes", size, (parameters, ct) =>
        {
            var bytes = parameters.Bytes();
            return SetAsync(parameters, () => FromBytes(bytes, "identity"), withHistory, ct);
        });
    }

    private async ValueTask<JsonNode?> SetAsync(ParamReader parameters, Func<NodeKey> read, bool withHistory, CancellationToken ct)
    {
        var requireTower = parameters.Flag();
        var requireHistory = withHistory && parameters.Flag();
        parameters.End();
        if (_node.Client != ClientKind.Agave)
        {
            _node.Log.Error(
                AgaveLog.Admin,
                "`agave-validator set-identity` is not supported with Frankendancer. Please use `fdctl set-identity` to change the identity keypair");
            throw new JsonRpcException(JsonRpcException.InvalidRequest, "Invalid request");
        }
        await _switch.RunAsync(read, requireTower, requireHistory, ct);
        return null;
    }

    private static NodeKey ReadKey(string path, Func<string, string> say)
    {
        try
        {
            return KeyFile.Read(path);
        }
        catch (KeyRefusedException refusal)
        {
            throw JsonRpcException.BadParams(say(refusal.Message));
        }
    }

    private static NodeKey FromBytes(byte[] bytes, string what) =>
        NodeKey.FromBytes(bytes) ?? throw JsonRpcException.BadParams($"Failed to read {what} keypair from provided byte array: signature error");

    // Members in alphabetical order, as serde_json's map has them.
    private JsonObject ContactInfo()
    {
        const string Missing = "0.0.0.0:0";
        var info = new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal)
        {
            ["gossip"] = "127.0.0.1:8001",
            ["id"] = _node.Gossip.Identity.Text,
            ["last_updated_timestamp"] = _node.Time.GetUtcNow().ToUnixTimeMilliseconds(),
            ["rpc"] = _status.RpcAddress ?? Missing,
            ["rpc_pubsub"] = Missing,
            ["serve_repair"] = "127.0.0.1:8012",
            ["serve_repair_quic"] = Missing,
            ["shred_version"] = _node.Chain.Welcome?.ShredVersion ?? 0,
            ["tpu"] = "127.0.0.1:8003",
            ["tpu_forwards"] = "127.0.0.1:8004",
            ["tpu_vote"] = "127.0.0.1:8005",
            ["tvu"] = "127.0.0.1:8002",
        };
        if (!_node.Version.IsAtLeast("4.0"))
        {
            info["tvu_quic"] = Missing;
        }
        if (_node.Version.IsAtLeast("4.3"))
        {
            info["tpu_quic"] = "127.0.0.1:8009";
        }
        return [.. info];
    }

    private JsonObject AdmissionTicket()
    {
        var bank = _node.Chain.At(Commitment.Processed);
        var account = bank?.Find(_node.VoteAccount);
        var vote = Pubkey.TryParse(_node.VoteAccount, out var key) ? key : default;
        return new JsonObject
        {
            ["current_epoch"] = bank is null ? 0 : bank.Slot / _node.Chain.Welcome!.SlotsPerEpoch,
            ["current_epoch_vote_account_stake"] = account?.ActivatedStake ?? 0,
            ["current_epoch_vote_accounts"] = bank?.VoteAccounts.Count ?? 0,
            ["in_current_epoch_vat"] = account is not null,
            ["next_epoch_vat_failure_reason"] = account is null ? "VoteAccountNotFound" : null,
            ["vat_active"] = _node.IsAlpenglow,
            ["vote_account"] = new JsonArray([.. vote.ToBytes().Select(each => JsonValue.Create((int)each))]),
            ["voting_enabled"] = !_node.Voters.IsEmpty,
        };
    }
}
