using System.Runtime.InteropServices;
using System.Text;
using Failover.Coordinator;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
using var interrupted = new CancellationTokenSource();
// The first signal ends things in good order; a second one is not caught, for those who cannot wait.
void Interrupt(PosixSignalContext context)
{
    context.Cancel = !interrupted.IsCancellationRequested;
    interrupted.Cancel();
}
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
using var onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Interrupt);

return await FailoverCli.RunAsync(args, new Surroundings
{
    Out = Console.Out,
    Error = Console.Error,
    In = Console.In,
    OutIsTerminal = !Console.IsOutputRedirected,
    ErrorIsTerminal = !Console.IsErrorRedirected,
    InIsTerminal = !Console.IsInputRedirected,
    Width = Console.IsOutputRedirected ? null : Console.WindowWidth,
    Variable = Environment.GetEnvironmentVariable,
    Time = TimeProvider.System,
    Connect = file => Connector.Connect(file, Environment.GetEnvironmentVariable, TimeProvider.System),
}, interrupted.Token);
