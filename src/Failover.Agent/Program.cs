return await Failover.Agent.CommandLine.RunAsync(args, Console.Out, Console.Error);
