using Failover.Coordination;

namespace Failover.Examinations;

/// <summary>Examines all nodes at once. One that does not answer is part of the result, never an exception.</summary>
public sealed class ExaminationReader(IReadOnlyList<IExaminer> examiners, ClusterReader reader, TimeProvider time)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    /// <param name="names">Which; all when empty.</param>
    /// <exception cref="OperationCanceledException">Only for <paramref name="ct"/>.</exception>
    public async Task<IReadOnlyList<ExaminedNode>> ReadAsync(IReadOnlyList<string> names, CancellationToken ct) =>
        await Task.WhenAll(examiners.Where(examiner => names.Count == 0 || names.Contains(examiner.Node)).Select(examiner => ReadAsync(examiner, ct)));

    private async Task<ExaminedNode> ReadAsync(IExaminer examiner, CancellationToken ct)
    {
        var asked = time.GetUtcNow();
        var (examination, failure) = await reader.AskAsync(examiner.Node, examiner.ExamineAsync, Limit, ct);
        if (examination is not null && examination.Facts.Node != examiner.Node)
        {
            failure = new(ObstacleKind.NodesDiffer,
                $"The agent reached as {examiner.Node} calls itself {examination.Facts.Node}.", "correct the address or the name in the coordinator's configuration");
            examination = null;
        }
        return new ExaminedNode(examiner.Node, examiner.Address, examination, failure, asked, time.GetUtcNow());
    }
}
