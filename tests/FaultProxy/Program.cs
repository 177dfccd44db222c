using System.CommandLine;
using System.Net;
using FaultProxy;

var control = new Option<string>("--control") { Description = "IP:PORT to be told at, in lines of words", Required = true };
var links = new Option<string[]>("--link") { Description = "NAME=PORT=HOST:PORT, may be given again: what connects to the port is carried to the host", Required = true };
var root = new RootCommand("A bad network between machines that speak TLS: carries their connections, and cuts, holds or delays them as it is told.") { control, links };
root.SetAction(async (parsed, stopping) =>
{
    var carried = parsed.GetRequiredValue(links).Select(words => Link.Parse(words, TimeProvider.System)).ToList();
    var server = new ControlServer(IPEndPoint.Parse(parsed.GetRequiredValue(control)), carried);
    await Task.WhenAll([server.RunAsync(stopping), .. carried.Select(link => link.RunAsync(stopping))]);
});
return await root.Parse(args).InvokeAsync();
