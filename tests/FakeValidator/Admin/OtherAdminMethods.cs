using System.Text.Json.Nodes;

namespace FakeValidator.Admin;

/// <summary>The admin methods that a failover does not use: there with the right shape, and a plausible answer or the right error.</summary>
internal static class OtherAdminMethods
{
    public static void AddTo(MethodTable table, NodeContext node, NodeStatus status)
    {
        table.AddYes("setLogFilter", 1);
        table.AddRefusal("setStakedNodesOverrides", 1, JsonRpcException.Internal, "Internal error");
        AddPlugins(table);
        AddRepair(table, status);
        AddNetwork(table, node, status);
        AddJito(table, node);
    }

    private static void AddPlugins(MethodTable table)
    {
        const string NoPlugins = "No geyser plugin service";
        table.AddRefusal("reloadPlugin", 2, JsonRpcException.InvalidRequest, NoPlugins);
        table.AddRefusal("unloadPlugin", 1, JsonRpcException.InvalidRequest, NoPlugins);
        table.AddRefusal("loadPlugin", 1, JsonRpcException.InvalidRequest, NoPlugins);
        table.AddRefusal("listPlugins", 0, JsonRpcException.InvalidRequest, NoPlugins);
    }

    private static void AddRepair(MethodTable table, NodeStatus status)
    {
        JsonNode whitelist = new JsonArray();
        table.Add("repairShredFromPeer", 3, (parameters, _) =>
        {
            parameters.Anything();
            parameters.Number();
            parameters.Number();
            return YesWhenReady(parameters, status);
        });
        table.Add("repairWhitelist", () =>
        {
            IdentitySwitch.RequireInitialised(status);
            return new JsonObject { ["whitelist"] = whitelist.DeepClone() };
        });
        table.Add("setRepairWhitelist", 1, (parameters, _) =>
        {
            var next = JsonNode.Parse(parameters.Anything().GetRawText()) ?? new JsonArray();
            var answer = YesWhenReady(parameters, status);
            whitelist = next;
            return answer;
        });
    }

    private static void AddNetwork(MethodTable table, NodeContext node, NodeStatus status)
    {
        string[] addresses = node.Version.IsAtLeast("4.0")
            ? ["setPublicTpuAddress", "setPublicTpuForwardsAddress", "setPublicTvuAddress"]
            : ["setPublicTpuAddress", "setPublicTpuForwardsAddress"];
        foreach (var name in addresses)
        {
            AddText(table, name, status);
        }
        if (node.Version.IsAtLeast("3.1"))
        {
            AddText(table, "selectActiveInterface", status);
            table.AddYes("manageBlockProduction", 4);
        }
        if (node.Version.IsAtLeast("4.0"))
        {
            table.Add("blockstorePurge", 1, (parameters, _) =>
            {
                parameters.Number();
                return YesWhenReady(parameters, status);
            });
        }
        if (!node.Version.IsAtLeast("4.1"))
        {
            table.Add("getSecondaryIndexKeySize", 1, (parameters, _) =>
            {
                parameters.Text();
                parameters.End();
                IdentitySwitch.RequireInitialised(status);
                return ValueTask.FromResult<JsonNode?>(new JsonObject());
            });
        }
    }

    private static void AddJito(MethodTable table, NodeContext node)
    {
        table.AddYes("setBlockEngineConfig", node.Version.IsAtLeast("3.1") ? 3 : 2);
        table.AddYes("setRelayerConfig", 3);
        table.AddYes("setShredReceiverAddress", 1);
        table.AddYes("setShredRetransmitReceiverAddress", 1);
        if (node.Version.IsAtLeast("3.1"))
        {
            table.Add("setBamUrl", (parameters, _) =>
            {
                ParamReader.Optional(parameters);
                return ValueTask.FromResult<JsonNode?>(null);
            });
        }
    }

    private static void AddText(MethodTable table, string name, NodeStatus status) => table.Add(name, 1, (parameters, _) =>
    {
        parameters.Text();
        return YesWhenReady(parameters, status);
    });

    private static ValueTask<JsonNode?> YesWhenReady(ParamReader parameters, NodeStatus status)
    {
        parameters.End();
        IdentitySwitch.RequireInitialised(status);
        return ValueTask.FromResult<JsonNode?>(null);
    }
}
