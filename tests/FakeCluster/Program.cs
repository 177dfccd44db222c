using System.CommandLine;
using FakeCluster.Control;

var root = new RootCommand("The rest of a Solana cluster, for tests, and the judge of what validators did in it.");
new RunCommand().AddTo(root);
root.Subcommands.Add(JudgeCommand.Create());
return await root.Parse(args).InvokeAsync();
