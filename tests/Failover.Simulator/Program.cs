using Failover.Simulation;

return await Cli.RunAsync(args);
