using Failover.Agents;
using Failover.Cluster;
using Failover.Handoff;
using Failover.Records;
using Failover.Simulation;
using Failover.Validators;
using Microsoft.Extensions.Time.Testing;

namespace Failover.Decisions;

internal static class RecordDecisions
{
    private const string Page = "records-and-permits";
    private const ulong Slot = 350_000_000;

    private static readonly TimeSpan Life = TimeSpan.FromSeconds(10);

    private static readonly Given<ulong?> LastVote = new("its last vote", ("none", null), ("slot 10", 10), ("slot 20", 20));
    private static readonly Given<ulong?> OtherLastVote = new("the other's last vote", ("none", null), ("slot 10", 10), ("slot 20", 20));
    private static readonly Given<ulong?> Root = new("its root", ("none", null), ("slot 5", 5));
    private static readonly Given<ulong?> OtherRoot = new("the other's root", ("none", null), ("slot 5", 5));
    private static readonly Given<bool> SameBytes = new("bytes", ("the same", true), ("differ", false));

    private static readonly Given<ConsensusPhase> Consensus = new("the cluster's consensus",
        ("cannot be asked", ConsensusPhase.Unknown), ("TowerBFT", ConsensusPhase.TowerBft), ("Alpenglow", ConsensusPhase.Alpenglow));

    private static readonly Given<RecordKind[]> Records = new("records at hand",
        ("none", []), ("tower", [RecordKind.Tower]), ("vote history", [RecordKind.VoteHistory]), ("tower and vote history", [RecordKind.Tower, RecordKind.VoteHistory]));

    private static readonly Given<byte[]?> There = new("in its place lies",
        ("nothing", null),
        ("an older one", SimulatedTowers.EndingWith(Keypairs.Of(1), Slot - 100)),
        ("the very same", SimulatedTowers.EndingWith(Keypairs.Of(1), Slot)),
        ("another one that ends with the same slot", SimulatedTowers.EndingWith(Keypairs.Of(1), Slot, "another bank")),
        ("a newer one", SimulatedTowers.EndingWith(Keypairs.Of(1), Slot + 1)),
        ("one of another identity", SimulatedTowers.EndingWith(Keypairs.Of(9), Slot + 1)),
        ("one that is cut off", SimulatedTowers.EndingWith(Keypairs.Of(1), Slot + 1)[..100]));

    private static readonly Given<bool> IssuedHere = new("the permit was issued", ("on this link", true), ("on another link", false));
    private static readonly Given<int> Newer = new("newer ones since", ("0", 0), ("7", 7), ("8", 8));
    private static readonly Given<bool> Used = new("a permit was used before", ("no", false), ("yes", true));
    private static readonly Given<TimeSpan> Age = new("its age", ("0 s", TimeSpan.Zero), ("9.5 s", TimeSpan.FromSeconds(9.5)), ("10 s", Life), ("10 s and a tick", Life + TimeSpan.FromTicks(1)), ("an hour, asleep", TimeSpan.FromHours(1)));

    public static IReadOnlyList<Decision> All { get; } =
    [
        new(Page, "How one record stands to another", [SameBytes, LastVote, OtherLastVote, Root, OtherRoot], ["it is"], Compare)
        {
            CanBe = row => !row.Of(SameBytes) || (row.Of(LastVote) == row.Of(OtherLastVote) && row.Of(Root) == row.Of(OtherRoot)),
        },
        new(Page, "Which record the validator has to find before it takes S", [Consensus, Records], ["it is told to require"], row => [
            RecordRequirements.For(row.Of(Consensus), row.Of(Records).Select(Of)) == RecordRequirement.Tower ? "the tower" : "the vote history"]),
        new(Page, "What becomes of a record that is handed over", [There], ["the one handed over", "what lay there"], Store),
        new(Page, "When a permit counts", [IssuedHere, Newer, Used, Age], ["for the target", "for the source, which got it then"], Look),
    ];

    private static string[] Compare(Case row)
    {
        var record = Voting(RecordKind.Tower, 1, row.Of(LastVote), row.Of(Root));
        var other = Voting(RecordKind.Tower, row.Of(SameBytes) ? (byte)1 : (byte)2, row.Of(OtherLastVote), row.Of(OtherRoot));
        return [$"{RecordComparison.Compare(record, other)}".ToLowerInvariant() switch { "same" => "the same", "conflict" => "in conflict", var order => order }];
    }

    private static string[] Store(Case row)
    {
        var config = new NodeConfig
        {
            Node = "tokyo",
            AgentVersion = "1.0.0",
            StateFolder = "/state",
            StakedKeypair = "/keys/staked.json",
            UnstakedKeypair = "/keys/unstaked.json",
            IdentityLink = "/keys/identity.json",
            VoteAccount = Keypairs.Of(2).Public,
            AuthorizedVoters = ["/keys/staked.json"],
            Ledger = "/ledger",
            TowerFolder = "/ledger",
        };
        var disk = new SimulatedDisk(_ => { });
        var records = new NodeRecords(disk, config, Keypairs.Of(1).Public);
        var path = records.PathOf(RecordKind.Tower);
        var there = row.Of(There);
        if (there is not null)
        {
            disk.Create(path, there, null);
        }
        var given = SimulatedTowers.EndingWith(Keypairs.Of(1), Slot);
        try
        {
            records.Store(RecordVerifier.Verify(RecordKind.Tower, given, Keypairs.Of(1).Public).Record!, "handoff-0001");
        }
        catch (RecordRefusedException)
        {
            return ["is refused", disk.BytesOf(path)!.AsSpan().SequenceEqual(there) ? "stays" : "is gone"];
        }
        return [
            disk.BytesOf(path)!.AsSpan().SequenceEqual(given) ? "is in its place" : "is not in its place",
            there is null ? "–" : disk.BytesOf($"{path}.before-handoff-0001") is { } kept && kept.AsSpan().SequenceEqual(there) ? "is kept beside it" : "stays"];
    }

    private static string[] Look(Case row)
    {
        var time = new FakeTimeProvider();
        var issued = new IssuedPermits(time, Life);
        var permit = (row.Of(IssuedHere) ? issued : new IssuedPermits(time, Life)).Issue();
        var received = new ReceivedPermit(permit, time, new HandoffTimings().PermitMargin);
        for (var newer = 0; newer < row.Of(Newer); newer++)
        {
            issued.Issue();
        }
        if (row.Of(Used))
        {
            issued.Use("another");
        }
        time.Advance(row.Of(Age));
        return [issued.Use(permit.Nonce).WhyNot() is null ? "good" : "not good", received.Good ? "good" : "not good"];
    }

    private static VotingRecord Of(RecordKind kind) => Voting(kind, 1, 10, 5);

    private static VotingRecord Voting(RecordKind kind, byte content, ulong? last, ulong? root) =>
        new(kind, "any", Keypairs.Of(1).Public, new[] { content }, $"{content}") { LastVotedSlot = last, RootSlot = root };
}
