using Failover.Records;

namespace Failover.Testing;

internal static class Verdicts
{
    extension(RecordVerdict verdict)
    {
        /// <summary>The record; the test fails, saying why, when there is none.</summary>
        public VotingRecord Accepted
        {
            get
            {
                Assert.Null(verdict.Refusal);
                return Assert.IsType<VotingRecord>(verdict.Record);
            }
        }

        /// <summary>The name of the test that refused; the test fails when a record was accepted.</summary>
        public string RefusedBy
        {
            get
            {
                Assert.Null(verdict.Record);
                return Assert.IsType<RecordRefusal>(verdict.Refusal).Test;
            }
        }
    }
}
