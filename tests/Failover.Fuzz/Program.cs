using Failover.Fuzzing;

return await Cli.RunAsync(args);
