using Xunit.Sdk;
using Xunit.v3;

// Each test runs a whole world of containers in slots of a fraction of a second: two at once would only disturb each other.
[assembly: Parallelization(Mode = ParallelMode.None)]
