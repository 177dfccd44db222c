using System.CommandLine;
using FakeValidator.Identity;

namespace FakeValidator.Helpers;

/// <summary>The two uses of <c>solana-keygen</c> that the published guide has.</summary>
public static class KeygenCommand
{
    public static Command Create() => new("solana-keygen", "Stands in for solana-keygen") { CreatePubkey(), CreateNew() };

    private static Command CreatePubkey()
    {
        var file = new Argument<string>("keypair");
        var command = new Command("pubkey", "Prints the public key of a keypair file") { file };
        command.SetAction(parsed =>
        {
            try
            {
                Console.WriteLine(KeyFile.Read(parsed.GetRequiredValue(file)).Text);
                return 0;
            }
            catch (KeyRefusedException refusal)
            {
                Console.Error.WriteLine($"Error: could not read keypair file \"{parsed.GetValue(file)}\". Run \"solana-keygen new\" to create a keypair file: {refusal.Message}");
                return 1;
            }
        });
        return command;
    }

    private static Command CreateNew()
    {
        var outfile = new Option<string>("--outfile", "-o") { Required = true };
        var silent = new Option<bool>("--silent", "-s");
        var noPassphrase = new Option<bool>("--no-bip39-passphrase");
        var force = new Option<bool>("--force", "-f");
        var command = new Command("new", "Makes a new keypair file") { outfile, silent, noPassphrase, force };
        command.SetAction(parsed => New(parsed.GetRequiredValue(outfile), parsed.GetValue(silent), parsed.GetValue(force)));
        return command;
    }

    private static int New(string path, bool silent, bool force)
    {
        if (File.Exists(path) && !force)
        {
            Console.Error.WriteLine($"Error: Refusing to overwrite {path} without --force flag");
            return 1;
        }
        var key = NodeKey.Generate();
        using (var writer = new StreamWriter(path))
        {
            // Before anything secret is in it.
            Platform.KeepForOwner(path);
            writer.Write(KeyFile.Format(key));
        }
        Console.WriteLine("Generating a new keypair");
        Console.WriteLine($"Wrote new keypair to {path}");
        if (!silent)
        {
            Console.WriteLine($"pubkey: {key.Text}");
        }
        return 0;
    }
}
