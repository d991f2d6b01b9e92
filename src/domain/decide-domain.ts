import { certificateFailure, isEnded } from './certificate-failure.ts';
import type { Certificate } from './certificate.ts';
import type { CustomDomain } from './custom-domain.ts';
import { decideRemoval } from './decide-removal.ts';
import type { DomainSettings } from './domain-settings.ts';
import type { Changes, DomainContext, DomainDecision, DomainObservation, EdgeStanding } from './domain-step.ts';
import { act, blind, moveOn, requested, rest, wait } from './domain-step.ts';
import type { EdgeRefusal } from './edge.ts';
import { edgeReasons } from './edge-reasons.ts';
import { FRESH_CERTIFICATE_MS, TOKEN_TRUSTED_MS } from './request-token.ts';

/** The one step that brings a domain nearer to what its owner wants. */
export function decideDomain(
  record: CustomDomain, observed: DomainObservation, now: number, settings: DomainSettings,
): DomainDecision {
  const context = { record, observed, now, settings };
  if (record.desired === 'absent') return decideRemoval(context);
  if (observed.standing === 'project_gone' || observed.standing === 'claim_lost') {
    return moveOn(context, { desired: 'absent' });
  }
  if (observed.standing === 'project_closing') return wait(context, record.updatedAt, {});
  switch (record.phase) {
    case 'requesting': return requesting(context);
    case 'validating': return validating(context);
    case 'joining':
    case 'deploying':
    case 'active': return onEdge(context);
    case 'failed': return rest(context, {});
    case 'leaving':
    case 'releasing': return moveOn(context, { desired: 'absent' });
  }
}

function requesting(context: DomainContext): DomainDecision {
  const { record, observed, now } = context;
  if (record.certificateRequestedAt === undefined) return moveOn(context, { certificateRequestedAt: now });
  if (now - record.certificateRequestedAt < TOKEN_TRUSTED_MS) return act(context, 'request_certificate');
  switch (observed.byToken.kind) {
    case 'found': return moveOn(context, { ...requested(observed.byToken.value), phase: 'validating', reason: undefined });
    // The token is good for another hour: written down first, so that nobody asks with a stale one.
    case 'absent': return moveOn(context, { certificateRequestedAt: now });
    case 'not_asked':
    case 'unknown': return blind(context);
  }
}

function validating(context: DomainContext): DomainDecision {
  const { record, observed, now } = context;
  const requestedAt = record.certificateRequestedAt ?? record.createdAt;
  switch (observed.certificate.kind) {
    case 'not_asked':
    case 'unknown':
      return blind(context);
    case 'absent':
      return now - requestedAt < FRESH_CERTIFICATE_MS ? wait(context, requestedAt, {}) : startAgain(context);
    case 'found':
      return followCertificate(context, observed.certificate.value, requestedAt);
  }
}

/** Somebody deleted the certificate: the next generation is asked for. */
function startAgain(context: DomainContext): DomainDecision {
  const { record, now } = context;
  return moveOn(context, {
    phase: 'requesting', certificateGeneration: record.certificateGeneration + 1, certificateRequestedAt: now,
    ownCertificateArn: undefined, certificateStatus: 'REQUESTED',
  });
}

function followCertificate(context: DomainContext, certificate: Certificate, requestedAt: number): DomainDecision {
  const { record, now } = context;
  const validation = certificate.validations[0]?.record ?? record.validation;
  const seen = { certificateStatus: certificate.status, validation, checkedAt: now };
  if (isEnded(certificate.status)) {
    return rest(context, {
      ...seen, phase: 'failed', reason: `${certificateFailure(certificate)} Remove the domain and add it again to ask for a fresh certificate.`,
    });
  }
  if (certificate.status === 'PENDING_VALIDATION') return wait(context, requestedAt, seen);
  if (record.proofLostAt === undefined) return moveOn(context, { ...seen, phase: 'joining', reason: undefined });
  return afterLostProof(context, record.proofLostAt, seen);
}

/** The certificate of its own proves the past only; joining again without the record would hold the others up again. */
function afterLostProof(context: DomainContext, lostAt: number, seen: Changes): DomainDecision {
  const { observed, now, settings } = context;
  const rested = now - lostAt >= settings.graceForPendingMs;
  if (observed.proof === 'seen' && rested) {
    return moveOn(context, { ...seen, phase: 'joining', reason: undefined });
  }
  return wait(context, lostAt, seen);
}

function onEdge(context: DomainContext): DomainDecision {
  const { record, observed, now } = context;
  if (observed.edge.kind !== 'found') return blind(context);
  const standing = observed.edge.value;
  if (standing.drift !== undefined) return onDrift(context, standing.drift);
  switch (standing.state) {
    case 'absent':
      return notThere(context, standing);
    case 'other':
      return wait(context, record.updatedAt, { reason: standing.reason });
    case 'joining':
    case 'leaving':
    case 'off':
      return wait(context, standing.since ?? record.updatedAt, { phase: 'joining', reason: standing.reason });
    case 'attached':
      return wait(context, standing.since ?? record.updatedAt, {
        ...served(standing), phase: 'deploying', cloudFrontStatus: 'in_progress', reason: undefined,
      });
    case 'served':
      return settled(context, standing, {
        ...served(standing), phase: 'active', cloudFrontStatus: 'deployed',
        activatedAt: record.activatedAt ?? now, reason: standing.warning,
      });
    case 'refused':
      // The refusal that the record was seen again after is history.
      if (record.phase === 'joining' && standing.refusal?.at === record.proofLostAt) return notThere(context, standing);
      return afterRefusal(context, standing.refusal);
  }
}

function notThere(context: DomainContext, standing: EdgeStanding): DomainDecision {
  const { record, settings } = context;
  if (record.phase !== 'joining') return proveAgain(context);
  if (!standing.full) return act(context, 'join_edge');
  return wait(context, record.updatedAt, { reason: edgeReasons.full(settings.distributionNameLimit) });
}

/**
 * What to do about a change that somebody else made: it is put right, under a certificate that is
 * known to be good. So the domain first looks at its own, and then joins anew.
 */
function onDrift(context: DomainContext, drift: string): DomainDecision {
  if (context.record.phase === 'joining') return act(context, 'join_edge');
  return moveOn(context, { phase: 'validating', cloudFrontStatus: 'in_progress', reason: drift });
}

function settled(context: DomainContext, { watched }: EdgeStanding, changes: Changes): DomainDecision {
  const decision = rest(context, changes);
  return watched ? decision : { ...decision, nextCheckAt: context.now + context.settings.tenantCheckMs };
}

/** The name is not there although it was served: it has to be taken up anew. */
function proveAgain(context: DomainContext): DomainDecision {
  const off = { cloudFrontStatus: 'not_attached', servingCertificateArn: undefined } as const;
  if (context.record.ownCertificateArn !== undefined) return moveOn(context, { ...off, phase: 'validating' });
  return startAgain({ ...context, record: moveOn(context, off).record });
}

function served({ ownCertificateArn, servingCertificateArn }: EdgeStanding) {
  return { ownCertificateArn, servingCertificateArn, certificateStatus: 'ISSUED', proofLostAt: undefined } as const;
}

/** What becomes of a domain that could not be taken up. */
export function afterRefusal(context: DomainContext, refusal: EdgeRefusal | undefined): DomainDecision {
  const off = { cloudFrontStatus: 'not_attached', servingCertificateArn: undefined, reason: refusal?.reason } as const;
  if (refusal?.kind === 'proof') return moveOn(context, { ...off, phase: 'validating', proofLostAt: refusal.at });
  return rest(context, { ...off, phase: 'failed' });
}
