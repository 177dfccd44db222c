using System.Text;
using FakeValidator.Admin;

namespace FakeValidator.Tests;

public sealed class AdminEnvelopeTests
{
    [Theory]
    [InlineData("{\"a\":1}\n", new[] { "{\"a\":1}" })]
    [InlineData("{\"a\":1}{\"b\":2}", new[] { "{\"a\":1}", "{\"b\":2}" })]
    [InlineData("{\"a\":1}\n{\"b\":2}\n", new[] { "{\"a\":1}", "\n{\"b\":2}" })]
    [InlineData("[{\"a\":\"}\"}]", new[] { "[{\"a\":\"}\"}]" })]
    [InlineData("{\"a\":\"\\\"}\"}", new[] { "{\"a\":\"\\\"}\"}" })]
    [InlineData("hello", new[] { "he", "ll" })]
    [InlineData(" \t\r\n{\"a\"}", new[] { " \t\r\n{\"a\"}" })]
    [InlineData(" \t \t \t \t \t \t {}", new string[0])]
    [InlineData("{\"a\":", new string[0])]
    public void The_scanner_cuts_by_bracket_depth_with_all_its_quirks(string input, string[] messages)
    {
        var scanner = new RequestScanner();
        scanner.Append(Encoding.UTF8.GetBytes(input));
        Assert.Equal(messages, All(scanner));
    }

    [Fact]
    public void A_message_may_come_in_single_bytes()
    {
        var scanner = new RequestScanner();
        var found = new List<string>();
        foreach (var each in Encoding.UTF8.GetBytes("{\"a\":[1,2]}\n"))
        {
            scanner.Append([each]);
            found.AddRange(All(scanner));
        }
        Assert.Equal(["{\"a\":[1,2]}"], found);
    }

    [Fact]
    public void A_message_that_is_not_utf8_is_dropped_without_a_word()
    {
        var scanner = new RequestScanner();
        scanner.Append([(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)'}', (byte)'{', (byte)'}']);
        Assert.Equal(["{}"], All(scanner));
    }

    [Theory]
    [InlineData("{]", """{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}""")]
    [InlineData("he", """{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}""")]
    [InlineData("[1]", """{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"contactInfo","id":-1}""", """{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"contactInfo","id":1.5}""", """{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}""")]
    [InlineData("""{"jsonrpc":"1.0","method":"exit","id":7}""", """{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid request"},"id":7}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"exit","id":"a","more":1}""", """{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid request"},"id":"a"}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"exit","params":5,"id":7}""", """{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid request"},"id":7}""")]
    [InlineData("{}", """{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid request"},"id":null}""")]
    [InlineData("""{"method":"exit","id":1}""", """{"error":{"code":-32600,"message":"Unsupported JSON-RPC protocol version"},"id":1}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"nope","id":1}""", """{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":1}""")]
    [InlineData(
        """{"jsonrpc":"2.0","method":"pid","params":[1,"x"],"id":1}""",
        """{"jsonrpc":"2.0","error":{"code":-32602,"message":"Invalid parameters: No parameters were expected","data":"Array([Number(1), String(\"x\")])"},"id":1}""")]
    [InlineData(
        """{"jsonrpc":"2.0","method":"setIdentity","params":["x"],"id":1}""",
        """{"jsonrpc":"2.0","error":{"code":-32602,"message":"Invalid params: invalid length 1, expected a tuple of size 3."},"id":1}""")]
    [InlineData(
        """{"jsonrpc":"2.0","method":"setIdentity","params":["x",true,true,1],"id":1}""",
        """{"jsonrpc":"2.0","error":{"code":-32602,"message":"Invalid params: invalid length 4, expected fewer elements in array."},"id":1}""")]
    [InlineData(
        """{"jsonrpc":"2.0","method":"setIdentity","params":null,"id":1}""",
        """{"jsonrpc":"2.0","error":{"code":-32602,"message":"Invalid params: invalid type: null, expected a tuple of size 3."},"id":1}""")]
    [InlineData(
        """{"jsonrpc":"2.0","method":"setIdentity","params":["x","y",true],"id":1}""",
        """{"jsonrpc":"2.0","error":{"code":-32602,"message":"Invalid params: invalid type: string \"y\", expected a boolean."},"id":1}""")]
    [InlineData(
        """{"jsonrpc":"2.0","method":"addAuthorizedVoterFromBytes","params":[[300]],"id":1}""",
        """{"jsonrpc":"2.0","error":{"code":-32602,"message":"Invalid params: invalid value: integer `300`, expected u8."},"id":1}""")]
    [InlineData(
        """{"jsonrpc":"2.0","method":"setBamUrl","params":{},"id":1}""",
        """{"jsonrpc":"2.0","error":{"code":-32602,"message":"`params` should be an array"},"id":1}""")]
    [InlineData(
        """{"jsonrpc":"2.0","method":"listPlugins","id":1}""",
        """{"jsonrpc":"2.0","error":{"code":-32600,"message":"No geyser plugin service"},"id":1}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"startProgress","id":null}""", """{"jsonrpc":"2.0","result":"Initializing","id":null}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"removeAllAuthorizedVoters","params":null,"id":3}""", """{"jsonrpc":"2.0","result":null,"id":3}""")]
    [InlineData("""{"jsonrpc":"2.0","method":"removeAllAuthorizedVoters","params":[],"id":"x"}""", """{"jsonrpc":"2.0","result":null,"id":"x"}""")]
    [InlineData("""[{"jsonrpc":"2.0","method":"startProgress","id":1},{"jsonrpc":"2.0","method":"startProgress"},{"jsonrpc":"2.0","method":"x","id":2}]""",
        """[{"jsonrpc":"2.0","result":"Initializing","id":1},{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":2}]""")]
    [InlineData("[]", null)]
    [InlineData("""{"jsonrpc":"2.0","method":"exit"}""", null)]
    public async Task Requests_are_answered_as_the_real_server_answers_them(string request, string? reply)
    {
        using var world = World.Started();
        Assert.Equal(reply, await world.AdminRawAsync(request));
        Assert.False(world.Exited);
    }

    private static List<string> All(RequestScanner scanner)
    {
        var messages = new List<string>();
        while (scanner.Next() is { } message)
        {
            messages.Add(message);
        }
        return messages;
    }
}
