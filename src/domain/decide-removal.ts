import type { DomainContext, DomainDecision } from './domain-step.ts';
import { act, blind, moveOn, requested, wait } from './domain-step.ts';
import { TOKEN_TRUSTED_MS } from './request-token.ts';

/**
 * The way out: the name leaves CloudFront, then its own certificate is deleted, then the name
 * is given back and the record goes. A certificate that may have been asked for is found first.
 */
export function decideRemoval(context: DomainContext): DomainDecision {
  const { phase } = context.record;
  if (phase === 'leaving') return leaving(context);
  if (phase === 'releasing') return releasing(context);
  return moveOn(context, { phase: 'leaving', reason: undefined });
}

function leaving(context: DomainContext): DomainDecision {
  const { record, observed } = context;
  if (observed.edge.kind !== 'found') return blind(context);
  const { state, reason } = observed.edge.value;
  if (state === 'absent' || state === 'other') {
    return moveOn(context, { phase: 'releasing', cloudFrontStatus: 'not_attached', servingCertificateArn: undefined });
  }
  return state === 'leaving' ? wait(context, record.updatedAt, { reason }) : act(context, 'leave_edge');
}

function releasing(context: DomainContext): DomainDecision {
  const { record, observed, now } = context;
  if (record.ownCertificateArn !== undefined) return act(context, 'remove_certificate');
  if (record.certificateStatus !== 'REQUESTED' || record.certificateRequestedAt === undefined) return act(context, 'forget');
  switch (observed.byToken.kind) {
    case 'found':
      return moveOn(context, requested(observed.byToken.value));
    case 'absent':
      // A request may be under way or not listed yet: within the token's hour, asking again tells.
      return now - record.certificateRequestedAt < TOKEN_TRUSTED_MS
        ? act(context, 'request_certificate') : act(context, 'forget');
    case 'not_asked':
    case 'unknown':
      return blind(context);
  }
}
