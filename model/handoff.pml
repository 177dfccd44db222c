/*
 * The handoff of S between two nodes, as src/Failover.Core does it: journal, validator, link, records and messages, with crashes at every
 * step. README.md beside this file says what is left out and why; check.sh runs it. ModelInStepTests compares the names, the table of the
 * ways out and every TRANSITION below with the code.
 *
 * One number stands for a voting record: the last vote in it. A vote takes the number above all that there are, and normalise() closes
 * the gaps, since only the order of the numbers matters: so there are as many votes as anybody likes, in finitely many states.
 *
 * A message that was sent once may arrive at any later time, any number of times, or never. That is loss, delay, reordering and
 * duplication in one, and needs no channel: what was sent is a bit that stays.
 */

#ifndef CRASHES
#define CRASHES 2       /* how often an agent, a validator or a machine is lost */
#endif
#ifndef HANDOFFS
#define HANDOFFS 2      /* the second from whoever is active then */
#endif
#ifndef HANDS
#define HANDS 1         /* how often a person gives a node S by hand */
#endif

/* HandoffPhase. None stands for Unknown: no handoff yet. */
mtype:phases = { None, Prepared, Demoting, HandedOver, Promoting, Active, Refused, Ended, Reclaiming };
/* AnswerKind, with Says in front. */
mtype:answers = { SaysUnknown, SaysPromoted, SaysRefused, SaysCannotTell };
/* PromisedRole, with Promised in front. */
mtype:roles = { PromisedUnknown, PromisedActive, PromisedStandby };

/* Where the source's session stands. */
mtype:sessions = { NoSession, Waiting, Relink, Fence, SetUnstaked, Seal, WriteHandedOver, Send, AwaitAnswer, Leave, Asking, Decide,
                  FenceAgain, UnstakeAgain, StoreNewer, CheckPower, WriteReclaiming, FindProcess, NoProcess, GiveVoters, SetStaked,
                  RelinkStaked, WriteWentBack, YieldLink, YieldFence, YieldIdentity, WriteYielded, Person };
/* What the agent does under its gate besides: the target's part, its start, standing down, S by hand. */
mtype:operations = { Nothing, Store, SetS, Settle, Looks, Refuse, FinishVoters, FinishLink, FinishWrite,
                DownFence, DownIdentity, HandIdentity, HandWrite, HandLink };

#define U 0
#define S 1

#define n _pid
#define o (1 - _pid)

/* ------------------------------------------------------------------ what is true, whatever anybody wrote down */

bit runs[2];                /* the validator's process runs */
bit id[2];                 /* the identity that set-identity recorded */
bit loop[2];               /* the identity that the voting loop acts with: adopts the recorded one later, and votes until then */
bit voters[2];             /* the authorized voters are loaded; the voter fence takes them */
bit queued[2];             /* a vote was generated, and is not stored and sent yet */
bit pending[2];            /* a set-identity S lies unread in the socket */
bit link[2];               /* what a start of the validator comes up with */

#define CAN_VOTE(x) (runs[x] && loop[x] == S && voters[x])

#define RECORDS 13
byte record[RECORDS];
#define newest record[0]           /* what a vote must be cast from: the last vote that was sent */
#define memory(x) record[1 + (x)]  /* what the loop of x votes from */
#define disk(x) record[3 + (x)]
#define synced(x) record[5 + (x)]  /* what a loss of power leaves of it */
#define receipt(x) record[7 + (x)] /* in the journal of x */
#define sent(h) record[8 + (h)]    /* in the hand-over message of handoff h */
#define carried record[11]         /* goes along with the refusal that is on its way */
#define newer record[12]           /* went along with the refusal that the source acts upon */

byte current;                      /* the last handoff that was begun; its number is its fencing token */
byte stage;                        /* of its coordinator: 1 the target is prepared, 2 both are, 3 no more to come */
bit source2;                       /* the source of the second handoff; that of the first is node 0 */
bit handedOver[3];                 /* the hand-over message was sent */
bit permit[3];                     /* its nonce is known to the target's process, and unused */
bit withdrawn[3];                  /* the question was sent at least once */
bit linked;                        /* the link of the current handoff stands */
mtype:answers linkSays = SaysUnknown;
byte question;                     /* the handoff about which the source asked last, as long as the target has not taken it up */
bit asked;                         /* the target is about to answer it */
mtype:answers reply = SaysUnknown;
bit inMemory;                      /* the target's process holds its lock for the current handoff */
byte begun;
byte crashes;
byte hands;
bit waits[2] = 1;                  /* x has no session that is about to take S back: what a person waits for before acting by hand */

byte i;
byte rank;
byte top;
byte there;
byte above;

inline normalise() {
  rank = 1;
  do
  :: true ->
     there = 0; above = 0; i = 0;
     do
     :: i == RECORDS -> break
     :: else ->
        if
        :: record[i] == rank -> there = 1
        :: record[i] > rank -> above = 1
        :: else
        fi;
        i++
     od;
     if
     :: there -> rank++
     :: !there && !above -> break
     :: !there && above ->
        i = 0;
        do
        :: i == RECORDS -> break
        :: else ->
           if
           :: record[i] > rank -> record[i]--
           :: else
           fi;
           i++
        od
     fi
  od;
  i = 0; rank = 0; there = 0; above = 0
}

#define SOURCE(h) ((h) == 1 -> 0 : source2)

#ifdef TRAIL
#define SAY(text) printf(text, n)
#else
#define SAY(text) skip
#endif

