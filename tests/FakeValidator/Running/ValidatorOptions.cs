using System.Net;

namespace FakeValidator.Running;

/// <summary>What the command line says.</summary>
public sealed record ValidatorOptions
{
    public required string IdentityPath { get; init; }
    public required string VoteAccount { get; init; }
    public IReadOnlyList<string> AuthorizedVoters { get; init; } = [];
    public required string Ledger { get; init; }
    public string? Tower { get; init; }
    public required IPEndPoint Rpc { get; init; }
    public string Log { get; init; } = "-";
    public bool RequireTower { get; init; }
    public bool RequireVoteHistory { get; init; } = true;
    public bool FullRpcApi { get; init; }
    public bool NoWaitForVoteToStartLeader { get; init; }
    public string? Cluster { get; init; }
    public required string Host { get; init; }
    public required ValidatorVersion Version { get; init; }
    public ClientKind Client { get; init; } = ClientKind.Agave;
    public TimeSpan StartUp { get; init; }
    public bool Alpenglow { get; init; }
    public string? ControlSocket { get; init; }
    public IReadOnlyList<string> Faults { get; init; } = [];
    public TimeSpan StoreDelay { get; init; }
    public TimeSpan SendDelay { get; init; }
    public TimeSpan ClockSkew { get; init; }
    public TimeSpan ExitDelay { get; init; }
    public int Seed { get; init; }
}
