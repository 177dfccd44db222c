namespace Failover.Protocol.Configuration;

/// <summary>One value as it was written, and where.</summary>
/// <param name="Value">A string, a long, a double, a bool, a list of such values, or something that no key takes.</param>
/// <param name="Where"><c>file:line</c>, or "environment".</param>
/// <param name="Name">How the place calls it: the key, or the variable.</param>
internal sealed record ConfigValue(object? Value, string Where, string Name, bool FromEnvironment = false);
