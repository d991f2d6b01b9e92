import { certificateFailure, isEnded } from './certificate-failure.ts';
import type { CertificateStatus } from './certificate.ts';
import { spread } from './check-delay.ts';
import type { CustomDomain } from './custom-domain.ts';
import type { Changes, DomainContext, DomainDecision, EdgeStanding } from './domain-step.ts';
import { later, moveOn, wait } from './domain-step.ts';
import { freshCertificate } from './start-over.ts';

/** What is only said of a name that is served; it goes when the name is not. */
export const UNWATCHED = { proofMissingSince: undefined, renewalAtRiskSince: undefined, drift: undefined } as const;

/** What is no longer so once the name is off CloudFront. */
export const OFF_EDGE = {
  ...UNWATCHED, cloudFrontStatus: 'not_attached', servingCertificateArn: undefined, certificateExpiresAt: undefined,
  held: undefined,
} as const;

/** CloudFront has accepted the name and is deploying. */
export function whileAttached(context: DomainContext, standing: EdgeStanding): DomainDecision {
  if (standing.drift) return drifted(context, standing);
  const ended = endOf(context, standing);
  if (ended !== undefined) return lapsed(context, standing, ended);
  return wait(context, standing.since ?? context.record.updatedAt, {
    ...servedBy(context, standing), ...UNWATCHED, phase: 'deploying', cloudFrontStatus: 'in_progress', reason: undefined,
  });
}

/**
 * The name is served. About once a day its validation record is looked for in DNS, because ACM renews
 * only while it is there and its owner has months to put it back.
 */
export function whileServed(context: DomainContext, standing: EdgeStanding): DomainDecision {
  if (standing.drift) return drifted(context, standing);
  const ended = endOf(context, standing);
  if (ended !== undefined) return lapsed(context, standing, ended);
  const { record, now, settings } = context;
  const watch = watchProof(context, standing);
  const doubtful = watch.proofMissingSince !== undefined || watch.renewalAtRiskSince !== undefined
    || context.observed.proof === 'unknown';
  const delayMs = doubtful ? settings.renewalConfirmMs : settings.renewalCheckMs;
  const mostMs = standing.watched ? delayMs : Math.min(delayMs, settings.tenantCheckMs);
  return later(context, spread(mostMs, record.domainId), {
    ...servedBy(context, standing), ...watch, phase: 'active', cloudFrontStatus: 'deployed', drift: undefined,
    activatedAt: record.activatedAt ?? now, reason: standing.warning,
  });
}

/** Others changed what the name needs; the edge puts it right where the project wants that, and announces when it is. */
export function drifted(context: DomainContext, standing: EdgeStanding): DomainDecision {
  const { observed, settings } = context;
  const { drift } = standing;
  const off = drift?.kind === 'alias_removed' || drift?.kind === 'tenant_disabled';
  return later(context, settings.driftCheckMs, {
    ...servedBy(context, standing), phase: 'drifted', reason: standing.reason,
    cloudFrontStatus: off ? 'not_attached' : 'deployed',
    drift: drift && { ...drift, handling: observed.driftHandling },
  });
}

/** The certificate serves no more; a fresh one is issued as soon as the record is there. */
function lapsed(context: DomainContext, standing: EdgeStanding, ended: CertificateStatus): DomainDecision {
  const { record, observed, now } = context;
  // On a tenant of its own the certificate is the domain's to replace; else the edge asks for another.
  if (!standing.watched) return moveOn(context, { ...UNWATCHED, ...freshCertificate(record, now) });
  const { validation } = record;
  const rest = observed.proof === 'missing' && validation
    ? `A fresh one is issued as soon as the DNS record ${validation.name} (${validation.type} to ${validation.value}) is set again.`
    : 'A fresh one is being asked for; there is nothing to do.';
  return wait(context, record.updatedAt, {
    ...servedBy(context, standing), ...UNWATCHED, phase: 'deploying', cloudFrontStatus: 'deployed', certificateStatus: ended,
    reason: `${certificateFailure({ status: ended, failureReason: undefined })} ${rest}`,
  });
}

function endOf({ observed: { certificate } }: DomainContext, standing: EdgeStanding): CertificateStatus | undefined {
  if (standing.certificateEnded !== undefined) return standing.certificateEnded;
  return certificate.kind === 'found' && isEnded(certificate.value.status) ? certificate.value.status : undefined;
}

function servedBy({ record, observed: { certificate } }: DomainContext, standing: EdgeStanding): Changes {
  const { ownCertificateArn, servingCertificateArn } = standing;
  const asked = certificate.kind === 'found' ? certificate.value.notAfter : undefined;
  // What is known of the end is of the certificate that was shown; another one has another end.
  const same = servingCertificateArn === (record.servingCertificateArn ?? record.ownCertificateArn);
  return {
    ownCertificateArn, servingCertificateArn, certificateStatus: 'ISSUED', proofLostAt: undefined, held: undefined,
    certificateExpiresAt: standing.certificateExpiresAt ?? asked ?? (same ? record.certificateExpiresAt : undefined),
  };
}

type Watch = Pick<Changes, 'proofMissingSince' | 'renewalAtRiskSince'>;

/** Two looks some time apart, because one answer of DNS may be wrong; what could not be seen changes nothing. */
function watchProof({ record, observed, now, settings }: DomainContext, { warning }: EdgeStanding): Watch {
  const { proofMissingSince, renewalAtRiskSince } = record;
  const warnedSince = warning === undefined ? undefined : renewalAtRiskSince ?? now;
  switch (observed.proof) {
    case 'seen':
      return { proofMissingSince: undefined, renewalAtRiskSince: warnedSince };
    case 'missing': {
      const since = proofMissingSince ?? now;
      const certain = now - since >= settings.renewalConfirmMs ? now : undefined;
      return { proofMissingSince: since, renewalAtRiskSince: renewalAtRiskSince ?? certain ?? warnedSince };
    }
    case 'unknown':
    case 'not_asked':
      return { proofMissingSince, renewalAtRiskSince: renewalAtRiskSince ?? warnedSince };
  }
}

/** Whether ACM has to be asked for the end of the serving certificate: unknown, or so near that it may have been renewed. */
export function needsExpiry(record: CustomDomain, standing: EdgeStanding, now: number, renewalWindowMs: number): boolean {
  if (standing.certificateExpiresAt !== undefined) return false;
  const known = standing.servingCertificateArn === record.servingCertificateArn ? record.certificateExpiresAt : undefined;
  // A tenant whose certificate has ended looks like one that is being deployed.
  if (standing.state !== 'served') return !standing.watched && known !== undefined && now >= known;
  return known === undefined || now >= known - renewalWindowMs;
}
