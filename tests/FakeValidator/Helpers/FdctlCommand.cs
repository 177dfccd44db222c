using System.CommandLine;
using System.Net.Sockets;
using FakeValidator.Identity;
using FakeValidator.Running;

namespace FakeValidator.Helpers;

/// <summary><c>fdctl</c> (and, for full Firedancer, <c>firedancer</c>): the key switch with its lock, which a killed client leaves behind.</summary>
public static class FdctlCommand
{
    public static Command Create()
    {
        var config = new Option<string?>("--config") { Description = "The TOML config of the validator: only [ledger] path is read" };
        var ledger = new Option<string?>("--ledger") { Description = "The ledger folder, instead of a config" };
        var keypair = new Argument<string>("keypair") { Description = "Keypair file; - is stdin" };
        var requireTower = new Option<bool>("--require-tower");
        var noHistory = new Option<bool>("--do-not-require-vote-history");
        var force = new Option<bool>("--force");
        var abandon = new Option<bool>("--fake-abandon") { Description = "Die with the lock held, after the switch" };
        var set = new Command("set-identity", "Switches the identity") { config, ledger, keypair, requireTower, noHistory, force, abandon };
        set.SetAction((parsed, ct) => SetAsync(
            Socket(parsed.GetValue(config), parsed.GetValue(ledger)), parsed.GetRequiredValue(keypair), parsed.GetValue(requireTower),
            !parsed.GetValue(noHistory), parsed.GetValue(force), parsed.GetValue(abandon), ct));
        var get = new Command("get-identity", "Prints the identity") { config, ledger };
        get.SetAction((parsed, ct) => GetAsync(Socket(parsed.GetValue(config), parsed.GetValue(ledger)), ct));
        return new Command("fdctl", "Stands in for fdctl and firedancer") { set, get };
    }

    private static string Socket(string? config, string? ledger)
    {
        var folder = ledger ?? File.ReadLines(config ?? throw new FormatException("--config or --ledger is needed"))
            .SkipWhile(line => line.Trim() != "[ledger]")
            .Select(line => line.Split('=', 2))
            .First(parts => parts.Length == 2 && parts[0].Trim() == "path")[1].Trim().Trim('"');
        return Path.Combine(folder, KeySwitchServer.FileName);
    }

    private static async Task<int> SetAsync(
        string socket, string keypair, bool requireTower, bool requireHistory, bool force, bool abandon, CancellationToken ct)
    {
        NodeKey key;
        try
        {
            key = keypair == "-" ? KeyFile.Parse(System.Text.Encoding.UTF8.GetBytes(await Console.In.ReadToEndAsync(ct))) : KeyFile.Read(keypair);
        }
        catch (KeyRefusedException refusal)
        {
            return Fail(refusal.Message == "signature error"
                ? "The public key in the identity key file does not match the public key derived from the private key. Firedancer will not use the key pair to sign as it might leak the private key."
                : refusal.Message);
        }
        if (await ConnectAsync(socket, ct) is not var (reader, writer))
        {
            return Fail("No running validator found.");
        }
        switch (await AskAsync(force ? "lock force" : "lock -"))
        {
            case "busy":
                return Fail(
                    "Cannot set-identity because Firedancer is already in the process of switching keys. If you are not currently changing the identity, it might be because an identity change was abandoned. To recover, run the `set-identity` command again with the `--force` argument.");
            case "forced":
                await Console.Error.WriteLineAsync(
                    "WARNING Another process was changing keys, but `--force` supplied. Forcing lock on validator identity for key switch...");
                break;
        }
        var answer = await AskAsync($"switch {Convert.ToBase64String(key.ToBytes())} {requireTower} {requireHistory}");
        if (abandon)
        {
            Platform.KillNow();
        }
        await AskAsync("unlock");
        if (!answer.StartsWith("ok", StringComparison.Ordinal))
        {
            return Fail($"Failed to switch identity key to `{key.Text}`, check validator logs for details");
        }
        await Console.Error.WriteLineAsync($"NOTICE  Validator identity key switched to `{key.Text}`");
        return 0;

        async Task<string> AskAsync(string question)
        {
            await writer.WriteLineAsync(question.AsMemory(), ct);
            return await reader.ReadLineAsync(ct) ?? "error the validator hung up";
        }
    }

    private static async Task<int> GetAsync(string socket, CancellationToken ct)
    {
        if (await ConnectAsync(socket, ct) is not var (reader, writer))
        {
            return Fail("No running validator found.");
        }
        await writer.WriteLineAsync("identity".AsMemory(), ct);
        await Console.Out.WriteLineAsync(await reader.ReadLineAsync(ct));
        return 0;
    }

    private static async Task<(StreamReader Reader, StreamWriter Writer)?> ConnectAsync(string socket, CancellationToken ct)
    {
        try
        {
            return await UnixLines.ConnectAsync(socket, ct);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine($"ERR     {message}");
        return 1;
    }
}
