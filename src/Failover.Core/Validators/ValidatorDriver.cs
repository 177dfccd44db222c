using Failover.Cluster;
using Microsoft.Extensions.Logging;

namespace Failover.Validators;

/// <summary>Chooses the driver by what is configured: the socket, commands, or both.</summary>
public static class ValidatorDriver
{
    /// <summary>
    /// With a socket only: Agave or Jito. With commands only: a client without socket. With both: whichever of Agave and Frankendancer it
    /// turns out to be. Nothing is asked yet.
    /// </summary>
    /// <exception cref="ArgumentException">Neither is configured, or the options are not valid.</exception>
    public static IValidator Choose(
        AgaveValidatorOptions? socket, CommandValidatorOptions? commands, ISolanaRpc? rpc, TimeProvider time, ILoggerFactory loggers) =>
        (socket, commands) switch
        {
            ({ } s, { } c) => new AutoValidator(s, c, rpc, time, loggers),
            ({ } s, null) => new AgaveValidator(s, time, loggers),
            (null, { } c) => new CommandValidator(c, rpc, time, loggers.CreateLogger<CommandValidator>()),
            _ => throw new ArgumentException("no way to reach the validator is configured: name its admin socket, its commands, or both"),
        };
}
