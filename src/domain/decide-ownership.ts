import type { DomainContext, DomainDecision } from './domain-step.ts';
import { act, blind, moveOn, rest, wait } from './domain-step.ts';
import type { OwnershipChallenge } from './ownership.ts';
import { ownershipReasons } from './ownership-reasons.ts';

/**
 * What comes before everything else while it is not certain that the name is this domain's. A domain
 * that contends for a name another one holds touches nothing of it until its own certificate is
 * issued; then the claim is taken, and the other leaves. Undefined when nothing is in doubt.
 */
export function decideOwnership(context: DomainContext): DomainDecision | undefined {
  const { record, observed } = context;
  const { challenge } = record;
  if (challenge) return followChallenge(context, challenge);
  if (record.claimCheckAt !== undefined && observed.standing === 'good') return moveOn(context, { claimCheckAt: undefined });
  return awaitPredecessor(context);
}

function followChallenge(context: DomainContext, challenge: OwnershipChallenge): DomainDecision | undefined {
  const { record, observed } = context;
  const { standing } = observed;
  if (standing === 'good') return noteTakeover(context, challenge);
  if (standing === 'outrun') return act(context, 'challenge_again');
  if (record.phase === 'challenging') return lookForRecord(context, challenge);
  if (challenge.provenAt === undefined && record.phase !== 'failed') return moveOn(context, { phase: 'challenging' });
  return standing === 'claimable' ? act(context, 'take_claim') : undefined;
}

function noteTakeover(context: DomainContext, { against }: OwnershipChallenge): DomainDecision {
  return moveOn(context, { challenge: undefined, takesOverFrom: against });
}

/** On the way out: the name may have been taken by a write whose answer nobody saw, and whoever had it knows nothing yet. */
export function leavePredecessor(context: DomainContext): DomainDecision | undefined {
  const { record: { challenge }, observed } = context;
  return challenge && observed.standing === 'good' ? noteTakeover(context, challenge) : awaitPredecessor(context);
}

function lookForRecord(context: DomainContext, challenge: OwnershipChallenge): DomainDecision {
  const { record, observed, now } = context;
  switch (observed.control) {
    case 'seen':
      return moveOn(context, {
        phase: record.ownCertificateArn === undefined ? 'requesting' : 'validating',
        challenge: { ...challenge, provenAt: now }, reason: undefined,
      });
    case 'missing':
      return now < challenge.endsAt
        ? wait(context, challenge.startedAt, { checkedAt: now })
        : rest(context, { phase: 'failed', reason: ownershipReasons.ended(challenge) });
    case 'not_asked':
    case 'unknown':
      return blind(context);
  }
}

/** Two distributions cannot have one name: whoever had it before has to be off first, and be told to go. */
function awaitPredecessor(context: DomainContext): DomainDecision | undefined {
  const { record, observed } = context;
  if (record.takesOverFrom === undefined) return undefined;
  switch (observed.predecessor) {
    case 'untold': return act(context, 'tell_predecessor');
    case 'leaving': return wait(context, record.updatedAt, { reason: ownershipReasons.waitsForOld(record.domain) });
    case 'gone': return moveOn(context, { takesOverFrom: undefined, reason: undefined });
    case 'not_asked': return undefined;
  }
}
