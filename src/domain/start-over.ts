import { isEnded } from './certificate-failure.ts';
import type { CustomDomain } from './custom-domain.ts';
import type { Changes } from './domain-step.ts';

/**
 * What makes a failed domain go on, once its owner asks for it; undefined when there is nothing to
 * start, as for a name that others have taken over. A proof of control that was not given in time is
 * looked for anew. A certificate that has ended is replaced by the next generation and put aside to
 * be deleted; with a good one the name tries to join again.
 */
export function startOver(record: CustomDomain, now: number, challengeMs: number): Changes | undefined {
  if (record.desired !== 'present' || record.phase !== 'failed' || record.takenOverAt !== undefined) return undefined;
  const { challenge } = record;
  if (challenge && challenge.provenAt === undefined) {
    return { phase: 'challenging', challenge: { ...challenge, startedAt: now, endsAt: now + challengeMs }, reason: undefined };
  }
  if (isEnded(record.certificateStatus)) return freshCertificate(record, now);
  return { phase: 'joining', reason: undefined };
}

/** The next certificate generation; what there was of the last is to be deleted. */
export function freshCertificate(record: CustomDomain, now: number): Changes {
  const { ownCertificateArn, retiredCertificateArns = [] } = record;
  const retired = ownCertificateArn === undefined ? retiredCertificateArns : [...retiredCertificateArns, ownCertificateArn];
  return {
    phase: 'requesting', certificateGeneration: record.certificateGeneration + 1, certificateRequestedAt: now,
    ownCertificateArn: undefined, certificateStatus: 'REQUESTED', reason: undefined,
    retiredCertificateArns: retired.length > 0 ? retired : undefined,
  };
}
