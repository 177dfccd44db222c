using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FakeValidator.Identity;

namespace FakeValidator.Helpers;

/// <summary>
/// The subcommands of <c>agave-validator</c>, for a wrapper script of that name: <c>exec fake-validator agave-cli "$@"</c>.
/// </summary>
public static class AgaveCliCommand
{
    private const string TooMany = "Invalid params: invalid length 3, expected fewer elements in array.";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var ledger = new Option<string>("--ledger", "-l") { DefaultValueFactory = _ => "ledger", Recursive = true };
        var command = new Command("agave-cli", "Stands in for the subcommands of agave-validator")
        {
            ledger, SetIdentity(ledger), AuthorizedVoter(ledger), ContactInfo(ledger), RestartWindow(ledger), Exit(ledger),
        };
        return command;
    }

    private static Command SetIdentity(Option<string> ledger)
    {
        var keypair = new Argument<string?>("keypair") { Arity = ArgumentArity.ZeroOrOne };
        var requireTower = new Option<bool>("--require-tower");
        var noHistory = new Option<bool>("--do-not-require-vote-history");
        var command = new Command("set-identity", "Sets the identity of the running validator") { keypair, requireTower, noHistory };
        Run(command, ledger, async (parsed, admin, ct) =>
        {
            var (suffix, key) = await KeyAsync(parsed.GetValue(keypair), path => $"New validator identity path: {path}", text => $"New validator identity: {text}", ct);
            var method = $"setIdentity{suffix}";
            var (tower, history) = (parsed.GetValue(requireTower), !parsed.GetValue(noHistory));
            try
            {
                await admin.CallAsync(method, [key, tower, history], ct);
            }
            catch (CommandFailedException failure) when (failure.Message.EndsWith(TooMany, StringComparison.Ordinal))
            {
                // The real tool is of the validator's own version and knows; this one finds out. Nothing has happened yet.
                await admin.CallAsync(method, [key.DeepClone(), tower], ct);
            }
        });
        return command;
    }

    private static Command AuthorizedVoter(Option<string> ledger)
    {
        var keypair = new Argument<string?>("keypair") { Arity = ArgumentArity.ZeroOrOne };
        var add = new Command("add", "Adds an authorized voter") { keypair };
        Run(add, ledger, async (parsed, admin, ct) =>
        {
            var (suffix, key) = await KeyAsync(
                parsed.GetValue(keypair), path => $"Adding authorized voter path: {path}", text => $"Adding authorized voter: {text}", ct);
            await admin.CallAsync($"addAuthorizedVoter{suffix}", [key], ct);
        });
        var removeAll = new Command("remove-all", "Removes all authorized voters");
        Run(removeAll, ledger, async (_, admin, ct) =>
        {
            await admin.CallAsync("removeAllAuthorizedVoters", null, ct);
            Console.WriteLine("All authorized voters removed");
        });
        return new Command("authorized-voter", "Adjusts the authorized voters") { add, removeAll };
    }

    private static Command ContactInfo(Option<string> ledger)
    {
        var output = new Option<string?>("--output");
        var command = new Command("contact-info", "Shows the contact info") { output };
        Run(command, ledger, async (parsed, admin, ct) =>
        {
            var info = await admin.CallAsync("contactInfo", null, ct);
            switch (parsed.GetValue(output))
            {
                case "json":
                    Console.WriteLine(JsonSerializer.Serialize(info, Indented));
                    break;
                case "json-compact":
                    Console.WriteLine(info.GetRawText());
                    break;
                default:
                    foreach (var (label, member) in Labels)
                    {
                        Console.WriteLine($"{label}: {info.GetProperty(member)}");
                    }
                    break;
            }
        });
        return command;
    }

    private static readonly (string Label, string Member)[] Labels =
    [
        ("Identity", "id"), ("Gossip", "gossip"), ("TVU", "tvu"), ("TPU", "tpu"), ("TPU Forwards", "tpu_forwards"), ("TPU Votes", "tpu_vote"), ("RPC", "rpc"),
        ("RPC Pubsub", "rpc_pubsub"), ("Serve Repair", "serve_repair"), ("Last Updated Timestamp", "last_updated_timestamp"), ("Shred Version", "shred_version"),
    ];

    private static Command RestartWindow(Option<string> ledger)
    {
        var idle = new Option<double>("--min-idle-time") { DefaultValueFactory = _ => 10 };
        var identity = new Option<string?>("--identity");
        var delinquent = new Option<double>("--max-delinquent-stake") { DefaultValueFactory = _ => 5 };
        var skipSnapshot = new Option<bool>("--skip-new-snapshot-check");
        var skipHealth = new Option<bool>("--skip-health-check");
        var command = new Command("wait-for-restart-window", "Waits for a good time to restart") { idle, identity, delinquent, skipSnapshot, skipHealth };
        Run(command, ledger, (parsed, admin, ct) => new RestartWindow(admin, TimeProvider.System)
        {
            MinIdleMinutes = parsed.GetValue(idle),
            Identity = parsed.GetValue(identity),
            MaxDelinquentPercent = parsed.GetValue(delinquent),
            SkipNewSnapshot = parsed.GetValue(skipSnapshot),
            SkipHealth = parsed.GetValue(skipHealth),
        }.WaitAsync(ct));
        return command;
    }

    private static Command Exit(Option<string> ledger)
    {
        var force = new Option<bool>("--force", "-f");
        var command = new Command("exit", "Asks the validator to exit (always at once, never waits)") { force };
        Run(command, ledger, async (_, admin, ct) =>
        {
            await admin.CallAsync("exit", null, ct);
            Console.WriteLine("Exit request sent");
        });
        return command;
    }

    private static async Task<(string Suffix, JsonNode Key)> KeyAsync(string? path, Func<string, string> sayPath, Func<string, string> sayKey, CancellationToken ct)
    {
        if (path is not null)
        {
            if (!File.Exists(path))
            {
                throw new CommandFailedException($"Unable to access path: {path}: {RustFile.NotFound}");
            }
            var full = new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
            Console.WriteLine(sayPath(full));
            return (string.Empty, full);
        }
        try
        {
            var key = KeyFile.Parse(Encoding.UTF8.GetBytes(await Console.In.ReadToEndAsync(ct)));
            Console.WriteLine(sayKey(key.Text));
            return ("FromBytes", new JsonArray([.. key.ToBytes().Select(each => JsonValue.Create((int)each))]));
        }
        catch (KeyRefusedException refusal)
        {
            throw new CommandFailedException($"Failed to read keypair from stdin: {refusal.Message}");
        }
    }

    private static void Run(Command command, Option<string> ledger, Func<ParseResult, AdminClient, CancellationToken, Task> action) =>
        command.SetAction(async (parsed, ct) =>
        {
            try
            {
                await action(parsed, new AdminClient(parsed.GetRequiredValue(ledger)), ct);
                return 0;
            }
            catch (CommandFailedException failure)
            {
                Console.WriteLine($"Validator command failed: {failure.Message}");
                return 1;
            }
        });
}
