using System.CommandLine;
using FakeValidator.Helpers;
using FakeValidator.Running;

var root = new RootCommand("A stand-in for agave-validator, races included. Its helper modes stand in for the command-line tools around it.");
new RunCommand().AddTo(root);
root.Subcommands.Add(ControlCommand.Create());
root.Subcommands.Add(AgaveCliCommand.Create());
root.Subcommands.Add(FdctlCommand.Create());
root.Subcommands.Add(KeygenCommand.Create());

// SIGTERM is to end the process at once, as it ends the real one; the library would wait for the action first.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
