import { OFF_EDGE } from './decide-active.ts';
import { leavePredecessor } from './decide-ownership.ts';
import type { Changes, DomainContext, DomainDecision, EdgeState } from './domain-step.ts';
import { act, blind, moveOn, removeRetired, requested, wait, withChanges } from './domain-step.ts';
import { ownershipReasons } from './ownership-reasons.ts';
import { TOKEN_TRUSTED_MS } from './request-token.ts';

/**
 * The way out: the name leaves CloudFront, then its own certificate is deleted, then the name
 * is given back and the record goes. A certificate that may have been asked for is found first.
 */
export function decideRemoval(context: DomainContext): DomainDecision {
  const { phase, pair } = context.record;
  if (phase === 'leaving') return leaving(context);
  if (phase === 'releasing') return releasing(context);
  if (pair?.state === 'added' || pair?.state === 'wanted') return act(context, 'part_pair');
  return leavePredecessor(context) ?? moveOn(context, { phase: 'leaving', reason: undefined, held: undefined });
}

/** A name that was taken over is not simply gone: its owner has to be told, until the domain is deleted. */
function end(context: DomainContext): DomainDecision {
  const { record } = context;
  if (record.takenOverAt === undefined) return act(context, 'forget');
  const told = withChanges(record, {
    desired: 'present', phase: 'failed', reason: ownershipReasons.takenOver(record.domain),
    challenge: undefined, validation: undefined, attempts: 0,
  });
  return { action: 'lay_down', record: told, nextCheckAt: undefined };
}

function leaving(context: DomainContext): DomainDecision {
  const { record, observed } = context;
  if (observed.edge.kind !== 'found') return blind(context);
  const { state, reason, servingCertificateArn, watched } = observed.edge.value;
  if (isGone(state)) {
    // Names of others may stay on this domain's certificate; the edge then deletes it when the last of them has gone.
    const own = record.ownCertificateArn;
    const handedOver = watched && own !== undefined && servingCertificateArn === own;
    return moveOn(context, {
      ...OFF_EDGE, ...pointsHere(context), phase: 'releasing', ...(handedOver && { ownCertificateArn: undefined }),
    });
  }
  return state === 'leaving' ? wait(context, record.updatedAt, { ...pointsHere(context), reason }) : act(context, 'leave_edge');
}

function pointsHere({ record, observed: { pointing } }: DomainContext): Changes {
  if (pointing === 'here') return { pointsHere: true };
  return { pointsHere: pointing === 'elsewhere' ? undefined : record.pointsHere };
}

function releasing(context: DomainContext): DomainDecision {
  const { record, observed, now, settings } = context;
  if (record.ownCertificateArn !== undefined) return letGoOfCertificate(context);
  if (record.retiredCertificateArns !== undefined) {
    return removeRetired(context, { action: 'save', record, nextCheckAt: now + settings.inUseRetryMs });
  }
  if (record.certificateStatus !== 'REQUESTED' || record.certificateRequestedAt === undefined) return end(context);
  switch (observed.byToken.kind) {
    case 'found':
      return moveOn(context, requested(observed.byToken.value));
    case 'absent':
      // A request may be under way or not listed yet: within the token's hour, asking again tells.
      return now - record.certificateRequestedAt < TOKEN_TRUSTED_MS
        ? act(context, 'request_certificate') : end(context);
    case 'not_asked':
    case 'unknown':
      return blind(context);
  }
}

/**
 * A change that was sent and never seen answered may have put the name back since: as long as the
 * certificate is there that can happen, and AWS does not delete one that is used. So both are looked
 * at in turns, and after the certificate is gone no late change is accepted any more.
 */
function letGoOfCertificate(context: DomainContext): DomainDecision {
  const { edge } = context.observed;
  if (edge.kind === 'unknown') return blind(context);
  if (edge.kind === 'found' && !isGone(edge.value.state)) return moveOn(context, { phase: 'leaving' });
  return act(context, 'remove_certificate');
}

function isGone(state: EdgeState): boolean {
  return state === 'absent' || state === 'other';
}
