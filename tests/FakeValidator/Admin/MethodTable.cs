using System.Text.Json;
using System.Text.Json.Nodes;

namespace FakeValidator.Admin;

/// <summary>Methods by name, each with its parameter rule.</summary>
public sealed class MethodTable
{
    private readonly Dictionary<string, JsonRpcMethod> _methods = [];

    public JsonRpcMethod? Find(string name) => _methods.GetValueOrDefault(name);

    public void Add(string name, JsonRpcMethod method) => _methods[name] = method;

    /// <summary>A method without parameters.</summary>
    public void Add(string name, Func<JsonNode?> method) => Add(name, (parameters, _) =>
    {
        ParamReader.ExpectNone(parameters);
        return ValueTask.FromResult(method());
    });

    public void Add(string name, Func<CancellationToken, ValueTask<JsonNode?>> method) => Add(name, (parameters, ct) =>
    {
        ParamReader.ExpectNone(parameters);
        return method(ct);
    });

    /// <summary>A method with a fixed number of parameters, which it reads before it returns.</summary>
    public void Add(string name, int size, Func<ParamReader, CancellationToken, ValueTask<JsonNode?>> method) =>
        Add(name, (parameters, ct) => method(ParamReader.Tuple(parameters, size), ct));

    /// <summary>A method that takes so many parameters of any kind, and only says yes.</summary>
    public void AddYes(string name, int size) => Add(name, size, (parameters, _) =>
    {
        for (var i = 0; i < size; i++)
        {
            parameters.Anything();
        }
        parameters.End();
        return ValueTask.FromResult<JsonNode?>(null);
    });

    /// <summary>A method that takes so many parameters and always refuses.</summary>
    public void AddRefusal(string name, int size, int code, string message)
    {
        if (size == 0)
        {
            Add(name, () => throw new JsonRpcException(code, message));
            return;
        }
        Add(name, size, (parameters, _) =>
        {
            for (var i = 0; i < size; i++)
            {
                parameters.Anything();
            }
            parameters.End();
            throw new JsonRpcException(code, message);
        });
    }

    /// <summary>Wraps every method, e.g. with a misbehaviour.</summary>
    public JsonRpcMethod? FindWrapped(string name, Func<string, JsonRpcMethod, JsonElement, CancellationToken, ValueTask<JsonNode?>> wrap) =>
        Find(name) is { } method ? (parameters, ct) => wrap(name, method, parameters, ct) : null;
}
