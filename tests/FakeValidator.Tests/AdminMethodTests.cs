using System.Text.Json;
using FakeValidator.Identity;

namespace FakeValidator.Tests;

public sealed class AdminMethodTests
{
    private const string Yes = """{"jsonrpc":"2.0","result":null,"id":1}""";

    [Theory]
    [InlineData("2.3", false)]
    [InlineData("3.1", false)]
    [InlineData("4.0", false)]
    [InlineData("4.1", false)]
    [InlineData("4.2", true)]
    [InlineData("4.3", true)]
    public async Task SetIdentity_takes_a_third_parameter_from_4_2_on(string version, bool three)
    {
        using var world = World.Started(new WorldOptions { Version = ValidatorVersion.Parse(version) });
        var withThree = await world.AdminAsync("setIdentity", world.UnstakedPath, false, true);
        var withTwo = await world.AdminAsync("setIdentity", world.UnstakedPath, false);
        Assert.Equal(three ? Yes : Refused("Invalid params: invalid length 3, expected fewer elements in array."), withThree);
        Assert.Equal(three ? Refused("Invalid params: invalid length 2, expected a tuple of size 3.") : Yes, withTwo);
    }

    [Fact]
    public async Task Before_the_start_is_complete_most_calls_ask_to_retry_and_the_fence_works()
    {
        using var world = World.Started();
        world.Status.IsInitialised = false;
        var retry = Refused("Retry once validator start up is complete");
        Assert.Equal(retry, await world.SetIdentityAsync(world.UnstakedPath));
        Assert.Equal(retry, await world.AdminAsync("contactInfo"));
        Assert.Equal(Yes, await world.AdminAsync("removeAllAuthorizedVoters"));
        Assert.True(world.Node.Voters.IsEmpty);
    }

    [Theory]
    [InlineData("none.json", null, "No such file or directory (os error 2)")]
    [InlineData("a.json", "{}", "Input must be a JSON array")]
    [InlineData("a.json", "[1,2]", "Expected 64 elements, found 2")]
    [InlineData("a.json", "[]", "Expected 64 elements, found 1")]
    [InlineData("a.json", "x*64", "invalid digit found in string")]
    [InlineData("a.json", "256*64", "number too large to fit in target type")]
    [InlineData("a.json", "*64", "cannot parse integer from empty string")]
    [InlineData("a.json", "7*64", "signature error")]
    public async Task A_bad_keypair_file_is_refused_with_the_reason_of_the_sdk(string name, string? content, string reason)
    {
        using var world = World.Started();
        var path = Path.Combine(world.Ledger, name);
        if (content is not null)
        {
            var text = content.Split('*') is [var element, var count] ? $"[{string.Join(',', Enumerable.Repeat(element, int.Parse(count, null)))}]" : content;
            world.WriteFile(name, System.Text.Encoding.UTF8.GetBytes(text));
        }
        Assert.Equal(Refused($"Failed to read identity keypair from {path}: {reason}"), await world.SetIdentityAsync(path));
        Assert.Equal(Refused(reason), await world.AdminAsync("addAuthorizedVoter", path));
        Assert.Equal(World.Staked.Text, world.Node.Gossip.Identity.Text);
    }

