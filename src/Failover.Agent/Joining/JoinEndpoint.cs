using System.Security.Cryptography;
using Failover.Agents;
using Failover.Protocol.Joining;
using Failover.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Failover.Agent.Joining;

/// <summary>The node's side of a join. Answers nothing to a caller that does not have the code.</summary>
/// <param name="key">The public key of the certificate that the listener shows.</param>
/// <param name="take">Writes down what was given; only after that is the caller told.</param>
/// <param name="told">Hears of callers with another code.</param>
internal sealed class JoinEndpoint(JoinCode code, byte[] key, TimeProvider time, Action<JoinedNode> take, Action<string> told) : JoinService.JoinServiceBase
{
    private readonly byte[] _nonce = RandomNumberGenerator.GetBytes(JoinProof.NonceBytes);
    private readonly JoinProof _proof = new(code, key);
    private readonly TaskCompletionSource<JoinedNode> _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the node has joined.</summary>
    public Task<JoinedNode> Joined => _joined.Task;

    public override Task<IntroduceResponse> Introduce(IntroduceRequest request, ServerCallContext context)
    {
        Require(request.Nonce, request.Proof, () => _proof.OfCaller(request.Nonce.Span), context);
        return Task.FromResult(new IntroduceResponse
        {
            Nonce = ByteString.CopyFrom(_nonce),
            Proof = ByteString.CopyFrom(_proof.OfNode(request.Nonce.Span, _nonce)),
        });
    }

    public override Task<EnrolResponse> Enrol(EnrolRequest request, ServerCallContext context)
    {
        Require(request.Nonce, request.Proof, () => _proof.OfGrant(request.Nonce.Span, _nonce, request.Grant.Span), context);
        try
        {
            var granted = JoinedNode.Read(request.Grant.Memory, key, time.GetUtcNow());
            take(granted);
            _joined.TrySetResult(granted);
            return Task.FromResult(new EnrolResponse());
        }
        catch (OrderRefusedException e)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, e.Message));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _joined.TrySetException(e);
            throw new RpcException(new Status(StatusCode.FailedPrecondition, e.Message));
        }
    }

    private void Require(ByteString nonce, ByteString shown, Func<byte[]> expected, ServerCallContext context)
    {
        if (nonce.Length != JoinProof.NonceBytes || !JoinProof.Same(expected(), shown.Span))
        {
            told($"{context.Peer} called with another code");
            throw new RpcException(new Status(StatusCode.PermissionDenied, "another code"));
        }
    }
}
