using System.CommandLine;
using System.Security.Cryptography;
using Failover.Coordinator.Json;
using Failover.Coordinator.Output;
using Failover.Protocol.Pki;
using Failover.Protocol.Tls;
using Spectre.Console;

namespace Failover.Coordinator.Commands;

/// <summary><c>failover pki init|join|issue|renew|show</c>: the certificates by which agents and coordinators know each other. Needs no node.</summary>
internal static class PkiCommand
{
    public static Command Create(Shared shared)
    {
        var folder = new Option<string>("--folder") { Description = "Where the PEM files lie; ./pki unless given, and ~/.config/failover/pki where that is missing", HelpName = "DIR", DefaultValueFactory = _ => UsualFolder(shared.Around.Variable), Recursive = true };
        var command = new Command("pki", "Certificates for agents and coordinators") { folder };

        var caName = new Option<string>("--name") { Description = "Name of the authority", HelpName = "NAME", DefaultValueFactory = _ => PkiFolder.AuthorityName };
        var caValidity = Validity(PkiFolder.AuthorityValidity);
        var init = new Command("init", "Make a certificate authority: ca.crt, ca.key. Keep ca.key off the validators") { caName, caValidity };
        Run(shared, init, folder, (pki, parsed) => pki.Init(parsed.GetRequiredValue(caName), parsed.GetValue(caValidity)));

        var role = new Argument<string>("ROLE") { Description = "coordinator (may give orders), peer (an agent; NAME is its node's), observer (may look)" };
        role.AcceptOnlyFromAmong("coordinator", "peer", "observer");
        var name = new Argument<string>("NAME") { Description = "1 to 64 of a-z, 0-9 and -" };
        var validity = Validity(PkiFolder.UsualValidity);
        var issue = new Command("issue", "Make a key and a certificate: NAME.crt, NAME.key") { role, name, validity };
        Run(shared, issue, folder, (pki, parsed) => pki.Issue(
            CertificateIdentity.TryParseRole(parsed.GetRequiredValue(role), out var parsedRole) ? parsedRole : CertificateRole.Unknown,
            parsed.GetRequiredValue(name), parsed.GetValue(validity)));

        var renew = new Command("renew", "A new key and certificate with the same name and role; both sides pick it up at their next connection") { name, validity };
        Run(shared, renew, folder, (pki, parsed) => pki.Renew(parsed.GetRequiredValue(name), parsed.GetValue(validity)));

        var show = new Command("show", "All certificates in the folder, and how long they are valid");
        Run(shared, show, folder, (pki, _) => pki.All());

        command.Add(init);
        command.Add(JoinCommand.Create(shared, folder, validity));
        command.Add(issue);
        command.Add(renew);
        command.Add(show);
        return command;
    }

    private static string UsualFolder(Func<string, string?> variable)
    {
        const string here = "pki";
        var users = Path.Combine(Connector.UsersFolder(variable), here);
        return !Directory.Exists(here) && Directory.Exists(users) ? users : here;
    }

    private static Option<TimeSpan> Validity(TimeSpan usual) => new("--validity")
    {
        Description = "How long it is valid",
        HelpName = "365d",
        DefaultValueFactory = _ => usual,
        CustomParser = Duration.Parse,
    };

    private static void Run(Shared shared, Command command, Option<string> folder, Func<PkiFolder, ParseResult, IReadOnlyList<PkiFile>> act) =>
        shared.Run(command, (session, parsed, _) =>
        {
            var path = parsed.GetRequiredValue(folder);
            try
            {
                Show(session, path, act(new PkiFolder(path, session.Time), parsed));
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException)
            {
                throw new UsageException($"{e.Message}. Nothing was written.", "failover pki --help");
            }
            return Task.FromResult(ExitCode.Ok);
        });

    private static void Show(Session session, string folder, IReadOnlyList<PkiFile> files)
    {
        var now = session.Time.GetUtcNow();
        if (session.Screen.Json)
        {
            session.Screen.WriteDocument(new PkiDocument("pki", folder, [.. files.Select(file => new CertificateDocument(
                file.Name, file.Certificate.Identity?.Name ?? file.Certificate.Subject, RoleOf(file.Certificate), file.Certificate.ValidUntil, DaysLeft(file, now)))]));
            return;
        }
        if (files.Count == 0)
        {
            session.Screen.WriteLine($"No certificate in {folder}.");
            return;
        }
        var grid = Look.Grid(Look.Column(1, gap: 1, left: 2), Look.Column(), Look.Column(), Look.Column(), Look.Column(gap: 0));
        foreach (var file in files)
        {
            var days = DaysLeft(file, now);
            var (mark, style) = days < 0 ? (Look.BadMark, Look.Bad) : days < Fleet.DaysToWarn ? (Look.WarnMark, Look.Warn) : (Look.GoodMark, Look.Good);
            grid.AddRow(new Text(mark, style), new Text(file.Name, Look.Strong), new Text(RoleOf(file.Certificate)),
                new Text(Words.Clean(file.Certificate.Identity?.Name ?? file.Certificate.Subject)),
                new Text(days < 0 ? $"EXPIRED {file.Certificate.ValidUntil:yyyy-MM-dd}" : $"until {file.Certificate.ValidUntil:yyyy-MM-dd}, {days} days", style));
        }
        session.Screen.Write(grid);
    }

    private static int DaysLeft(PkiFile file, DateTimeOffset now) => (int)Math.Floor((file.Certificate.ValidUntil - now).TotalDays);

    private static string RoleOf(CertificateDescription certificate) =>
        certificate.IsAuthority ? "authority" : certificate.Identity is { } identity ? CertificateIdentity.UnitOf(identity.Role) : "none";
}
