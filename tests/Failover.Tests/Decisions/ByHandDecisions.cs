using Failover.Agents;
using Failover.Handoff;
using Failover.Identities;
using Failover.Simulation;

namespace Failover.Decisions;

internal static class ByHandDecisions
{
    private const string Page = "by-hand";

    private enum Record
    {
        None,
        UpToTheChain,
        BehindTheChain,
        ChainIsSilent,
    }

    private enum Process
    {
        WithStaked,
        WithUnstaked,
        Stopped,
        Hung,
    }

    private static readonly Given<PromisedRole> Promised = new("the node's last word is", ("none", PromisedRole.Unknown), ("active", PromisedRole.Active), ("standby", PromisedRole.Standby));

    private static readonly Given<Record> Has = new("its record",
        ("is missing", Record.None), ("has every vote on chain", Record.UpToTheChain), ("lacks a vote on chain", Record.BehindTheChain), ("is there, the chain is silent", Record.ChainIsSilent));

    private static readonly Given<string?> Reason = new("reason", ("none", null), ("given", "the other machine has no power"));

    private static readonly Given<bool> Relied = new("a source may just now rely on its refusal", ("no", false), ("yes", true));

    private static readonly Given<Process> Validator = new("its validator",
        ("runs with S", Process.WithStaked), ("runs with U", Process.WithUnstaked), ("is stopped", Process.Stopped), ("does not answer", Process.Hung));

    public static IReadOnlyList<Decision> All { get; } =
    [
        new(Page, "A node is given S by hand", [Promised, Has, Reason, Relied], ["now", "the same again five minutes later"], TakeStakedAsync),
        new(Page, "The link is pointed to S by hand", [Promised, Validator, Reason, Relied], ["now"], RelinkAsync),
    ];

    /// <summary>A node whose validator follows the chain with U; nobody holds S.</summary>
    private static async Task<string[]> TakeStakedAsync(Case row)
    {
        string[] decided = [];
        await SimulatedPair.RunAsync(async pair =>
        {
            var node = pair.A;
            pair.Oracle.NobodyMeddles = false;
            node.CrashAgent();
            node.Validator.RecordByHand(node.Unstaked.Public);
            await pair.UntilAsync(() => node.Validator.Loop == node.Unstaked.Public);
            await pair.PassAsync(TimeSpan.FromSeconds(2));
            node.PointLinkTo(HeldIdentity.Unstaked);
            pair.Cluster.LastVoteSaid = node.Tower(pair).LastVotedSlot + (row.Of(Has) == Record.BehindTheChain ? 1UL : 0);
            node.Validator.RpcIsDown = row.Of(Has) == Record.ChainIsSilent;
            if (row.Of(Has) == Record.None)
            {
                node.Disk.Delete(node.TowerPath);
            }
            await StartAsync(pair, node, row);

            var now = await TakeAsync(node, row.Of(Reason));
            pair.Step = TimeSpan.FromMilliseconds(100);
            await pair.PassAsync(TimeSpan.FromMinutes(5));
            decided = [now, now == "done" ? "done" : await TakeAsync(node, row.Of(Reason))];
        });
        return decided;
    }

    private static async Task<string[]> RelinkAsync(Case row)
    {
        var decided = "";
        await SimulatedPair.RunAsync(async pair =>
        {
            var node = pair.A;
            pair.Oracle.NobodyMeddles = false;
            node.CrashAgent();
            node.PointLinkTo(HeldIdentity.Unstaked);
            if (row.Of(Validator) != Process.WithStaked)
            {
                node.Validator.RecordByHand(node.Unstaked.Public);
                await pair.UntilAsync(() => node.Validator.Loop == node.Unstaked.Public);
            }
            if (row.Of(Validator) == Process.Stopped)
            {
                node.Validator.Stop();
            }
            node.Validator.Hangs = row.Of(Validator) == Process.Hung;
            await StartAsync(pair, node, row);
            if (row.Of(Validator) == Process.WithStaked && node.Validator.Recorded != pair.Cluster.Staked.Public)
            {
                // One that let S go was stood down at the start; somebody gives it S behind the agent's back.
                node.Validator.RecordByHand(pair.Cluster.Staked.Public);
            }

            decided = await Scenes.ToldAsync(async () =>
            {
                await node.AskAsync(agent => agent.RelinkAsync(HeldIdentity.Staked, row.Of(Reason), CancellationToken.None));
                return "done";
            });
        });
        return [decided];
    }

    private static async Task StartAsync(SimulatedPair pair, SimulatedNode node, Case row)
    {
        // A node that has seen an order may have refused it a moment before its agent was started.
        node.WriteState(AgentState.Fresh with { Promised = row.Of(Promised), HighestToken = new FencingToken(1) });
        await node.StartAgentAsync();
        if (!row.Of(Relied))
        {
            await pair.PassAsync(2.5 * ReclaimGrounds.Life);
        }
    }

    private static Task<string> TakeAsync(SimulatedNode node, string? reason) => Scenes.ToldAsync(async () =>
    {
        await node.AskAsync(agent => agent.SetIdentityAsync(HeldIdentity.Staked, reason, CancellationToken.None));
        return "done";
    });
}
