using System.Collections;
using System.Reflection;
using System.Text;

namespace Failover.Tests.Protocol;

/// <summary>Compares by content: records that hold lists or bytes compare by reference.</summary>
internal static class SameAs
{
    public static void Content<T>(T expected, T actual) => Assert.Equal(Text(expected), Text(actual));

    private static string Text(object? value)
    {
        var text = new StringBuilder();
        Append(text, "", value);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string path, object? value)
    {
        switch (value)
        {
            case null or string or ValueType and not ReadOnlyMemory<byte>:
                text.AppendLine($"{path} = {value ?? "null"}");
                break;
            case ReadOnlyMemory<byte> bytes:
                text.AppendLine($"{path} = {Convert.ToHexString(bytes.Span)}");
                break;
            case IEnumerable list:
                var index = 0;
                foreach (var item in list)
                {
                    Append(text, $"{path}[{index++}]", item);
                }
                break;
            default:
                text.AppendLine($"{path} : {value.GetType().Name}");
                foreach (var property in value.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public))
                {
                    Append(text, $"{path}.{property.Name}", property.GetValue(value));
                }
                break;
        }
    }
}
