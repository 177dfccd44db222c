using Xunit.Sdk;
using Xunit.v3;

// Each test runs a whole world of processes, some of them at the speed of real slots: two at once would only disturb each other.
[assembly: Parallelization(Mode = ParallelMode.None)]