/* ------------------------------------------------------------------ that it ends */

/*
 * With CALM, a calm may begin in any state: from then on nothing is lost, nobody begins anything new and no step fails that could succeed. Whatever the nodes were in the middle of must then
 * come to an ending, or stop where a person is asked for. Check asserts it where nothing is left to do.
 */
#ifdef CALM
bit calm;
bit open[2];
bit person;
bit again;
#define STORM !calm
#define QUIET timeout
#define NOTE_OPEN open[n] = UNFINISHED
#define LOST_QUESTION (question == 0 && !asked && reply == SaysUnknown)
/* an answer that cannot be given may stem from the storm: only the second one is meant */
#define PERSON if :: calm && session == Leave && again -> person = 1; session = Person :: calm && session == Leave && !again -> again = 1 :: else fi
#ifdef NEVER_A_PERSON
#define PERSON_ASKED false
#else
#define PERSON_ASKED person
#endif
#else
#define STORM true
#define QUIET true
#define NOTE_OPEN skip
#define LOST_QUESTION true
#define PERSON skip
#endif

/* ------------------------------------------------------------------ what the code is compared with */

/* The phase as it is written down. Every change of it stands in such a line. */
#define TRANSITION(role, from, to) SAVE; assert(phase == from); phase = to; ours = 1; NOTE_OPEN
/* A new order takes the place of one that is over. */
#define BEGIN(role, to) SAVE; phase = to; ours = 1; NOTE_OPEN

/* PlannedHandoff.WayOutOf */
#define PAIR(written, said) (phase == written && says == said)
#define WAY_Release (PAIR(Prepared, SaysUnknown) || PAIR(Prepared, SaysPromoted) || PAIR(Prepared, SaysRefused) || PAIR(Prepared, SaysCannotTell))
#define WAY_Complete (PAIR(Demoting, SaysPromoted) || PAIR(HandedOver, SaysPromoted) || PAIR(Reclaiming, SaysPromoted))
#define WAY_Reclaim (PAIR(Demoting, SaysUnknown) || PAIR(Demoting, SaysRefused) || PAIR(Reclaiming, SaysUnknown) || PAIR(Reclaiming, SaysRefused) || PAIR(HandedOver, SaysRefused))
#define WAY_AskTarget (PAIR(Demoting, SaysCannotTell) || PAIR(Reclaiming, SaysCannotTell) || PAIR(HandedOver, SaysUnknown) || PAIR(HandedOver, SaysCannotTell))

#define UNFINISHED (phase == Prepared || phase == Demoting || phase == HandedOver || phase == Reclaiming || phase == Promoting)
#define LET_GO ((!isTarget && (phase == Demoting || phase == HandedOver)) || (isTarget && phase == Promoting) || promised == PromisedStandby)
/* the gate lets in who came first, and who has the proof of an adoption in his hands stands there already */
#define GATE_FREE (up && gated == Nothing && !held && proven == 0)
#define MINE(h) (isTarget && handoff == h)
/* an answer is acted upon, anything else is asked again */
#define LEAVE(what) says = what; held = 0; \
  session = (says == SaysPromoted || says == SaysRefused -> Decide : Leave); says = (session == Leave -> SaysUnknown : says); waits[n] = (session == Leave)
#define NO_MORE_VOTES (!CAN_VOTE(0) && !CAN_VOTE(1) && !queued[0] && !queued[1])

#ifdef MUT_JOURNAL_NOT_SYNCED
#define SAVE wasPhase = phase; wasPromised = promised; wasOwed = owed
#else
#define SAVE skip
#endif

/* ------------------------------------------------------------------ pieces of steps, and what the mutations do to them */

/* after the last loss it does not matter any more what another would leave */
#define SYNC synced(n) = (crashes == CRASHES -> 0 : disk(n))
#define FORGET_SYNCED if :: crashes == CRASHES -> synced(0) = 0; synced(1) = 0 :: else fi
#define END_VALIDATOR runs[n] = 0; id[n] = U; loop[n] = U; voters[n] = 0; queued[n] = 0; memory(n) = 0; pending[n] = 0
#define COMPLETED promised = PromisedStandby; owed = 1; receipt(n) = 0; newer = 0; session = NoSession; says = SaysUnknown; held = 0; \
  linked = 0; waits[n] = 1; normalise()
#define HOLDS_S (runs[n] && id[n] == S)
#define ADOPTED (!runs[n] || (id[n] == U && loop[n] == U && !pending[n]))

