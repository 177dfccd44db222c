using Failover.Protocol.Configuration;

namespace Failover.Agent.Configuration;

/// <summary>The sections <c>[validator]</c> and <c>[validator.command]</c>.</summary>
internal static class ValidatorSections
{
    private const string Command = "validator.command";

    public static ValidatorConfig Read(ConfigDocument document)
    {
        var section = document.Section("validator");
        var second = TimeSpan.FromSeconds(1);
        var driver = section.Choice("driver", "auto", "auto", "agave", "command") switch
        {
            "auto" => DriverKind.Auto,
            "agave" => DriverKind.Agave,
            _ => DriverKind.Command,
        };
        var commands = document.Has(Command) ? Commands(document.Section(Command)) : null;
        switch (driver)
        {
            case DriverKind.Command when commands is null:
                section.Mistake("driver", "\"command\" needs commands", "add [validator.command] with at least set_identity_staked and set_identity_unstaked");
                break;
            case DriverKind.Agave when commands is not null:
                section.Mistake("driver", "\"agave\" uses no commands", "remove [validator.command], or write driver = \"auto\"");
                break;
        }
        return new ValidatorConfig(
            driver,
            section.HttpAddress("rpc", "http://127.0.0.1:8899"),
            section.Duration("admin_timeout", 2 * second, second / 10, 60 * second),
            section.Texts("process_marks"),
            commands);
    }

    private static CommandConfig Commands(ConfigSection section)
    {
        var removeAll = section.Command("remove_all_voters");
        var addVoters = section.Commands("add_voters");
        if (removeAll is not null != addVoters.Count > 0)
        {
            section.Mistake(
                removeAll is null ? "add_voters" : "remove_all_voters", "is only of use together with the other of the two",
                "give remove_all_voters and add_voters, or neither");
        }
        return new CommandConfig
        {
            SetIdentityStaked = Required(section, "set_identity_staked"),
            SetIdentityStakedWithVoteHistory = section.Command("set_identity_staked_with_vote_history"),
            SetIdentityUnstaked = Required(section, "set_identity_unstaked"),
            GetIdentity = section.Command("get_identity"),
            RemoveAllVoters = removeAll,
            AddVoters = addVoters,
            Guarantee = section.Flag("guarantee", false),
            Timeout = section.Duration("timeout", TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(2)),
        };
    }

    private static IReadOnlyList<string> Required(ConfigSection section, string key)
    {
        if (section.Command(key) is { } command)
        {
            return command;
        }
        section.Mistake(key, "is missing", $"add {key} = [\"/path/to/program\", \"argument\"]");
        return [];
    }
}
