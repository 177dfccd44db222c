using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using Failover.Protocol.Mapping;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Failover.Fuzzing.Messages;

/// <summary>
/// Finds the mapping that the product has for a message: its own where there is one, else that of each message within it, as the clients
/// read a response that only wraps something.
/// </summary>
internal sealed class MessageMapping
{
    private const BindingFlags Statics = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly MethodInfo[] Extensions =
    [
        .. typeof(Limits).Assembly.GetTypes().Where(type => type.Namespace == typeof(Limits).Namespace).SelectMany(type => type.GetMethods(Statics))
            .Where(method => method.IsDefined(typeof(ExtensionAttribute), inherit: false)),
    ];

    private readonly MessageDescriptor _type;
    private readonly MethodInfo? _own;
    private readonly MethodInfo? _back;
    private readonly IReadOnlyList<(FieldDescriptor Field, MessageMapping Mapping)> _parts = [];

    public MessageMapping(MessageDescriptor type)
    {
        _type = type;
        _own = Array.Find(Extensions, method => IsMapping(method, type.ClrType));
        if (_own is not null)
        {
            _back = Array.Find(Extensions, IsBack);
            return;
        }
        _parts = [.. type.Fields.InDeclarationOrder().Where(field => field.FieldType == FieldType.Message).Select(field => (field, new MessageMapping(field.MessageType)))];
        if (_parts.Count < type.Fields.InDeclarationOrder().Count)
        {
            throw new NotSupportedException($"nothing maps {type.FullName} to the domain");
        }
    }

    /// <summary>The domain's object, or a list of them. Throws as the mapping does.</summary>
    public object Map(IMessage message) => Map(message, _type.Name) ?? Array.Empty<object>();

    /// <summary>The message of what was mapped, of the parts in a list; null where a side only reads and never sends it.</summary>
    public IMessage? MapBack(object domain)
    {
        if (_back is null)
        {
            return null;
        }
        var parts = domain is ITuple tuple ? Enumerable.Range(0, tuple.Length).Select(i => tuple[i]).ToList() : [domain];
        var arguments = _back.GetParameters().Select(parameter => parts.Find(part => parameter.ParameterType.IsInstanceOfType(part)));
        return (IMessage)_back.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [.. arguments], null)!;
    }

    private object? Map(IMessage? message, string at)
    {
        if (_own is not null)
        {
            object?[] arguments = _own.GetParameters().Length == 1 ? [message] : [message, at];
            return _own.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null);
        }
        return _parts.Select(part => MapPart(part.Field, part.Mapping, message!)).ToList();
    }

    private static object? MapPart(FieldDescriptor field, MessageMapping mapping, IMessage message) => field.Accessor.GetValue(message) is IList list
        ? list.Cast<IMessage>().Select(item => mapping.Map(item, field.Name)).ToList()
        : mapping.Map((IMessage?)field.Accessor.GetValue(message), field.Name);

    private static bool IsMapping(MethodInfo method, Type message)
    {
        var parameters = method.GetParameters();
        return parameters[0].ParameterType == message && !typeof(IMessage).IsAssignableFrom(method.ReturnType)
            && (parameters.Length == 1 || (parameters.Length == 2 && parameters[1].ParameterType == typeof(string)));
    }

    private bool IsBack(MethodInfo method)
    {
        var domain = _own!.ReturnType;
        var parts = typeof(ITuple).IsAssignableFrom(domain) ? domain.GetGenericArguments() : [domain];
        return method.ReturnType == _type.ClrType
            && method.GetParameters().Select(parameter => parameter.ParameterType).ToHashSet().SetEquals(parts);
    }
}
