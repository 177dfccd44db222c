using System.Diagnostics;
using Failover.Identities;
using Failover.Tests.Disks;
using Failover.Validators;

namespace Failover.Tests.Validators;

/// <summary>A validator client that is nothing but a shell script; its identity is the content of a file.</summary>
internal sealed class CommandClient : IDisposable
{
    public static readonly Pubkey S = Pubkey.Parse("FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF");
    public static readonly Pubkey U = Pubkey.Parse("Vote111111111111111111111111111111111111111");

    private const string Script =
        """
        cd "$(dirname "$0")"
        echo "$@" >> log
        case "$1" in
          get) cat identity ;;
          set) echo "$2" > identity; echo "switched to $2" >&2 ;;
          set-failing) echo "$2" > identity; echo "half switched" >&2; exit 1 ;;
          set-lying) echo "switched to $2" ;;
          set-slow) read line < gate; echo "$2" > identity ;;
          set-loud) head -c 3000000 /dev/zero | tr '\0' x; echo; echo "$2" > identity ;;
          say) shift; echo "$@"; exit 3 ;;
          hang) read line < gate ;;
          ok) exit 0 ;;
        esac
        """;

    private readonly ScratchFolder _folder = new();

    public CommandClient()
    {
        _folder.Write("client.sh", Script);
        _folder.Write("identity", $"{U}\n");
        _folder.Write("log", "");
        using var mkfifo = Process.Start("mkfifo", _folder["gate"])!;
        mkfifo.WaitForExit();
    }

    /// <summary>What the script was called with so far.</summary>
    public string[] Log => File.ReadAllLines(_folder["log"]);

    public CommandValidatorOptions Options => new()
    {
        SetStaked = Command("set", $"{S}"),
        SetUnstaked = Command("set", $"{U}"),
        GetIdentity = Command("get"),
        StakedIdentity = S,
        UnstakedIdentity = U,
    };

    public string[] Command(params string[] arguments) => ["/bin/sh", _folder["client.sh"], .. arguments];

    /// <summary>Lets the script that waits at the gate go on.</summary>
    public void OpenGate()
    {
        using var gate = new FileStream(_folder["gate"], FileMode.Open, FileAccess.Write);
        gate.Write("go\n"u8);
    }

    public void Dispose() => _folder.Dispose();
}