    [Fact]
    public async Task SetIdentity_changes_the_contact_info_at_once_and_claims_it_anew_every_time()
    {
        using var world = World.Started();
        var outset = world.Node.Gossip.Outset;
        world.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Yes, await world.SetIdentityAsync(world.StakedPath));
        Assert.True(world.Node.Gossip.Outset > outset);
        Assert.Equal(Yes, await world.SetIdentityAsync(world.UnstakedPath));
        using var info = JsonDocument.Parse(await world.AdminAsync("contactInfo"));
        var members = info.RootElement.GetProperty("result").EnumerateObject().Select(each => each.Name).ToList();
        Assert.Equal(World.Unstaked.Text, info.RootElement.GetProperty("result").GetProperty("id").GetString());
        Assert.Equal(members.Order(StringComparer.Ordinal), members);
        Assert.Contains($"WARN  agave_validator::admin_rpc_service] Identity set to {World.Unstaked.Text}", world.Log, StringComparison.Ordinal);
        Assert.StartsWith("[2026-11-24T05:00:01.000000000Z WARN ", world.Log.Split('\n').First(line => line.Contains("Identity set", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Voters_can_be_added_once_and_the_fence_can_be_read_back()
    {
        using var world = World.Started();
        Assert.Equal(Refused("Authorized voter already present"), await world.AdminAsync("addAuthorizedVoter", world.StakedPath));
        Assert.Contains("\"voting_enabled\":true", await world.AdminAsync("validatorAdmissionTicketStatus"), StringComparison.Ordinal);
        Assert.Equal(Yes, await world.AdminAsync("removeAllAuthorizedVoters"));
        Assert.Equal(Yes, await world.AdminAsync("removeAllAuthorizedVoters"));
        Assert.Contains("\"voting_enabled\":false", await world.AdminAsync("validatorAdmissionTicketStatus"), StringComparison.Ordinal);
        Assert.Equal(Yes, await world.AdminAsync("addAuthorizedVoterFromBytes", World.Staked.ToBytes().Select(each => (int)each)));
        Assert.Contains("\"voting_enabled\":true", await world.AdminAsync("validatorAdmissionTicketStatus"), StringComparison.Ordinal);
        Assert.Equal(
            Refused("Failed to read authorized voter keypair from provided byte array: signature error"),
            await world.AdminAsync("addAuthorizedVoterFromBytes", new[] { 1, 2, 3 }));
    }

    [Theory]
    [InlineData("missing", "IO Error: No such file or directory (os error 2)")]
    [InlineData("folder", "IO Error: No such file or directory (os error 2)")]
    [InlineData("truncated", "Serialization Error: io error: failed to fill whole buffer")]
    [InlineData("empty", "Serialization Error: io error: failed to fill whole buffer")]
    [InlineData("tag", "Serialization Error: invalid value: integer `9`, expected variant index 0 <= i < 2")]
    [InlineData("signature", "The signature on the saved tower is invalid")]
    public async Task A_tower_that_is_required_and_not_good_is_named_by_its_fault(string fault, string reason)
    {
        using var world = World.Started(new WorldOptions { StartUnstaked = true });
        world.StoreTower(FirstRoot, FirstRoot + 1);
        Spoil(world.TowerPath, fault);
        Assert.Equal(Refused($"Unable to load tower file for identity {World.Staked.Text}: {reason}"), await world.SetIdentityAsync(world.StakedPath, requireTower: true));
        Assert.Equal(World.Unstaked.Text, world.Node.Gossip.Identity.Text);
    }

    [Fact]
    public async Task A_tower_of_another_node_under_this_nodes_signature_is_refused()
    {
        using var world = World.Started(new WorldOptions { StartUnstaked = true });
        world.StoreTower(FirstRoot, FirstRoot + 1);
        var file = await File.ReadAllBytesAsync(world.TowerPath, TestContext.Current.CancellationToken);
        World.Unstaked.Pubkey.ToBytes().CopyTo(file, 76);
        World.Staked.Sign(file.AsSpan(76)).CopyTo(file, 4);
        world.WriteFile(Path.GetFileName(world.TowerPath), file);
        Assert.Contains(
            $"The tower does not match this validator: node_pubkey is {World.Staked.Text} but found tower for {World.Unstaked.Text}",
            await world.SetIdentityAsync(world.StakedPath, requireTower: true),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Frankendancer_refuses_setIdentity_on_the_socket_and_takes_the_voter_calls()
    {
        using var world = World.Started(new WorldOptions { Client = ClientKind.Frankendancer });
        Assert.Equal("""{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid request"},"id":1}""", await world.SetIdentityAsync(world.UnstakedPath));
        Assert.Equal(World.Staked.Text, world.Node.Gossip.Identity.Text);
        Assert.Contains("Please use `fdctl set-identity` to change the identity keypair", world.Log, StringComparison.Ordinal);
        Assert.Equal(Yes, await world.AdminAsync("removeAllAuthorizedVoters"));
    }

    [Fact]
    public async Task Version_4_3_refuses_a_switch_between_two_staked_identities()
    {
        using var world = new World(new WorldOptions { Version = ValidatorVersion.Parse("4.3") });
        var other = NodeKey.FromSeed([.. Enumerable.Repeat((byte)9, 32)]);
        var first = world.Account;
        world.Loop.Start(new FakeWire.Welcome(
            "genesis", 7, 400, 1_000, World.FirstRoot, World.FirstRoot, null, [first, first with { VoteAccount = other.Text, Node = other.Text }]));
        Assert.Equal(
            Refused($"Changing identity from staked node {World.Staked.Text} to staked node {other.Text} is not supported"),
            await world.SetIdentityAsync(world.WriteKey("other.json", other)));
        Assert.Equal(Yes, await world.SetIdentityAsync(world.UnstakedPath));
    }

    [Fact]
    public async Task A_call_that_hangs_has_no_effect_before_it_is_released()
    {
        using var world = World.Started();
        var arrived = world.Faults.HangSetIdentity.Shut();
        var call = world.SetIdentityAsync(world.UnstakedPath);
        await arrived;
        Assert.Equal(World.Staked.Text, world.Node.Gossip.Identity.Text);
        world.Faults.Apply("hang-set-identity off");
        Assert.Equal(Yes, await call);
        Assert.Equal(World.Unstaked.Text, world.Node.Gossip.Identity.Text);
    }

    [Theory]
    [InlineData("apply-then-fail on", false, true)]
    [InlineData("say-yes-do-nothing on", true, false)]
    [InlineData("refuse-set-identity on", false, false)]
    public async Task What_is_answered_and_what_is_done_can_differ(string fault, bool saysYes, bool changes)
    {
        using var world = World.Started();
        world.Faults.Apply(fault);
        var answer = await world.SetIdentityAsync(world.UnstakedPath);
        Assert.Equal(saysYes, answer == Yes);
        Assert.Equal(saysYes, !answer.Contains("-32603", StringComparison.Ordinal));
        Assert.Equal(changes ? World.Unstaked.Text : World.Staked.Text, world.Node.Gossip.Identity.Text);
    }

    private const ulong FirstRoot = World.FirstRoot;

    private static void Spoil(string path, string fault)
    {
        var file = File.ReadAllBytes(path);
        File.Delete(path);
        switch (fault)
        {
            case "missing":
                return;
            case "folder":
                // Whatever keeps the current name from being opened counts as "not there": the old name is tried, and its error told.
                Directory.CreateDirectory(path);
                return;
            case "truncated":
                file = file[..^1];
                break;
            case "empty":
                file = [];
                break;
            case "tag":
                file[0] = 9;
                break;
            case "signature":
                file[10] ^= 1;
                break;
        }
        using var stream = File.Create(path);
        stream.Write(file);
    }

    private static string Refused(string message) =>
        $$"""{"jsonrpc":"2.0","error":{"code":-32602,"message":{{JsonSerializer.Serialize(message, Relaxed)}}},"id":1}""";

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
