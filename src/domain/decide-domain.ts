import { certificateFailure, isEnded } from './certificate-failure.ts';
import type { Certificate } from './certificate.ts';
import type { CustomDomain } from './custom-domain.ts';
import { OFF_EDGE, UNWATCHED, drifted, whileAttached, whileServed } from './decide-active.ts';
import { decideOwnership } from './decide-ownership.ts';
import { decideRemoval } from './decide-removal.ts';
import type { DomainSettings } from './domain-settings.ts';
import type { Changes, DomainContext, DomainDecision, DomainObservation, EdgeStanding } from './domain-step.ts';
import { act, blind, moveOn, removeRetired, requested, rest, wait } from './domain-step.ts';
import type { EdgeRefusal } from './edge.ts';
import { edgeReasons } from './edge-reasons.ts';
import type { HeldElsewhere } from './held-name.ts';
import { heldMessage, movingMessage } from './held-name.ts';
import { FRESH_CERTIFICATE_MS, TOKEN_TRUSTED_MS } from './request-token.ts';
import { freshCertificate } from './start-over.ts';

/** The one step that brings a domain nearer to what its owner wants. */
export function decideDomain(
  record: CustomDomain, observed: DomainObservation, now: number, settings: DomainSettings,
): DomainDecision {
  const context = { record, observed, now, settings };
  if (record.desired === 'absent') return decideRemoval(context);
  const decision = decidePresent(context);
  const idle = decision.action === 'save' && (decision.nextCheckAt === undefined || decision.nextCheckAt > now);
  return idle ? removeRetired(context, decision) : decision;
}

function decidePresent(context: DomainContext): DomainDecision {
  const { record, observed, now } = context;
  if (observed.standing === 'project_gone' || observed.standing === 'claim_lost') {
    return moveOn(context, { desired: 'absent' });
  }
  if (observed.standing === 'taken_over') {
    return moveOn(context, { desired: 'absent', takenOverAt: now, claimCheckAt: undefined });
  }
  if (observed.standing === 'project_closing') return wait(context, record.updatedAt, {});
  if (record.pair?.state === 'wanted') return act(context, 'add_pair');
  return decideOwnership(context) ?? decidePhase(context);
}

function decidePhase(context: DomainContext): DomainDecision {
  switch (context.record.phase) {
    case 'challenging':
    case 'requesting': return requesting(context);
    case 'validating': return validating(context);
    case 'joining':
    case 'deploying':
    case 'active':
    case 'drifted': return onEdge(context);
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
      if (now - requestedAt < FRESH_CERTIFICATE_MS) return wait(context, requestedAt, {});
      return afterEnd(context) ?? startAgain(context);
    case 'still_pending':
      return wait(context, requestedAt, {
        certificateStatus: 'PENDING_VALIDATION', checkedAt: Math.max(record.checkedAt ?? 0, observed.certificate.listedAt),
      });
    case 'found':
      return followCertificate(context, observed.certificate.value, requestedAt);
  }
}

/**
 * For a domain that was served and whose record is gone: no fresh certificate before the record is back.
 * Undefined when nothing speaks against one.
 */
function afterEnd(context: DomainContext, seen: Changes = {}): DomainDecision | undefined {
  const { record, observed } = context;
  if (record.proofLostAt === undefined || observed.proof === 'seen') return undefined;
  return wait(context, record.proofLostAt, seen);
}

/** The certificate is gone: the next generation is asked for. */
function startAgain(context: DomainContext): DomainDecision {
  const { ownCertificateArn: _, ...record } = context.record;
  return moveOn(context, { ...freshCertificate(record, context.now), reason: record.reason });
}