#ifdef MUT_RELINK_LAST
#define RELINK_FIRST skip
#define RELINK_LAST link[n] = U
#else
#define RELINK_FIRST link[n] = U
#define RELINK_LAST skip
#endif
#ifdef MUT_NO_VOTER_FENCE
#define VOTER_FENCE skip
#else
#define VOTER_FENCE voters[n] = 0
#endif
#ifdef MUT_NO_SEALING
#define DRAINED true
#else
#define DRAINED !queued[n]
#endif
#ifdef MUT_RECLAIM_ON_SILENCE
#define SILENCE SaysRefused
#else
#define SILENCE SaysUnknown
#endif
#ifdef MUT_RECLAIM_WITHOUT_ASKING
#define ASKS && phase == HandedOver
#else
#define ASKS
#endif
#ifdef SPARE_LINK_AS_IT_WAS_AT_START
#define LINK_AT_START skip
#else
#define LINK_AT_START link[n] = U
#endif
#ifdef MUT_NO_LOOKS
#define LOOKS false
#define NOTHING_COMES (interrupted || !pending[n])
#else
#define LOOKS interrupted
#define NOTHING_COMES !pending[n]
#endif
#ifdef MUT_NEWER_RECORD_LEFT_BEHIND
#define GOES_ALONG 0
#else
#define GOES_ALONG (tells == SaysRefused -> disk(n) : 0)
#endif
#ifdef HOLE_REFUSED_RECORD_NOT_SYNCED
#define SYNC_REFUSED skip
#else
#define SYNC_REFUSED SYNC
#endif
#ifdef HOLE_CRASH_WHILE_S_IS_GIVEN_BY_HAND
#define CRASH_DURING_HAND true
#else
#define CRASH_DURING_HAND (gated != HandWrite)
#endif
#ifdef HOLE_SILENT_AFTER_HAND
#define CAN_BE_SILENT true
#else
#define CAN_BE_SILENT (hands == 0 || phase == HandedOver)
#endif
#ifdef MUT_NO_TOKEN_CHECK
#define TOKEN(h) true
#else
#define TOKEN(h) (h > highest)
#endif
#ifdef MUT_OLDER_RECORD_OVERWRITES
#define TAKE_NEWER (newer != 0 && newer != disk(n))
#define NOT_OLDER(what) true
#else
#define TAKE_NEWER (newer > disk(n))
#define NOT_OLDER(what) (what >= disk(n))
#endif
#ifdef MUT_VOTERS_BEFORE_ADOPTION
#define ADOPTED_BEFORE_VOTERS true
#else
#define ADOPTED_BEFORE_VOTERS ADOPTED
#endif
#ifdef MUT_PREFLIGHT_IGNORES_CHAIN
#define PREFLIGHT true
#else
#define PREFLIGHT (disk(n) >= newest && disk(o) <= disk(n))
#endif
#ifdef MUT_NO_DISTRUST_AFTER_POWER_LOSS
#define DISTRUST false
#else
#define DISTRUST (!ours && !(phase == HandedOver && receipt(n) != 0 && disk(n) == receipt(n)) && !HOLDS_S)
#endif
#ifdef MUT_TARGET_RELINKS_FIRST
#define TARGET_RELINKS_FIRST link[n] = S
#else
#define TARGET_RELINKS_FIRST skip
#endif

#define ANSWER \
  if \
  :: over == 1 && linked -> linkSays = tells; carried = GOES_ALONG \
  :: over == 2 && asked -> reply = tells; carried = GOES_ALONG; asked = 0 \
  :: else \
  fi; \
  gated = Nothing; tells = SaysUnknown; serves = 0; over = 0; interrupted = 0; normalise()

/* Once both nodes are in the second handoff, no message of the first matters: neither node is in it any more, and its token is too small. */
#if defined(MUT_NO_TOKEN_CHECK) || defined(MUT_PERMIT_WITHOUT_NONCE)
#define FORGET_FIRST skip
#else
#define FORGET_FIRST if :: current == 2 -> handedOver[1] = 0; withdrawn[1] = 0; permit[1] = 0; sent(1) = 0 :: else fi
#endif
/* Without its permit, what record is in the message does not matter. */
#if defined(MUT_PERMIT_WITHOUT_NONCE) || defined(SPARE_NO_PERMIT)
#define FORGET_SENT(h) skip
#define KEEPS_SENT true
#else
#define FORGET_SENT(h) sent(h) = 0
#define KEEPS_SENT false
#endif

/* A message that nobody waits for an answer to, and that finds the order answered, changes nothing. */
#define MATTERS(h) ((MINE(h) && (phase == Prepared || phase == Promoting)) || h > highest || CARRIES_OUT_AGAIN(h))
#define HEARD(h) (h == current && linked && linkSays == SaysUnknown)

/* LocalTarget.PromoteAsync */
#define TAKE_UP(h) \
  over = (h == current && linked -> 1 : 0); \
  if \
  :: CARRIES_OUT_AGAIN(h) -> phase = Promoting; ours = 1; receipt(n) = sent(h); gated = Store; SAY("%d: Promoting, although it must not\n") \
  :: else -> \
     if \
     :: !MINE(h) -> highest = (h > highest -> h : highest); REPEAT \
     :: MINE(h) && phase == Prepared && WELCOME(h) -> \
        TRANSITION(Target, Prepared, Promoting); receipt(n) = sent(h); TARGET_RELINKS_FIRST; gated = Store; SAY("%d: Promoting\n") \
     :: MINE(h) && phase == Prepared && !WELCOME(h) -> REFUSE_PREPARED \
     :: MINE(h) && phase == Promoting -> gated = Settle; interrupted = 1 \
     :: MINE(h) && (phase == Active || phase == Refused) -> REPEAT \
     fi \
  fi; \
  permit[h] = 0; FORGET_SENT(h); normalise(); inMemory = (MINE(current) -> 0 : inMemory)

#define CAN_TAKE(h) (sent(h) >= disk(n) && runs[n] && id[n] == U && !OWES)
#ifdef SPARE_NO_PERMIT
#define WELCOME(h) CAN_TAKE(h)
#else
#define WELCOME(h) (permit[h] && CAN_TAKE(h))
#endif
#if defined(MUT_NOT_IDEMPOTENT)
#define CARRIES_OUT_AGAIN(h) (MINE(h) && (phase == Active || phase == Refused) && permit[h] && CAN_TAKE(h))
#elif defined(MUT_PERMIT_WITHOUT_NONCE)
#define CARRIES_OUT_AGAIN(h) (!MINE(h) && isTarget && phase == Prepared && permit[handoff] && CAN_TAKE(h))
#else
#define CARRIES_OUT_AGAIN(h) false
#endif
#ifdef MUT_OWING_TARGET_IS_PROMOTED
#define OWES false
#else
#define OWES owed
#endif

