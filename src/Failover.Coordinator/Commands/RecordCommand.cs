using System.CommandLine;
using System.Security.Cryptography;
using Failover.Coordinator.Json;
using Failover.Coordinator.Output;
using Failover.Identities;
using Failover.Records;
using Spectre.Console;

namespace Failover.Coordinator.Commands;

/// <summary><c>failover record inspect FILE [--identity PUBKEY]</c>: needs no node and changes nothing.</summary>
internal static class RecordCommand
{
    public static Command Create(Shared shared)
    {
        var file = new Argument<string>("FILE") { Description = "A tower or vote history, e.g. tower-1_9-<identity>.bin" };
        var identity = new Option<string?>("--identity") { Description = "Whose record it must be; else taken from the file's name", HelpName = "PUBKEY" };
        var inspect = new Command("inspect", "Verify a voting record and show what is in it") { file, identity };
        shared.Run(inspect, (session, parsed, _) => Task.FromResult(Inspect(session, parsed.GetRequiredValue(file), parsed.GetValue(identity))));
        return new Command("record", "Voting records on disk") { inspect };
    }

    private static ExitCode Inspect(Session session, string path, string? identityText)
    {
        var name = RecordFileName.Parse(Path.GetFileName(path));
        var identity = identityText switch
        {
            null => name?.Identity ?? throw new UsageException(
                $"\"{Path.GetFileName(path)}\" does not name an identity, as tower-1_9-<identity>.bin does. Nothing was read.", "the same command with --identity PUBKEY"),
            _ => Pubkey.TryParse(identityText, out var key) ? key : throw new UsageException($"\"{identityText}\" is not a public key (base58 of {Pubkey.Size} bytes)."),
        };
        var bytes = Read(path);
        var (kind, verdict) = Verify(name, bytes, identity);
        if (session.Screen.Json)
        {
            session.Screen.WriteDocument(Document(kind, verdict, identity, bytes));
        }
        else
        {
            session.Screen.Write(RecordView.Render(path, kind, verdict, identity, bytes));
        }
        return verdict.Record is null ? ExitCode.RecordRefused : ExitCode.Ok;
    }

    private static byte[] Read(string path)
    {
        using var file = File.OpenRead(path);
        if (file.Length > RecordVerifier.MaxVoteHistoryBytes)
        {
            throw new UsageException($"{path} has {file.Length} bytes; no voting record has more than {RecordVerifier.MaxVoteHistoryBytes}.");
        }
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    // A name that says nothing leaves both kinds open; what the bytes say decides, and the tower's refusal is the one shown.
    private static (RecordKind Kind, RecordVerdict Verdict) Verify(RecordFileName? name, byte[] bytes, Pubkey identity)
    {
        switch (name)
        {
            case { IsLegacyTower: true }:
                return (RecordKind.Tower, RecordVerifier.VerifyLegacyTower(bytes, identity));
            case { Kind: var kind }:
                return (kind, RecordVerifier.Verify(kind, bytes, identity));
            default:
                var asHistory = RecordVerifier.Verify(RecordKind.VoteHistory, bytes, identity);
                return asHistory.Record is not null
                    ? (RecordKind.VoteHistory, asHistory)
                    : (RecordKind.Tower, RecordVerifier.Verify(RecordKind.Tower, bytes, identity));
        }
    }

    private static InspectDocument Document(RecordKind kind, RecordVerdict verdict, Pubkey identity, byte[] bytes) => new(
        "record", verdict.Record is not null, verdict.Refusal?.Test, verdict.Refusal?.Reason, JsonOutput.Name(kind), verdict.Record?.Format, identity.ToString(),
        verdict.Record?.LastVotedSlot, verdict.Record?.RootSlot,
        verdict.Record is null ? null : [.. verdict.Record.Lockouts.Select(lockout => new LockoutDocument(lockout.Slot, lockout.Confirmations))],
        RecordView.VotedAt(verdict.Record), bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
}
