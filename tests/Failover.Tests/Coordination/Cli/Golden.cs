using System.Text.RegularExpressions;

namespace Failover.Coordination.Cli;

/// <summary>Whole outputs, as an operator sees them at 80 columns.</summary>
internal static partial class Golden
{
    public const string CompletedHandoff =
        """
        Handoff from london to tokyo
          identity   J6AHyDbHQQyT4YkmEeWfD7sCvxTqpDEDxmbiWMSm4PNE
          from       london, active, Agave 4.2.1, slot 312,456,789
          to         tokyo, standby, Agave 4.2.1, slot 312,456,788
          proof      voter fence: Agave over its admin socket
          moment     when no leader slot of S is within 2 min, less than 5 % of the
                     stake is delinquent; the next leader slot is in 1,234 slots (about
                     8 min)
          order      20261124-030000-??????, token 8

        Preflight
          ✓ same-staked-identity  both have J6AHyDbHQQyT4YkmEeWfD7sCvxTqpDEDxmbiWMSm4PNE
          ✓ target-healthy        tokyo: ok, 1 slot behind london
        ✓ 2 ok; round trip 12 ms, tokyo's clock ahead by 3 ms

            0.000s  london     wait for window  begins  No leader slot within 2 minutes is wanted.
            0.004s  london     wait for window  done    The next leader slot is 1,234 slots away.
            0.005s  london     relink to U      begins  From here a restart comes up unstaked.
            0.008s  london     relink to U      done    The link points to U.
            0.008s  london     voter fence      begins  Waiting for the next vote.
            0.310s  london     voter fence      done    Fenced right after slot 312,456,799.
            0.310s  london     set identity U   begins
            0.314s  london     set identity U   done    The validator reports U.
            0.314s  london     seal record      begins
            0.366s  london     seal record      done    Tower at slot 312,456,799, 2,319 bytes.
            0.366s  london     hand over        begins
            0.367s  london     hand over        done    Record, receipt and permit sent.
            0.367s  london     promote          begins
            0.391s  london     promote          done    tokyo holds S.
            0.391s  london     first vote       begins
            0.822s  london     first vote       done    tokyo voted on slot 312,456,801.
            1.900s  london     give voters back done    london's loop adopted U; its voter is loaded again.
            1.900s  london     end              done    tokyo holds S and votes; london holds its own U.

          ✓ london  wait for window        4 ms  The next leader slot is 1,234 slots
                                                 away.
          ✓ london  relink to U            3 ms  The link points to U.
          ✓ london  voter fence          302 ms  Fenced right after slot 312,456,799.
          ✓ london  set identity U         4 ms  The validator reports U.
          ✓ london  seal record           52 ms  Tower at slot 312,456,799, 2,319 bytes.
          ✓ london  hand over              1 ms  Record, receipt and permit sent.
          ✓ london  promote               24 ms  tokyo holds S.
          ✓ london  first vote           431 ms  tokyo voted on slot 312,456,801.
          ✓ london  give voters back             london's loop adopted U; its voter is
                                                 loaded again.

        ✓ Completed: tokyo holds the identity.
          tokyo holds S and votes; london holds its own U.
          record      tower, slot 312,456,799, 2,319 bytes, sha256 a17277b3dd52
          last vote   london, slot 312,456,799 (voter fence)
          first vote  tokyo, slot 312,456,801
          vote gap    1 slot, 512 ms
          handoff     20261124-030000-??????

        ✓ tokyo is active, london is a ready standby

        """;

    public const string Plan =
        """
        Handoff from london to tokyo
          identity   J6AHyDbHQQyT4YkmEeWfD7sCvxTqpDEDxmbiWMSm4PNE
          from       london, active, Agave 4.2.1, slot 312,456,789
          to         tokyo, standby, Agave 4.2.1, slot 312,456,788
          proof      voter fence: Agave over its admin socket
          moment     when no leader slot of S is within 2 min, less than 5 % of the
                     stake is delinquent; the next leader slot is in 100 slots (about
                     40.0 s)
          order      20261124-030000-??????, token 8

        Moment
          now         slot 312,456,789; epoch 723 ends in 1,300 slots (about 8 min)
          schedule    ···█▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁·········█▁▁▁▁▁▁··│·····█▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
                      █ leader slots   ▁ a handoff may begin   · too near   │ new epoch
                      (32 slots (about 12.8 s) a character)
          windows     opens in 104 slots (about 41.6 s), with slot 312,456,893, for 896
                      slots (about 5 min)
                      opens in 1,004 slots (about 6 min), with slot 312,457,793, for 496
                      slots (about 3 min)
                      opens in 1,504 slots (about 10 min), with slot 312,458,293, for
                      431,796 slots (about 47 h 58 min) at least

        Steps
          1 london  wait for window   until no leader slot of S is within 300 slots
          2 london  relink to U       /home/sol/identity.json → /home/sol/unstaked.json:
                                      a restart comes up unstaked from here on
          3 london  voter fence       right after the next vote,
                                      removeAllAuthorizedVoters: no vote can be
                                      generated any more
          4 london  set identity U    to 3FEM7m2f5tTkTj7stQ43FkC8do7NAnpZeMNUP583YwD3,
                                      and read back
          5 london  seal record       /mnt/ledger/tower-1_9-J6AHyDbHQQyT4YkmEeWfD7sCvxTq
                                      pDEDxmbiWMSm4PNE.bin at rest, verified and hashed
          6 london  hand over         the record, its receipt and the permit, in one
                                      message to tokyo
          7 tokyo   promote           check all of it, store it in /mnt/ledger, set
                                      identity to
                                      J6AHyDbHQQyT4YkmEeWfD7sCvxTqpDEDxmbiWMSm4PNE with
                                      its record required, then /home/sol/identity.json
                                      → /home/sol/staked.json
          8 tokyo   first vote        seen in its own record
          9 london  give voters back  once its voting loop has left S
          vote gap    0 slots expected: 72 ms from the last vote of london until tokyo
                      can vote, a slot takes 400 ms

        Preflight
          ✓ same-staked-identity  both have J6AHyDbHQQyT4YkmEeWfD7sCvxTqpDEDxmbiWMSm4PNE
          ✓ target-healthy        tokyo: ok, 1 slot behind london
        ✓ 2 ok; round trip 12 ms, tokyo's clock ahead by 3 ms

        ✓ Nothing stands in the way, and nothing was changed.
        → failover handoff --to tokyo

        """;

    /// <summary>The id is fresh with each run.</summary>
    public static string WithoutId(string output) => Id().Replace(output, "20261124-030000-??????");

    [GeneratedRegex("20261124-030000-[0-9a-f]{6}", RegexOptions.CultureInvariant)]
    private static partial Regex Id();
}