/* LocalTarget.RepeatAsync and what follows it: the answer as it is true now; written down, and given */
#define REPEAT \
  tells = ((MINE(serves) && phase == Active) || lastPromotion >= serves || byHand >= serves || HOLDS_S -> SaysPromoted : \
           ((!runs[n] && link[n] == S) || promised == PromisedActive || (owed && runs[n] && queued[n]) -> SaysCannotTell : SaysRefused)); \
  if \
  :: tells == SaysPromoted && MINE(serves) && phase == Promoting -> gated = FinishVoters; tells = SaysUnknown \
  :: tells == SaysRefused && MINE(serves) && phase == Promoting -> \
     TRANSITION(Target, Promoting, Refused); promised = PromisedStandby; receipt(n) = 0; SYNC_REFUSED; ANSWER; SAY("%d: Refused\n") \
  :: else -> ANSWER; SAY("%d: answers\n") \
  fi

#define REFUSE_PREPARED TRANSITION(Target, Prepared, Refused); SAY("%d: Refused\n"); REPEAT

/* LocalTarget.WithdrawAsync */
#define WITHDRAW \
  if \
  :: !MINE(serves) -> highest = (serves > highest -> serves : highest); REPEAT \
  :: MINE(serves) && phase == Prepared -> REFUSE \
  :: MINE(serves) && phase == Promoting -> gated = Settle; interrupted = 1 \
  :: else -> REPEAT \
  fi; \
  inMemory = (MINE(current) -> 0 : inMemory)
#ifdef MUT_REFUSAL_SENT_BEFORE_IT_IS_WRITTEN
#define REFUSE tells = SaysRefused; ANSWER
#else
#define REFUSE REFUSE_PREPARED
#endif

