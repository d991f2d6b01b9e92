import type { Certificate, CertificateValidation } from './certificate.ts';
import { isEnded } from './certificate-failure.ts';
import { droppable } from './edge-drift.ts';
import { memberOf } from './edge-names.ts';
import { edgeReasons } from './edge-reasons.ts';
import type { EdgeContext, EdgeDecision } from './edge-step.ts';
import { attach, blind, laterAt, record, wait } from './edge-step.ts';
import type { Edge, EdgeMember, EdgeNext } from './edge.ts';
import type { Hostname } from './hostname.ts';
import { covers } from './name-coverage.ts';
import { FRESH_CERTIFICATE_MS, TOKEN_TRUSTED_MS } from './request-token.ts';
import { dropNext, refuseUnproven } from './refuse-members.ts';
import { withoutWarnings } from './settle-edge.ts';

/** A name still pending after so many grace times is left out even if its record can be seen. */
const LONGEST_GRACES = 6;

/** Brings the planned certificate from its request to the distribution, or gives it up. */
export function followNext(context: EdgeContext): EdgeDecision | undefined {
  const { edge, now } = context;
  const { next } = edge;
  if (!next) return undefined;
  const wanted = isWanted(context, next);
  if (next.requestedAt === undefined) {
    return record(wanted ? { ...edge, next: { ...next, requestedAt: now } } : dropNext(edge), now);
  }
  if (next.certificateArn === undefined) return learnArn(context, next, next.requestedAt, wanted);
  if (!wanted) return record(dropNext(edge), now);
  return followCertificate(context, next.certificateArn, next.requestedAt);
}

/** Whether it is for the names of today: none that left, and every name that must be covered. */
function isWanted({ names }: EdgeContext, next: EdgeNext): boolean {
  const known = new Set<string>([...names.kept, ...names.waiting, ...names.moving, ...names.held, ...names.rest]);
  return next.names.every((name) => known.has(name))
    && [...names.kept, ...names.rest].every((name) => covers(next.names, name));
}

/** Asking again within the token's hour answers the same certificate, even one that is only to be deleted. */
function learnArn(context: EdgeContext, next: EdgeNext, requestedAt: number, wanted: boolean): EdgeDecision {
  const { edge, now, observed, settings } = context;
  if (now - requestedAt < TOKEN_TRUSTED_MS) {
    return { action: { kind: 'request_certificate', next }, reason: edge.reason, nextCheckAt: now };
  }
  switch (observed.nextByToken.kind) {
    case 'found':
      return record({ ...edge, next: { ...next, certificateArn: observed.nextByToken.value } }, now);
    case 'absent':
      return record(wanted ? { ...edge, next: { ...next, requestedAt: now } } : dropNext(edge), now);
    case 'not_asked':
    case 'unknown':
      return blind(edge, now, settings);
  }
}

function followCertificate(context: EdgeContext, certificateArn: string, requestedAt: number): EdgeDecision {
  const { edge, names, now, observed, settings } = context;
  switch (observed.next.kind) {
    case 'not_asked':
    case 'unknown':
      return blind(edge, now, settings);
    case 'absent': {
      if (now - requestedAt < FRESH_CERTIFICATE_MS) return wait(edge.reason, laterAt(context, requestedAt));
      const { next: _, ...rest } = edge;
      return record({ ...rest, members: withoutWarnings(edge) }, now);
    }
    case 'still_pending':
      return wait(undefined, laterAt(context, requestedAt));
    case 'found': {
      const certificate = observed.next.value;
      if (isEnded(certificate.status)) return giveUp(context, certificate);
      if (certificate.status === 'PENDING_VALIDATION') return whilePending(context, certificate, requestedAt);
      const ready = names.waiting.filter((name) => edge.next?.names.includes(name));
      return attach(context, ready, certificateArn);
    }
  }
}

/** Names that wait are tried again without the guilty ones; names that are served keep what they have. */
function giveUp(context: EdgeContext, certificate: Certificate): EdgeDecision {
  const { edge, now, settings } = context;
  const missing = unproven(certificate);
  const guilty = droppable(context).filter((name) => missing.some((each) => each.name === name));
  if (guilty.length > 0) return record(refuseUnproven(edge, guilty, now), now);
  const reason = edgeReasons.failed(certificate, missing);
  return record({ ...dropNext(edge), reason, holdUntil: now + settings.replanAfterMs }, now);
}

function whilePending(context: EdgeContext, certificate: Certificate, requestedAt: number): EdgeDecision {
  const { edge, names, now, observed, settings } = context;
  const age = now - requestedAt;
  if (age < settings.graceForPendingMs) return wait(undefined, laterAt(context, requestedAt));
  const missing = unproven(certificate);
  const overdue = age >= LONGEST_GRACES * settings.graceForPendingMs;
  const lost = droppable(context).filter((name) => (
    missing.some((each) => each.name === name) && (overdue || observed.proofs[name] === 'missing')
  ));
  if (lost.length > 0) return record(refuseUnproven(edge, lost, now), now);
  const warned = withWarnings(edge, names.kept, missing);
  if (warned) return record(warned, now);
  return wait(missing.length > 0 ? edgeReasons.waitsFor(missing) : undefined, laterAt(context, requestedAt));
}

/** Undefined when every owner of a served name has been warned already. */
function withWarnings(
  edge: Edge, kept: readonly Hostname[], missing: readonly CertificateValidation[],
): Edge | undefined {
  const warnings: Record<string, EdgeMember> = {};
  for (const name of kept) {
    const member = memberOf(edge, name);
    const validation = missing.find((each) => each.name === name);
    const warning = validation && edgeReasons.servedProofLost(validation);
    if (!member || member.warning === warning) continue;
    const { warning: _, ...rest } = member;
    warnings[name] = warning === undefined ? rest : { ...rest, warning };
  }
  return Object.keys(warnings).length > 0 ? { ...edge, members: { ...edge.members, ...warnings } } : undefined;
}

function unproven(certificate: Certificate): CertificateValidation[] {
  return certificate.validations.filter(({ status }) => status !== 'SUCCESS');
}