function followCertificate(context: DomainContext, certificate: Certificate, requestedAt: number): DomainDecision {
  const { record, now } = context;
  const validation = certificate.validations[0]?.record ?? record.validation;
  const seen = {
    certificateStatus: certificate.status, validation, checkedAt: now, certificateExpiresAt: certificate.notAfter,
  };
  if (isEnded(certificate.status)) {
    // It served once, and what has ended is deleted before the next one is asked for, so that none is forgotten.
    if (record.proofLostAt !== undefined) return afterEnd(context, seen) ?? act(context, 'remove_certificate');
    return rest(context, {
      ...seen, phase: 'failed',
      reason: `${certificateFailure(certificate)} Then verify the domain (POST …/verify) to ask for a fresh certificate.`,
    });
  }
  if (certificate.status === 'PENDING_VALIDATION') return wait(context, requestedAt, seen);
  if (record.challenge) return act(context, 'take_claim');
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
  const { record, observed } = context;
  if (observed.edge.kind !== 'found') return blind(context);
  const standing = observed.edge.value;
  if (standing.drift && !standing.watched) {
    return observed.driftHandling === 'repair' ? repairs(context) : drifted(context, standing);
  }
  switch (standing.state) {
    case 'absent':
      return notThere(context, standing);
    case 'other':
      // The name is this domain's by its claim: one that was never told so, as by a holder in between, has to be.
      return wait(context, record.updatedAt, { reason: standing.reason, takesOverFrom: standing.otherDomainId ?? record.takesOverFrom });
    case 'joining':
    case 'held':
    case 'moving':
    case 'leaving':
    case 'off':
      if (standing.held) return heldElsewhere(context, standing, standing.held);
      return wait(context, standing.since ?? record.updatedAt, {
        ...UNWATCHED, phase: 'joining', reason: standing.reason, held: undefined,
      });
    case 'attached':
      return whileAttached(context, standing);
    case 'served':
      return whileServed(context, standing);
    case 'refused':
      return isHistory(record, standing.refusal) ? notThere(context, standing) : afterRefusal(context, standing.refusal);
  }
}

function notThere(context: DomainContext, standing: EdgeStanding): DomainDecision {
  const { record, settings } = context;
  if (record.phase !== 'joining') return proveAgain(context);
  if (!standing.full) return act(context, 'join_edge');
  return wait(context, record.updatedAt, { reason: edgeReasons.full(settings.distributionNameLimit) });
}

/**
 * The domain puts right what others changed on its own tenant, under a certificate that is known to
 * be good: so it first looks at that, and then joins anew.
 */
function repairs(context: DomainContext): DomainDecision {
  if (context.record.phase === 'joining') return act(context, 'join_edge');
  return moveOn(context, { ...UNWATCHED, phase: 'validating', cloudFrontStatus: 'in_progress', reason: undefined });
}

/** The name is not there although it was served: it has to be taken up anew. */
function proveAgain(context: DomainContext): DomainDecision {
  if (context.record.ownCertificateArn !== undefined) return moveOn(context, { ...OFF_EDGE, phase: 'validating' });
  return startAgain({ ...context, record: moveOn(context, OFF_EDGE).record });
}

/** Its own certificate is kept: with it the name is moved here, or taken up once the other lets go of it. */
function heldElsewhere(
  context: DomainContext, { state, ownCertificateArn }: EdgeStanding, held: HeldElsewhere,
): DomainDecision {
  const { record } = context;
  const { target, holder } = held;
  return wait(context, held.since, {
    ...OFF_EDGE, phase: 'joining', ownCertificateArn, held: { target, ...(holder && { holder }) },
    reason: state === 'moving' ? movingMessage(record.domain) : heldMessage(record.domain, held),
  });
}

/** The refusal after which the record was seen again. */
function isHistory({ phase, proofLostAt }: CustomDomain, refusal: EdgeRefusal | undefined): boolean {
  return phase === 'joining' && refusal !== undefined && refusal.at === proofLostAt;
}

/** What becomes of a domain that could not be taken up. */
export function afterRefusal(context: DomainContext, refusal: EdgeRefusal | undefined): DomainDecision {
  const off = { ...OFF_EDGE, reason: refusal?.reason } as const;
  if (refusal?.kind === 'proof') return moveOn(context, { ...off, phase: 'validating', proofLostAt: refusal.at });
  return rest(context, { ...off, phase: 'failed' });
}
