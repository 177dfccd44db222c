using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Failover.Fuzzing.Cases;
using Failover.Handoff;

namespace Failover.Fuzzing.Targets;

/// <summary>
/// Walks whatever was accepted and looks for what no domain object may hold: nothing where something must be, a number that the enumeration
/// does not know, a name of another form, words that steer a terminal.
/// </summary>
internal static partial class Sound
{
    private static readonly ConcurrentDictionary<Type, (PropertyInfo Property, bool MayBeNull)[]> Known = new();

    /// <param name="clean">Whether texts were to be cleaned on the way in; what this machine wrote itself is kept as it was.</param>
    public static void Require(object value, bool clean)
    {
        switch (value)
        {
            case string text:
                FindingException.Require(
                    !clean || !text.Any(letter => CharUnicodeInfo.GetUnicodeCategory(letter) is UnicodeCategory.Control or UnicodeCategory.LineSeparator),
                    "a text that steers a terminal");
                break;
            case Enum number:
                FindingException.Require(Enum.IsDefined(number.GetType(), number), $"{number.GetType().Name} has no {number}");
                break;
            case HandoffId id:
                FindingException.Require(Form().IsMatch(id.ToString()), $"\"{id}\" is no handoff id");
                break;
            case ReadOnlyMemory<byte> or DateTimeOffset or TimeSpan:
                break;
            case IEnumerable list:
                foreach (var item in list)
                {
                    FindingException.Require(item is not null, "nothing in a list");
                    Require(item!, clean);
                }
                break;
            case ITuple tuple:
                foreach (var part in Enumerable.Range(0, tuple.Length).Select(i => tuple[i]).OfType<object>())
                {
                    Require(part, clean);
                }
                break;
            case not null when value.GetType().FullName!.StartsWith("Failover.", StringComparison.Ordinal):
                RequireMembers(value, clean);
                break;
        }
    }

    private static void RequireMembers(object value, bool clean)
    {
        foreach (var (property, mayBeNull) in Known.GetOrAdd(value.GetType(), Members))
        {
            if (property.GetValue(value) is { } member)
            {
                Require(member, clean);
            }
            else
            {
                FindingException.Require(mayBeNull, $"{value.GetType().Name} without {property.Name}");
            }
        }
    }

    private static (PropertyInfo Property, bool MayBeNull)[] Members(Type type)
    {
        var nullability = new NullabilityInfoContext();
        return
        [
            .. type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
                // A property of its own type is the next of its kind, and so on for ever.
                .Where(property => property.GetIndexParameters().Length == 0 && property.PropertyType != type)
                .Select(property => (property, nullability.Create(property).ReadState != NullabilityState.NotNull)),
        ];
    }

    [GeneratedRegex(@"\A[a-z0-9-]{8,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
