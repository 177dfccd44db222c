using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using FakeCluster.Control;
using FakeCluster.Oracle;
using FakeCluster.Tests.Testing;
using FakeCluster.Wire;
using FakeWire;
using Microsoft.Extensions.Time.Testing;

namespace FakeCluster.Tests.World;

/// <summary>Over real sockets, with a clock that only the test moves.</summary>
public sealed class EndToEndTests
{
    private static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);

    private static CancellationToken Stopping => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_validators_hand_over_and_the_judge_measures_the_gap()
    {
        var time = new FakeTimeProvider();
        var world = Worlds.Create(time: time);
        await using var server = new WireServer(world, AnyPort);
        var address = server.Start();
        await using var a = await JoinAsync(address, "a");
        await using var b = await JoinAsync(address, "b");

        var tower = new Tower(null, []);
        for (var slot = 1000UL; slot < 1010; slot++)
        {
            time.Advance(TimeSpan.FromMilliseconds(400));
            world.PassSlot();
            var block = await NextAsync<Block>(a, each => each.Slot == slot);
            if (slot == 1005)
            {
                continue; // The slot in which the handoff happens.
            }

            var (voter, watcher) = slot < 1005 ? ("a", b) : ("b", a);
            tower = TowerRules.Record(tower, slot);
            await (voter == "a" ? a : b).SendAsync(ScriptedValidator.Sign(voter, tower, block), Stopping);
            await NextAsync<Vote>(watcher, each => each.LastSlot == slot); // It has reached the cluster.
        }

        var verdict = world.Oracle.Judge(declaredSwitches: 1);
        Assert.True(verdict.Safe, verdict.Text);
        var gap = Assert.Single(verdict.Gaps);
        Assert.Equal((1L, 800d), (gap.RawGap, gap.Milliseconds));
    }

    [Fact]
    public async Task A_validator_that_hangs_up_or_speaks_nonsense_does_not_disturb_the_others()
    {
        var world = Worlds.Create();
        await using var server = new WireServer(world, AnyPort);
        var address = server.Start();
        await using var a = await JoinAsync(address, "a");
        using (var rude = new TcpClient())
        {
            await rude.ConnectAsync(address, Stopping);
            await rude.GetStream().WriteAsync("nonsense\n"u8.ToArray(), Stopping);
            Assert.Equal(0, await rude.GetStream().ReadAsync(new byte[1], Stopping));
        }

        world.PassSlot();

        await NextAsync<Block>(a, block => block.Slot == 1000);
    }

    [Fact]
    public async Task Slots_pass_with_time()
    {
        var time = new FakeTimeProvider();
        var world = Worlds.Create(time: time);
        var validator = new ScriptedValidator(world, "a");
        validator.Read();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stopping);
        var running = world.RunAsync(stop.Token);
        for (var slot = 1000UL; slot < 1005; slot++)
        {
            time.Advance(TimeSpan.FromMilliseconds(400));
            Assert.Equal(slot, Assert.Single(validator.ReadBlocks()).Slot);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task A_test_reads_and_controls_the_cluster_over_http()
    {
        var world = Worlds.Create();
        await using var app = ControlApi.Create(world, AnyPort);
        await app.StartAsync(Stopping);
        using var http = new HttpClient { BaseAddress = new Uri($"http://{ControlApi.AddressOf(app)}") };

        foreach (var request in new[] { "/stall?seconds=5", "/stall", "/cut?host=a&mode=lose", "/slot-ms?value=100", "/handoff?to=b" })
        {
            Assert.Equal(HttpStatusCode.NoContent, (await http.PostAsync(request, null, Stopping)).StatusCode);
        }

        var state = await http.GetFromJsonAsync<JsonElement>("/state", Stopping);
        Assert.True(state.GetProperty("stalled").GetBoolean());
        Assert.Equal(100, state.GetProperty("slotMilliseconds").GetDouble());
        Assert.Equal("Lose", state.GetProperty("hosts")[0].GetProperty("cut").GetString());

        foreach (var request in new[] { "/resume", "/heal?host=a" })
        {
            Assert.Equal(HttpStatusCode.NoContent, (await http.PostAsync(request, null, Stopping)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsync("/cut?host=a&mode=perhaps", null, Stopping)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsync("/slot-ms?value=0", null, Stopping)).StatusCode);
        Assert.False((await http.GetFromJsonAsync<JsonElement>("/state", Stopping)).GetProperty("stalled").GetBoolean());
        Assert.True((await http.GetFromJsonAsync<JsonElement>("/oracle?declared=1", Stopping)).GetProperty("safe").GetBoolean());
        Assert.Equal(0, (await http.GetFromJsonAsync<JsonElement>("/gap?since=5", Stopping)).GetArrayLength());
        Assert.StartsWith("SAFE BUT EMPTY", await http.GetStringAsync("/verdict", Stopping), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task The_judge_command_exits_by_its_verdict(bool handsOverTheRecord, int exitCode)
    {
        var history = new History().Votes("a", 100, 109);
        _ = handsOverTheRecord ? history.HandOver("a", "b") : history;
        history.Vote("b", 111);
        var path = Path.GetTempFileName();
        try
        {
            using (var log = EventLog.Create(path))
            {
                foreach (var observation in history.Seen)
                {
                    log.Write(observation);
                }
            }

            Assert.Equal(exitCode, await JudgeCommand.Create().Parse([path, "--declared-switches", "1"]).InvokeAsync(cancellationToken: Stopping));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task<WireLink> JoinAsync(IPEndPoint address, string host)
    {
        var client = new TcpClient();
        await client.ConnectAsync(address, Stopping);
        var link = new WireLink(client.GetStream());
        await link.SendAsync(new Hello(host, History.Account), Stopping);
        await NextAsync<Block>(link, block => block.Slot == 999);
        return link;
    }

    private static async Task<T> NextAsync<T>(WireLink link, Func<T, bool> isIt)
        where T : WireMessage
    {
        while (await link.ReceiveAsync(Stopping) is { } message)
        {
            if (message is T candidate && isIt(candidate))
            {
                return candidate;
            }
        }

        throw new EndOfStreamException($"No {typeof(T).Name} came");
    }
}
