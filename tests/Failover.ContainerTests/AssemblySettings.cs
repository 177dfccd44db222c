using Xunit.Sdk;
using Xunit.v3;

// Each class has worlds of its own, and most of what its tests do is wait for a fault to have its effect: a few at once take little from each other.
[assembly: Parallelization(Mode = ParallelMode.Collections, MaxThreads = 4)]