active [2] proctype Node() {
  /* the journal */
  mtype:phases phase = None;
  bit isTarget;                    /* the role in the last handoff */
  byte handoff;
  mtype:roles promised = PromisedUnknown;
  bit owed;                        /* VotersOwed */
  byte highest;                    /* HighestToken */
  byte lastPromotion;
  byte byHand;                     /* HeldByHandAt */
  bit ours = 1;                    /* BootId: no loss of power since the phase was entered */
#ifdef MUT_JOURNAL_NOT_SYNCED
  mtype:phases wasPhase = None;
  mtype:roles wasPromised = PromisedUnknown;
  bit wasOwed;
#endif
  /* the agent's memory */
  bit up = 1;
  mtype:sessions session = NoSession;
  mtype:operations gated = Nothing;
  bit held;                        /* the session holds the gate */
  mtype:answers says = SaysUnknown;
  mtype:answers tells = SaysUnknown;
  byte serves;                     /* the handoff that is answered for */
  byte over;                       /* 0 nobody hears the answer, 1 the link, 2 the reply to a question */
  bit interrupted;                 /* of the promotion: what an earlier life began may still come */
  byte proven;                     /* that the loop has adopted U: 1 proven, 2 not needed on an active node */
  bit down;                        /* standing down */

  d_step {
    runs[n] = 1; voters[n] = 1;
    if
    :: n == 0 -> id[0] = S; loop[0] = S; link[0] = S; promised = PromisedActive; newest = 2; memory(0) = 2; disk(0) = 2; synced(0) = 2
    :: else -> disk(1) = 1; synced(1) = 1
    fi;
    begun++
  }
  begun == 2;

  do
  /* ---------------------------------------------------------------- the validator */

  :: d_step { STORM && CAN_VOTE(n) && !queued[n] -> queued[n] = 1; SAY("%d: the validator generates a vote\n") }
  :: d_step { queued[n] ->
       assert(memory(n) >= newest); /* invariant 2 */
       top = 0; i = 0;
       do
       :: i == RECORDS -> break
       :: else ->
          if
          :: record[i] > top -> top = record[i]
          :: else
          fi;
          i++
       od;
       newest = top + 1; disk(n) = top + 1; memory(n) = (loop[n] == S -> top + 1 : 0); queued[n] = 0;
       normalise(); SAY("%d: the vote is stored and sent\n") }
  :: d_step { runs[n] && loop[n] != id[n] && !(queued[n] && id[n] == S) ->
       loop[n] = id[n]; memory(n) = (loop[n] == S -> disk(n) : (queued[n] -> memory(n) : 0));
       normalise(); SAY("%d: the voting loop adopts the recorded identity\n") }
  :: d_step { pending[n] -> pending[n] = 0; id[n] = S; SAY("%d: the validator reads a set-identity S that was given earlier\n") }
  :: d_step { !runs[n] -> runs[n] = 1; id[n] = link[n]; loop[n] = link[n]; voters[n] = 1; memory(n) = (link[n] == S -> disk(n) : 0);
       normalise();
       SAY("%d: the validator starts by its link\n") }

  /* ---------------------------------------------------------------- losses */

  :: d_step { STORM && crashes < CRASHES && runs[n] -> crashes++; END_VALIDATOR; FORGET_SYNCED; normalise(); SAY("%d: THE VALIDATOR CRASHES\n") }
  :: atomic { STORM && crashes < CRASHES && up && CRASH_DURING_HAND ->
       crashes++;
       if
       :: SAY("%d: THE AGENT CRASHES\n");
          if
          :: (gated == SetS || session == SetStaked) && runs[n] -> pending[n] = 1
          :: true
          fi
       :: SAY("%d: THE MACHINE CRASHES\n");
          if
          :: link[n] == U && disk(n) != synced(n) -> disk(n) = synced(n); SAY("%d: its disk loses what was not synced\n")
          :: synced(n) = disk(n)
          fi;
          d_step { END_VALIDATOR; ours = 0 }
#ifdef MUT_JOURNAL_NOT_SYNCED
          d_step { phase = wasPhase; promised = wasPromised; owed = wasOwed }
#endif
       fi;
       d_step {
         FORGET_SYNCED;
         if
         :: session == Asking -> question = 0; asked = 0; reply = SaysUnknown
         :: else
         fi;
         if
         :: over == 2 -> asked = 0
         :: else
         fi;
         if
         :: session != NoSession -> newer = 0; carried = 0
         :: else
         fi;
         if
         :: n == SOURCE(1) -> skip
         :: else -> permit[1] = 0; FORGET_SENT(1)
         fi;
         if
         :: n == SOURCE(2) -> skip
         :: else -> permit[2] = 0; FORGET_SENT(2)
         fi;
         if
         :: MINE(current) -> inMemory = 0
         :: else
         fi;
         linked = 0; linkSays = SaysUnknown;
         up = 0; session = NoSession; gated = Nothing; held = 0; says = SaysUnknown; tells = SaysUnknown;
         serves = 0; over = 0; interrupted = 0; proven = 0; down = 0; waits[n] = 1;
         normalise() } }

  /* ---------------------------------------------------------------- the agent's start: HandoffAgent.StartAsync */

  /* first the link; then what was interrupted; then standing down, when there is something to stand down from */
  :: d_step { !up -> up = 1; SAY("%d: the agent starts\n");
       if
       :: LET_GO -> LINK_AT_START
       :: else
       fi;
       if
       :: !isTarget && phase == Prepared -> TRANSITION(Source, Prepared, Ended); stage = 3
       :: !isTarget && (phase == Demoting || phase == HandedOver || phase == Reclaiming) -> LEAVE(SaysUnknown)
       :: isTarget && phase == Prepared -> TRANSITION(Target, Prepared, Refused)
       :: isTarget && phase == Promoting -> gated = Settle; interrupted = 1; serves = handoff
       :: else
       fi;
       down = (HOLDS_S && gated == Nothing && ((!isTarget && phase == HandedOver) || (promised == PromisedStandby && !UNFINISHED))) }

  /* standing down */
  :: d_step { down && GATE_FREE ->
       if
       :: !LET_GO -> down = 0
       :: LET_GO ->
          link[n] = U;
          if
          :: !runs[n] || id[n] == U -> down = 0
          :: else -> owed = 1; gated = DownFence; SAY("%d: the agent stands down\n")
          fi
       fi }
  :: d_step { gated == DownFence -> voters[n] = 0; gated = DownIdentity }
  :: d_step { gated == DownIdentity -> id[n] = U; gated = Nothing; down = 0 }

  /* the voters that are owed: ReturnVotersAsync, TryGiveVotersAsync */
  :: d_step { up && owed && !UNFINISHED && proven == 0 &&
       (!(LET_GO || promised != PromisedActive) || ADOPTED_BEFORE_VOTERS) ->
       proven = (LET_GO || promised != PromisedActive -> 1 : 2) }
  :: d_step { proven != 0 && gated == Nothing && !held ->
       if
       :: owed && proven == (LET_GO || promised != PromisedActive -> 1 : 2) && !(!isTarget && UNFINISHED && phase != Prepared) ->
          voters[n] = runs[n]; owed = 0; SAY("%d: the voters are given back\n")
       :: else
       fi;
       proven = 0 }

  /* ---------------------------------------------------------------- prepare */

  :: d_step { STORM && GATE_FREE && (current == 0 || (current < HANDOFFS && stage == 3)) && (current > 0 || n == 1) && !UNFINISHED &&
       runs[n] && id[n] == U && link[n] == U && !OWES && (id[o] == S || !runs[o]) ->
       current++; stage = 1;
       source2 = (current == 2 -> o : 0);
       BEGIN(Target, Prepared);
       isTarget = 1; handoff = current; highest = current; receipt(n) = 0; voters[n] = 1; inMemory = 1;
       normalise(); SAY("%d: prepared as the target\n") }
  /* the same again, later: whatever was sent once may arrive again */
  :: d_step { STORM && GATE_FREE && !UNFINISHED && current > 0 && SOURCE(1) == o && handoff != 1 && TOKEN(1) ->
       BEGIN(Target, Prepared); isTarget = 1; handoff = 1; receipt(n) = 0; SAY("%d: prepared as the target of the first handoff, again\n") }
  :: d_step { GATE_FREE && stage == 1 && SOURCE(current) == n ->
       if
       :: !UNFINISHED && session == NoSession && promised == PromisedActive && highest < current && inMemory && (!runs[n] || id[n] == S) && PREFLIGHT ->
          BEGIN(Source, Prepared);
          isTarget = 0; handoff = current; highest = current; receipt(n) = 0; session = Waiting; linked = 1; linkSays = SaysUnknown; permit[current] = 1; stage = 2; FORGET_FIRST;
          normalise(); SAY("%d: prepared as the source, the link stands\n")
       :: else -> stage = 3
       fi }
  :: d_step { GATE_FREE && stage == 1 && SOURCE(current) == n -> stage = 3; SAY("%d: not prepared as the source\n") }
  :: d_step { GATE_FREE && session == Waiting -> TRANSITION(Source, Prepared, Ended); session = NoSession; linked = 0; stage = 3;
       SAY("%d: the source is let go, unchanged\n") }
  :: d_step { GATE_FREE && isTarget && phase == Prepared -> serves = handoff; over = 0; SAY("%d: abort, on the target\n"); REFUSE_PREPARED;
       inMemory = (MINE(current) -> 0 : inMemory) }

  /* ---------------------------------------------------------------- the source's five steps: PlannedHandoff.RunAsync */

  :: d_step { GATE_FREE && session == Waiting && linked ->
       TRANSITION(Source, Prepared, Demoting); session = Relink; stage = 3; waits[n] = 0; SAY("%d: the commit begins: Demoting\n") }
  :: d_step { session == Relink -> RELINK_FIRST; session = (runs[n] -> Fence : Seal); SAY("%d: the source relinks to U\n") }
  :: d_step { session == Fence && runs[n] -> VOTER_FENCE; session = SetUnstaked; SAY("%d: voter fence\n") }
  :: d_step { session == SetUnstaked && runs[n] -> id[n] = U; RELINK_LAST; session = Seal; SAY("%d: set-identity U\n") }
  :: d_step { session == Seal && DRAINED -> receipt(n) = disk(n); session = WriteHandedOver; SAY("%d: the record is sealed\n") }
  :: d_step { session == WriteHandedOver -> TRANSITION(Source, Demoting, HandedOver); session = Send; SAY("%d: HandedOver\n") }
  :: d_step { session == Send -> handedOver[handoff] = 1; sent(handoff) = (permit[handoff] || KEEPS_SENT -> receipt(n) : 0); session = AwaitAnswer; SAY("%d: record, receipt and permit are sent\n") }
  :: d_step { session == AwaitAnswer && linkSays != SaysUnknown ->
       LEAVE(linkSays); newer = carried; carried = 0; linkSays = SaysUnknown; SYNC;
       normalise(); SAY("%d: the answer comes over the link\n") }
  :: d_step { session == AwaitAnswer -> LEAVE(SaysUnknown); linked = 0; linkSays = SaysUnknown; carried = 0;
       normalise(); SAY("%d: no answer over the link\n") }
  /* it turns out before the send that the link is down */
  :: d_step { session == Send -> TRANSITION(Source, HandedOver, Demoting); receipt(n) = 0; LEAVE(SaysUnknown); linked = 0;
       normalise(); SAY("%d: nothing was sent: Demoting again\n") }
  /* a step fails; that it had its effect all the same is covered by the failure of the next */
  :: d_step { STORM && (session == Relink || session == Fence || session == SetUnstaked || session == Seal || session == WriteHandedOver) ->
       LEAVE(SaysUnknown); receipt(n) = 0; normalise(); SAY("%d: a step of the source fails\n") }

  /* ---------------------------------------------------------------- the ways out: PlannedHandoff.LeaveAsync */

  :: d_step { session == Leave ASKS -> question = handoff; withdrawn[handoff] = 1; session = Asking; waits[n] = 0; SAY("%d: asks the target\n") }
  :: d_step { session == Asking && reply != SaysUnknown ->
       says = reply; newer = carried; carried = 0; reply = SaysUnknown; session = Decide;
       if
       :: WAY_AskTarget -> LEAVE(SaysUnknown); newer = 0; PERSON
       :: else
       fi;
       normalise(); SAY("%d: the target's answer is there\n") }
  :: d_step { session == Asking && CAN_BE_SILENT && (STORM || LOST_QUESTION) ->
       question = 0; asked = 0; reply = SaysUnknown; carried = 0; says = (phase == HandedOver -> SILENCE : SaysUnknown); session = Decide;
       if
       :: WAY_AskTarget -> LEAVE(SaysUnknown)
       :: else
       fi;
       normalise(); SAY("%d: the target is silent\n") }
#ifdef MUT_SOURCE_GIVES_UP
  :: d_step { session == Leave && phase == HandedOver -> session = NoSession }
#endif
#ifdef MUT_RECLAIM_WITHOUT_ASKING
  :: d_step { session == Leave && phase != HandedOver -> session = Decide }
#endif
  :: d_step { session == Decide && WAY_Release -> assert(false) }
  :: d_step { session == Decide && WAY_Complete && phase == HandedOver && receipt(n) != 0 ->
       TRANSITION(Source, HandedOver, Ended); COMPLETED; SAY("%d: Ended, completed\n") }
  :: d_step { session == Decide && WAY_Reclaim && GATE_FREE ->
       held = 1; waits[n] = 0; session = (TAKE_NEWER -> (runs[n] -> FenceAgain : StoreNewer) : CheckPower); SAY("%d: is about to take S back\n") }

  /* the target holds S by somebody's hand: let go of what there is of it, and do not go back on that */
  :: d_step { session == Decide && WAY_Complete && (phase != HandedOver || receipt(n) == 0) && GATE_FREE ->
       if
       :: phase == Demoting -> TRANSITION(Source, Demoting, HandedOver)
       :: phase == Reclaiming -> TRANSITION(Source, Reclaiming, HandedOver)
       :: else -> ours = 1
       fi;
       held = 1; session = YieldLink; SAY("%d: yields to the target: HandedOver\n") }
  :: d_step { session == YieldLink -> link[n] = U; session = (runs[n] -> YieldFence : WriteYielded) }
  :: d_step { session == YieldFence && runs[n] -> voters[n] = 0; session = YieldIdentity }
  :: d_step { session == YieldIdentity && runs[n] -> id[n] = U; session = WriteYielded }
  :: d_step { session == WriteYielded -> TRANSITION(Source, HandedOver, Ended); COMPLETED; SAY("%d: Ended, completed by somebody's hand\n") }
  :: d_step { STORM && (session == YieldLink || session == YieldFence || session == YieldIdentity) -> LEAVE(SaysPromoted); SAY("%d: a step of the yielding fails\n") }

  /* ---------------------------------------------------------------- reclaim: LocalSource.PrepareReclaimAsync, ReclaimAsync */

  :: d_step { session == FenceAgain && runs[n] -> voters[n] = 0; session = UnstakeAgain }
  :: d_step { session == UnstakeAgain && runs[n] -> id[n] = U; session = StoreNewer }
  :: d_step { session == StoreNewer && ADOPTED && NOT_OLDER(newer) -> disk(n) = newer; SYNC; newer = 0; session = CheckPower;
       normalise(); SAY("%d: stores the newer record of the target\n") }
  :: d_step { session == CheckPower && !DISTRUST -> session = WriteReclaiming }
  /* the horizon has passed without a vote: no earlier one can matter any more */
  :: d_step { session == CheckPower && NO_MORE_VOTES -> newest = 0; normalise(); session = WriteReclaiming; SAY("%d: waits until earlier votes cannot matter\n") }
  :: d_step { session == WriteReclaiming ->
       if
       :: phase == Demoting -> TRANSITION(Source, Demoting, Reclaiming)
       :: phase == HandedOver -> TRANSITION(Source, HandedOver, Reclaiming)
       :: phase == Reclaiming -> ours = 1
       fi;
       receipt(n) = 0; newer = 0; session = (runs[n] -> GiveVoters : FindProcess); normalise(); SAY("%d: Reclaiming\n") }
  :: d_step { session == FindProcess ->
       if
       :: runs[n] -> session = GiveVoters
       :: else -> link[n] = S; session = NoProcess
       fi }
  :: d_step { session == NoProcess -> session = (runs[n] -> GiveVoters : WriteWentBack) }
  :: d_step { session == GiveVoters && runs[n] -> voters[n] = 1; session = SetStaked; SAY("%d: voters back\n") }
  :: d_step { session == SetStaked && runs[n] -> id[n] = S; session = RelinkStaked; SAY("%d: set-identity S\n") }
  :: d_step { session == RelinkStaked -> link[n] = S; session = WriteWentBack; SAY("%d: relinks to S\n") }
  :: d_step { session == WriteWentBack -> TRANSITION(Source, Reclaiming, Ended); promised = PromisedActive; owed = 0; session = NoSession; held = 0; waits[n] = 1;
       linked = 0; says = SaysUnknown; SAY("%d: Ended, went back\n") }
  /* what fails is tried again, from the question on */
  :: d_step { (STORM || (session == StoreNewer && !NOT_OLDER(newer))) && (session == FenceAgain || session == UnstakeAgain || session == StoreNewer || session == CheckPower || session == WriteReclaiming || session == FindProcess ||
       session == GiveVoters || session == SetStaked) ->
       LEAVE(SaysUnknown); newer = 0; normalise(); SAY("%d: a step of the reclaim fails\n") }

  /* ---------------------------------------------------------------- what reaches the target */

  :: d_step { GATE_FREE && handedOver[1] && SOURCE(1) == o && (MATTERS(1) || HEARD(1)) ->
       serves = 1; SAY("%d: the hand-over message of the first handoff arrives\n"); TAKE_UP(1) }
  :: d_step { GATE_FREE && handedOver[2] && SOURCE(2) == o && (MATTERS(2) || HEARD(2)) ->
       serves = 2; SAY("%d: the hand-over message of the second handoff arrives\n"); TAKE_UP(2) }
  /* ... and a check fails */
  :: d_step { GATE_FREE && isTarget && phase == Prepared && handedOver[handoff] ->
       serves = handoff; over = (handoff == current && linked -> 1 : 0); SAY("%d: the hand-over message arrives, and a check fails\n");
       permit[handoff] = 0; FORGET_SENT(handoff); REFUSE_PREPARED; inMemory = (MINE(current) -> 0 : inMemory) }
  :: d_step { GATE_FREE && question != 0 && SOURCE(question) == o && (STORM || QUIET) ->
       serves = question; over = 2; asked = 1; question = 0; SAY("%d: the question arrives\n"); WITHDRAW }
  :: d_step { STORM && up && question != 0 && SOURCE(question) == o && (gated != Nothing || held) && !(MINE(question) && phase == Promoting) ->
       question = 0; reply = SaysCannotTell; SAY("%d: the question arrives, and the agent is busy with something else\n") }
  :: d_step { GATE_FREE && withdrawn[1] && SOURCE(1) == o && MATTERS(1) -> serves = 1; over = 0; SAY("%d: an old question about the first handoff arrives\n"); WITHDRAW }
  :: d_step { GATE_FREE && withdrawn[2] && SOURCE(2) == o && MATTERS(2) -> serves = 2; over = 0; SAY("%d: an old question about the second handoff arrives\n"); WITHDRAW }

  /* ---------------------------------------------------------------- the target's steps: LocalTarget */

  :: d_step { gated == Store && NOT_OLDER(receipt(n)) -> disk(n) = receipt(n); SYNC; gated = SetS; normalise(); SAY("%d: stores the record\n") }
  :: d_step { gated == Store -> gated = Refuse; SAY("%d: cannot store the record\n") }
  :: atomic { gated == SetS -> gated = Settle; interrupted = 0;
       if
       :: runs[n] -> id[n] = S; SAY("%d: set-identity S\n")
       :: runs[n] -> pending[n] = 1; SAY("%d: set-identity S is not answered\n")
       :: SAY("%d: set-identity S fails\n")
       fi }
  :: d_step { gated == Settle && !runs[n] -> gated = Refuse }
  :: d_step { gated == Settle && runs[n] && id[n] == S -> gated = FinishVoters }
  /* the same connection: what it answers now proves that nothing is still to come */
  :: d_step { gated == Settle && runs[n] && id[n] == U && !LOOKS && NOTHING_COMES -> gated = Refuse }
  :: d_step { gated == Settle && runs[n] && id[n] == U && LOOKS -> owed = 1; voters[n] = 0; gated = Looks; SAY("%d: voters away, to look what the validator holds\n") }
  /* another one: three looks, and its turn has come */
  :: d_step { gated == Looks && runs[n] && !pending[n] -> gated = (id[n] == S -> FinishVoters : Refuse) }
  :: d_step { gated == Looks && !runs[n] -> gated = Refuse }
  :: d_step { (gated == Settle || gated == Looks) && runs[n] -> link[n] = U; END_VALIDATOR; gated = Refuse; normalise(); SAY("%d: the validator does not answer, and is ended\n") }
  :: d_step { STORM && (gated == Settle || gated == Looks) -> tells = SaysCannotTell; ANSWER; SAY("%d: it cannot be told\n") }

  :: d_step { gated == FinishVoters -> voters[n] = (owed -> runs[n] : voters[n]); gated = FinishLink }
  :: d_step { gated == FinishVoters && owed -> gated = FinishLink }
  :: d_step { gated == FinishLink -> link[n] = S; gated = FinishWrite; SAY("%d: relinks to S\n") }
  :: d_step { gated == FinishLink -> gated = FinishWrite }
  :: d_step { gated == FinishWrite -> TRANSITION(Target, Promoting, Active); promised = PromisedActive; lastPromotion = handoff; receipt(n) = 0;
       owed = owed && !voters[n]; tells = SaysPromoted; ANSWER; SAY("%d: Active\n") }

  :: d_step { gated == Refuse && phase == Promoting && !ours && disk(n) >= receipt(n) && (STORM || !NO_MORE_VOTES) -> link[n] = U; tells = SaysCannotTell; ANSWER;
       SAY("%d: votes may have been lost\n") }
  :: d_step { gated == Refuse && phase == Promoting && (ours || disk(n) < receipt(n)) -> link[n] = U; REPEAT }
  :: d_step { gated == Refuse && phase == Promoting && NO_MORE_VOTES -> link[n] = U; newest = 0; REPEAT;
       SAY("%d: waits until earlier votes cannot matter\n") }

  /* ---------------------------------------------------------------- S by hand, with an override: HandoffAgent.ByHand */

  /* An honest person: nobody can vote, the other node cannot come to vote by itself, and the record here is the newest. */
  :: d_step { STORM && hands < HANDS && GATE_FREE && !UNFINISHED && runs[n] && id[n] == U && loop[n] == U && NO_MORE_VOTES && !pending[0] && !pending[1] &&
       waits[o] && (!runs[o] || id[o] == U) && link[o] == U && (disk(n) >= newest || disk(o) >= newest) ->
       hands++; disk(n) = (disk(n) >= newest -> disk(n) : disk(o)); SYNC; voters[n] = 1; gated = HandIdentity;
       normalise(); SAY("%d: S BY HAND: the voters\n") }
  :: d_step { gated == HandIdentity && runs[n] -> id[n] = S; gated = HandWrite; SAY("%d: S by hand: set-identity S\n") }
  :: d_step { gated == HandIdentity -> gated = Nothing; SAY("%d: S by hand fails\n") }
  :: d_step { gated == HandWrite -> promised = PromisedActive; owed = 0; byHand = highest; gated = HandLink }
  :: d_step { gated == HandLink -> link[n] = S; gated = Nothing; SAY("%d: S by hand: done\n") }
  od
}

active proctype Check() {
#ifdef CALM
progress_begin:
  begun == 2;
progress_storm: /* a circle in the storm is no harm; one in the calm is found as a cycle without progress */
  calm = 1;
end_calm:
  atomic { timeout && question == 0 -> assert(PERSON_ASKED || (!open[0] && !open[1])) }
#else
end:
  atomic {
    (CAN_VOTE(0) && CAN_VOTE(1)) || (link[0] == S && link[1] == S) || (CAN_VOTE(0) && link[1] == S) || (CAN_VOTE(1) && link[0] == S) ->
    assert(!(CAN_VOTE(0) && CAN_VOTE(1)));                               /* invariant 1 */
    assert(!(link[0] == S && link[1] == S));                             /* invariant 3: both machines restart now */
    assert(!((CAN_VOTE(0) && link[1] == S) || (CAN_VOTE(1) && link[0] == S))) /* invariant 3: one machine restarts now */
  }
#endif
}
