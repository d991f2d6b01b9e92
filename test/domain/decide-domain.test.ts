import t from 'tap';
import type { Certificate } from '../../src/domain/certificate.ts';
import { certificateFailure, isEnded } from '../../src/domain/certificate-failure.ts';
import { checkDelayMs, failureDelayMs } from '../../src/domain/check-delay.ts';
import type { CustomDomain } from '../../src/domain/custom-domain.ts';
import { decideDomain } from '../../src/domain/decide-domain.ts';
import { LOCAL_DOMAIN_SETTINGS as settings } from '../../src/domain/domain-settings.ts';
import type { DomainObservation, EdgeStanding } from '../../src/domain/domain-step.ts';
import { NOTHING_OBSERVED, withChanges } from '../../src/domain/domain-step.ts';
import type { Hostname } from '../../src/domain/hostname.ts';
import { requestToken } from '../../src/domain/request-token.ts';
import { viewDomain } from '../../src/domain/view-domain.ts';

const NOW = 10_000_000_000;
const HELD = { since: 1, triedAt: 1, lookAt: 1, target: 'd1.cloudfront.net' };
const MINUTE = 60_000;
const OWN = 'arn:own';
const RECORD = { name: '_x.shop.example.com', type: 'CNAME', value: '_y.acm-validations.aws' };

function domain(changes: Parameters<typeof withChanges>[1] = {}): CustomDomain {
  return withChanges({
    domainId: 'dom_1', projectId: 'p', domain: 'shop.example.com' as Hostname, distributionId: 'E1',
    distributionDomain: 'd1.cloudfront.net', desired: 'present', phase: 'requesting', certificateGeneration: 1,
    certificateRequestedAt: NOW - MINUTE, certificateStatus: 'REQUESTED', cloudFrontStatus: 'not_attached',
    createdAt: NOW - 5 * MINUTE, updatedAt: NOW - 5 * MINUTE, revision: 3, attempts: 0,
  }, changes);
}

function certificate(changes: Partial<Certificate> = {}): DomainObservation['certificate'] {
  return { kind: 'found', value: {
    arn: OWN, names: ['shop.example.com'], status: 'PENDING_VALIDATION', failureReason: undefined, inUse: false,
    notAfter: undefined, validations: [{ name: 'shop.example.com', status: 'PENDING_VALIDATION', record: RECORD }],
    ...changes,
  } };
}

function standing(changes: Partial<EdgeStanding> = {}): DomainObservation['edge'] {
  return { kind: 'found', value: { state: 'absent', since: NOW - 1_000, ownCertificateArn: OWN, full: false, watched: true, ...changes } };
}

/** One line of the table: what is known, what is seen, and what is decided. */
const DISABLED = { kind: 'tenant_disabled', foundAt: 1 } as const;

interface Line {
  readonly what: string;
  readonly record: Parameters<typeof withChanges>[1];
  readonly seen?: Partial<DomainObservation>;
  readonly action: string;
  readonly then?: Partial<Record<keyof CustomDomain, unknown>>;
  /** `now`, `later` or `never`. */
  readonly next: 'now' | 'later' | 'never';
}

function check(t: { match: (a: unknown, b: unknown, what: string) => unknown }, line: Line): void {
  const decision = decideDomain(domain(line.record), { ...NOTHING_OBSERVED, ...line.seen }, NOW, settings);
  const at = decision.nextCheckAt;
  const next = at === undefined ? 'never' : at <= NOW ? 'now' : 'later';
  t.match({ action: decision.action, next, record: decision.record },
    { action: line.action, next: line.next, record: line.then ?? {} }, line.what);
}

const validating = { phase: 'validating', ownCertificateArn: OWN, certificateStatus: 'PENDING_VALIDATION' } as const;
const joining = { phase: 'joining', ownCertificateArn: OWN, certificateStatus: 'ISSUED' } as const;
const active = { ...joining, phase: 'active', cloudFrontStatus: 'deployed', activatedAt: 5 } as const;
const old = { certificateRequestedAt: NOW - 51 * MINUTE };
const lost = { ...validating, proofLostAt: NOW - 10 * MINUTE, validation: RECORD };
const issued = certificate({ status: 'ISSUED' });
const serves = standing({ state: 'served', ownCertificateArn: OWN, servingCertificateArn: OWN, certificateExpiresAt: 77 });

void t.test('what a domain that is wanted does', async (t) => {
  for (const line of [
    { what: 'asks for its certificate', record: {}, seen: { standing: 'good' }, action: 'request_certificate', next: 'now' },
    { what: 'writes the time down before it asks', record: { certificateRequestedAt: undefined }, action: 'save',
      then: { certificateRequestedAt: NOW }, next: 'now' },
    { what: 'does nothing when the project is being deleted', record: {}, seen: { standing: 'project_closing' }, action: 'save',
      then: { phase: 'requesting' }, next: 'later' },
    { what: 'goes when its project is gone', record: {}, seen: { standing: 'project_gone' }, action: 'save',
      then: { desired: 'absent' }, next: 'now' },
    { what: 'goes when its name was given to another', record: joining, seen: { standing: 'claim_lost' }, action: 'save',
      then: { desired: 'absent' }, next: 'now' },
    { what: 'does nothing when it is unknown whether it asked an hour ago', record: old, seen: { byToken: { kind: 'unknown' } },
      action: 'save', then: { attempts: 1, phase: 'requesting' }, next: 'later' },
    { what: 'takes the certificate it asked for an hour ago', record: old, seen: { byToken: { kind: 'found', value: OWN } },
      action: 'save', then: { phase: 'validating', ownCertificateArn: OWN }, next: 'now' },
    { what: 'asks anew when an hour ago nothing came of it', record: old, seen: { byToken: { kind: 'absent' } },
      action: 'save', then: { phase: 'requesting', certificateRequestedAt: NOW, certificateGeneration: 1 }, next: 'now' },

    { what: 'does nothing when ACM does not answer', record: { ...validating, attempts: 2 },
      seen: { certificate: { kind: 'unknown' } }, action: 'save', then: { attempts: 3, phase: 'validating' }, next: 'later' },
    { what: 'waits for a certificate ACM does not know yet', record: { ...validating, certificateRequestedAt: NOW - 1_000 },
      seen: { certificate: { kind: 'absent' } }, action: 'save', then: { phase: 'validating' }, next: 'later' },
    { what: 'asks for another when somebody deleted its certificate', record: validating,
      seen: { certificate: { kind: 'absent' } }, action: 'save',
      then: { phase: 'requesting', certificateGeneration: 2, certificateRequestedAt: NOW, ownCertificateArn: undefined }, next: 'now' },
    { what: 'takes down the record to set, and waits', record: { ...validating, attempts: 2 }, seen: { certificate: certificate() },
      action: 'save', then: { phase: 'validating', validation: RECORD, checkedAt: NOW, attempts: 0 }, next: 'later' },
    { what: 'waits while ACM lists it as pending', record: { ...validating, validation: RECORD, checkedAt: 5, attempts: 2 },
      seen: { certificate: { kind: 'still_pending', listedAt: NOW - 700 } }, action: 'save',
      then: { phase: 'validating', validation: RECORD, checkedAt: NOW - 700, attempts: 0 }, next: 'later' },
    { what: 'which a look of its own may be newer than', record: { ...validating, validation: RECORD, checkedAt: NOW - 1 },
      seen: { certificate: { kind: 'still_pending', listedAt: NOW - 700 } }, action: 'save', then: { checkedAt: NOW - 1 }, next: 'later' },
    { what: 'keeps the record when ACM leaves it out', record: { ...validating, validation: RECORD, certificateRequestedAt: undefined },
      seen: { certificate: certificate({ validations: [] }) }, action: 'save', then: { validation: RECORD }, next: 'later' },
    { what: 'joins once the certificate is issued', record: { ...validating, reason: 'old' }, seen: { certificate: issued },
      action: 'save', then: { phase: 'joining', certificateStatus: 'ISSUED', reason: undefined }, next: 'now' },
    { what: 'ends with the reason when it failed', record: validating,
      seen: { certificate: certificate({ status: 'FAILED', failureReason: 'CAA_ERROR' }) }, action: 'save',
      then: { phase: 'failed', reason: /CAA/ }, next: 'never' },
    { what: 'does nothing more when it has failed', record: { ...validating, phase: 'failed' }, action: 'save',
      then: { phase: 'failed' }, next: 'never' },

    { what: 'does nothing while a lost record is not back', record: lost, seen: { certificate: issued, proof: 'missing' },
      action: 'save', then: { phase: 'validating' }, next: 'later' },
    { what: 'does nothing while it is unknown whether it is back', record: lost, seen: { certificate: issued, proof: 'unknown' },
      action: 'save', then: { phase: 'validating' }, next: 'later' },
    { what: 'does not come back at once', record: { ...lost, proofLostAt: NOW - 1 }, seen: { certificate: issued, proof: 'seen' },
      action: 'save', then: { phase: 'validating' }, next: 'later' },
    { what: 'joins again once the record is seen', record: lost, seen: { certificate: issued, proof: 'seen' },
      action: 'save', then: { phase: 'joining' }, next: 'now' },

    { what: 'does nothing when the distribution was not looked at', record: joining, action: 'save', then: { attempts: 1 }, next: 'later' },
    { what: 'becomes a member', record: joining, seen: { edge: standing() }, action: 'join_edge', next: 'now' },
    { what: 'waits when there is no room', record: joining, seen: { edge: standing({ full: true }) }, action: 'save',
      then: { phase: 'joining', reason: /as many names/ }, next: 'later' },
    { what: 'waits for an older domain with its name to leave', record: joining,
      seen: { edge: standing({ state: 'other' }) }, action: 'save',
      then: { phase: 'joining' }, next: 'later' },
    { what: 'waits to be taken up, and says what for', record: joining,
      seen: { edge: standing({ state: 'joining', reason: 'Because.' }) }, action: 'save',
      then: { phase: 'joining', reason: 'Because.' }, next: 'later' },
    { what: 'waits for CloudFront', record: joining,
      seen: { edge: standing({ state: 'attached', servingCertificateArn: 'arn:shared' }) }, action: 'save',
      then: { phase: 'deploying', cloudFrontStatus: 'in_progress', servingCertificateArn: 'arn:shared', ownCertificateArn: OWN },
      next: 'later' },
    { what: 'is active once it is served', record: { ...joining, phase: 'deploying', proofLostAt: 1 },
      seen: { edge: standing({ state: 'served', servingCertificateArn: OWN }) }, action: 'save',
      then: { phase: 'active', cloudFrontStatus: 'deployed', activatedAt: NOW, proofLostAt: undefined }, next: 'later' },
    { what: 'follows the certificate that serves it', record: active, seen: { edge: { kind: 'found', value: {
      state: 'served', warning: 'Beware.', servingCertificateArn: 'arn:2', full: false, watched: true } } },
      action: 'save', then: { phase: 'active', activatedAt: 5, servingCertificateArn: 'arn:2', ownCertificateArn: undefined,
        reason: 'Beware.', renewalAtRiskSince: NOW }, next: 'later' },
    { what: 'stays well while its record is there', record: { ...active, proofMissingSince: 5, renewalAtRiskSince: 6 }, seen: { edge: serves, proof: 'seen' },
      action: 'save', then: { phase: 'active', proofMissingSince: undefined, renewalAtRiskSince: undefined, certificateExpiresAt: 77 }, next: 'later' },
    { what: 'is not sure at the first look that misses it', record: active, seen: { edge: serves, proof: 'missing' },
      action: 'save', then: { proofMissingSince: NOW, renewalAtRiskSince: undefined }, next: 'later' },
    { what: 'nor at a second one right after', record: { ...active, proofMissingSince: NOW - 1 }, seen: { edge: serves, proof: 'missing' },
      action: 'save', then: { proofMissingSince: NOW - 1, renewalAtRiskSince: undefined }, next: 'later' },
    { what: 'is at risk at one some time later', record: { ...active, proofMissingSince: NOW - settings.renewalConfirmMs },
      seen: { edge: serves, proof: 'missing' }, action: 'save', then: { phase: 'active', renewalAtRiskSince: NOW }, next: 'later' },
    { what: 'stays so when it cannot be seen', record: { ...active, proofMissingSince: 5, renewalAtRiskSince: 6 }, seen: { edge: serves, proof: 'unknown' },
      action: 'save', then: { proofMissingSince: 5, renewalAtRiskSince: 6 }, next: 'later' },
    { what: 'forgets the end of another certificate', record: { ...active, servingCertificateArn: 'arn:1', certificateExpiresAt: 5 },
      seen: { edge: standing({ state: 'served', servingCertificateArn: 'arn:2' }) }, action: 'save', then: { certificateExpiresAt: undefined }, next: 'later' },
    { what: 'takes the end from ACM where nobody else has it', record: active, seen: { edge: standing({ state: 'served', servingCertificateArn: OWN }),
      certificate: certificate({ status: 'ISSUED', notAfter: 88 }) }, action: 'save', then: { phase: 'active', certificateExpiresAt: 88 }, next: 'later' },
    { what: 'and that it has ended', record: active, seen: { edge: standing({ state: 'served', servingCertificateArn: OWN }),
      certificate: certificate({ status: 'REVOKED' }), proof: 'seen' }, action: 'save',
      then: { phase: 'deploying', certificateStatus: 'REVOKED', reason: /revoked.*nothing to do/ }, next: 'later' },
    { what: 'says which record a fresh certificate needs', record: { ...active, validation: RECORD }, seen: { edge: standing({ state: 'attached',
      servingCertificateArn: OWN, certificateEnded: 'EXPIRED' }), proof: 'missing' }, action: 'save',
      then: { phase: 'deploying', certificateStatus: 'EXPIRED', reason: /expired.*as soon as the DNS record _x\.shop/ }, next: 'later' },
    { what: 'asks for no fresh one before the record is back', record: lost, seen: { certificate: certificate({ status: 'EXPIRED' }), proof: 'missing' },
      action: 'save', then: { phase: 'validating', ownCertificateArn: OWN }, next: 'later' },
    { what: 'deletes what ended first', record: lost, seen: { certificate: certificate({ status: 'EXPIRED' }), proof: 'seen' },
      action: 'remove_certificate', next: 'now' },
    { what: 'waits for the record without one too', record: { ...lost, ownCertificateArn: undefined, ...old }, seen: { certificate: { kind: 'absent' }, proof: 'unknown' },
      action: 'save', then: { phase: 'validating' }, next: 'later' },
    { what: 'and then asks', record: { ...lost, ownCertificateArn: undefined, ...old }, seen: { certificate: { kind: 'absent' }, proof: 'seen' },
      action: 'save', then: { phase: 'requesting', certificateGeneration: 2 }, next: 'now' },
    { what: 'writes down what others changed', record: active, seen: { edge: standing({ state: 'served', drift: { kind: 'alias_removed', foundAt: 9 } }), driftHandling: 'report' },
      action: 'save', then: { phase: 'drifted', cloudFrontStatus: 'not_attached', drift: { kind: 'alias_removed', foundAt: 9, handling: 'report' } }, next: 'later' },
    { what: 'and strikes it out when it is right again', record: { ...active, phase: 'drifted', drift: { kind: 'alias_removed', foundAt: 9, handling: 'report' } },
      seen: { edge: serves }, action: 'save', then: { phase: 'active', drift: undefined }, next: 'later' },
    { what: 'goes back to prove itself when its record was gone', record: joining,
      seen: { edge: standing({ state: 'refused', refusal: { kind: 'proof', reason: 'Gone.', at: NOW - 9 } }) },
      action: 'save', then: { phase: 'validating', proofLostAt: NOW - 9, reason: 'Gone.' }, next: 'now' },
    { what: 'joins over a refusal that is history', record: { ...joining, proofLostAt: NOW - 9 },
      seen: { edge: standing({ state: 'refused', refusal: { kind: 'proof', reason: 'Gone.', at: NOW - 9 } }) },
      action: 'join_edge', next: 'now' },
    { what: 'waits for the move of a name that another distribution has', record: active,
      seen: { edge: standing({ state: 'held', held: HELD }) }, action: 'save',
      then: { phase: 'joining', held: { target: HELD.target }, cloudFrontStatus: 'not_attached', servingCertificateArn: undefined,
        reason: /^Another CloudFront distribution already has .* Set the TXT record _/ }, next: 'later' },
    { what: 'and while it is moved', record: joining,
      seen: { edge: standing({ state: 'moving', held: HELD }) }, action: 'save',
      then: { phase: 'joining', held: { target: HELD.target }, reason: /has been seen.*nothing to do/ }, next: 'later' },
    { what: 'and while the usual way is tried again', record: { ...joining, held: { target: HELD.target } },
      seen: { edge: standing({ state: 'held', held: HELD }) }, action: 'save',
      then: { held: { target: HELD.target }, reason: /^Another CloudFront/ }, next: 'later' },
    { what: 'no longer once it is here', record: { ...joining, held: { target: HELD.target } },
      seen: { edge: standing({ state: 'attached' }) }, action: 'save',
      then: { phase: 'deploying', held: undefined, reason: undefined }, next: 'later' },
    { what: 'proves itself again when the distribution does not know it any more', record: active, seen: { edge: standing() },
      action: 'save', then: { phase: 'validating', cloudFrontStatus: 'not_attached' }, next: 'now' },
    { what: 'and with a new certificate when it has none', record: { ...active, ownCertificateArn: undefined },
      seen: { edge: standing() }, action: 'save',
      then: { phase: 'requesting', certificateGeneration: 2, certificateStatus: 'REQUESTED' }, next: 'now' },
    { what: 'looks again by itself where nobody would tell it of a change', record: active,
      seen: { edge: standing({ state: 'served', servingCertificateArn: OWN, watched: false }) }, action: 'save',
      then: { phase: 'active' }, next: 'later' },
    { what: 'proves itself again when somebody changed what serves it', record: active,
      seen: { edge: standing({ state: 'served', drift: DISABLED, watched: false }) }, action: 'save',
      then: { phase: 'validating', ownCertificateArn: OWN }, next: 'now' },
    { what: 'and then puts that right', record: joining, seen: { edge: standing({ state: 'off', drift: DISABLED, watched: false }) },
      action: 'join_edge', next: 'now' },
    { what: 'or only tells, where its project wants that', record: active,
      seen: { edge: standing({ state: 'off', drift: DISABLED, watched: false }), driftHandling: 'report' }, action: 'save',
      then: { phase: 'drifted', cloudFrontStatus: 'not_attached', drift: { ...DISABLED, handling: 'report' } }, next: 'later' },
    { what: 'has the domain told that still has its name and does not know', record: joining,
      seen: { edge: standing({ state: 'other', otherDomainId: 'dom_0' }) }, action: 'save',
      then: { phase: 'joining', takesOverFrom: 'dom_0' }, next: 'later' },
    { what: 'waits for what is on its way off', record: joining, seen: { edge: standing({ state: 'off' }) }, action: 'save',
      then: { phase: 'joining' }, next: 'later' },
    { what: 'is on its way out in a phase of removal, whatever was wanted', record: { ...joining, phase: 'leaving' },
      action: 'save', then: { desired: 'absent' }, next: 'now' },
    { what: 'and in the other', record: { ...joining, phase: 'releasing' }, action: 'save', then: { desired: 'absent' }, next: 'now' },
  ] as const satisfies Line[]) check(t, line);
});

void t.test('what a domain that is not wanted does', async (t) => {
  const leaving = { ...active, desired: 'absent', phase: 'leaving' } as const;
  const releasing = { ...active, desired: 'absent', phase: 'releasing' } as const;
  const unknownArn = { desired: 'absent', phase: 'releasing' } as const;
  for (const line of [
    { what: 'begins to leave', record: { ...active, desired: 'absent' }, action: 'save', then: { phase: 'leaving' }, next: 'now' },
    { what: 'does nothing when the distribution was not looked at', record: leaving, action: 'save', then: { attempts: 1 }, next: 'later' },
    { what: 'leaves the distribution', record: leaving, seen: { edge: standing({ state: 'served' }) },
      action: 'leave_edge', next: 'now' },
    { what: 'does nothing while CloudFront takes it off', record: leaving,
      seen: { edge: standing({ state: 'leaving', reason: 'Slow.' }) }, action: 'save',
      then: { phase: 'leaving', reason: 'Slow.' }, next: 'later' },
    { what: 'goes on once it has left', record: leaving, seen: { edge: standing() }, action: 'save',
      then: { phase: 'releasing', cloudFrontStatus: 'not_attached', servingCertificateArn: undefined }, next: 'now' },
    { what: 'leaves its certificate to the distribution while others need it', record: leaving, seen: { edge: standing({ servingCertificateArn: OWN }) },
      action: 'save', then: { phase: 'releasing', ownCertificateArn: undefined }, next: 'now' },
    { what: 'notes that DNS still points here', record: leaving, seen: { edge: standing({ state: 'leaving' }), pointing: 'here' }, action: 'save',
      then: { pointsHere: true }, next: 'later' },
    { what: 'keeps the note while that cannot be seen', record: { ...leaving, pointsHere: true }, seen: { edge: standing(), pointing: 'unknown' },
      action: 'save', then: { phase: 'releasing', pointsHere: true }, next: 'now' },
    { what: 'strikes it out when DNS does not', record: { ...leaving, pointsHere: true }, seen: { edge: standing({ state: 'leaving' }), pointing: 'elsewhere' },
      action: 'save', then: { pointsHere: undefined }, next: 'later' },
    { what: 'leaves a newer domain with its name alone', record: leaving,
      seen: { edge: standing({ state: 'other' }) }, action: 'save', then: { phase: 'releasing' }, next: 'now' },
    { what: 'takes the last step off CloudFront', record: leaving, seen: { edge: standing({ state: 'off', drift: DISABLED, watched: false }) },
      action: 'leave_edge', next: 'now' },
    { what: 'leaves again when a late change has brought it back', record: releasing,
      seen: { edge: standing({ state: 'attached' }) }, action: 'save', then: { phase: 'leaving', ownCertificateArn: OWN }, next: 'now' },
    { what: 'keeps its certificate when it is unknown whether it is back', record: releasing, seen: { edge: { kind: 'unknown' } },
      action: 'save', then: { attempts: 1, ownCertificateArn: OWN }, next: 'later' },
    { what: 'deletes its certificate when it is not', record: releasing, seen: { edge: standing() },
      action: 'remove_certificate', next: 'now' },
    { what: 'deletes its certificate', record: releasing, action: 'remove_certificate', next: 'now' },
    { what: 'is forgotten when nothing is left', record: { ...releasing, ownCertificateArn: undefined }, action: 'forget', next: 'now' },
    { what: 'is forgotten when nothing was ever asked for', record: { ...unknownArn, certificateRequestedAt: undefined },
      action: 'forget', next: 'now' },
    { what: 'does nothing when it is unknown whether there is a certificate', record: unknownArn,
      seen: { byToken: { kind: 'unknown' } }, action: 'save', then: { attempts: 1 }, next: 'later' },
    { what: 'finds a certificate nobody told it about', record: unknownArn, seen: { byToken: { kind: 'found', value: OWN } },
      action: 'save', then: { ownCertificateArn: OWN, phase: 'releasing' }, next: 'now' },
    { what: 'asks again to learn of one that is not listed yet', record: unknownArn, seen: { byToken: { kind: 'absent' } },
      action: 'request_certificate', next: 'now' },
    { what: 'is forgotten when after the hour there is none', record: { ...unknownArn, ...old }, seen: { byToken: { kind: 'absent' } },
      action: 'forget', next: 'now' },
  ] as const satisfies Line[]) check(t, line);
});

void t.test('every way a certificate ends is told in words', async (t) => {
  const reasons = ['ADDITIONAL_VERIFICATION_REQUIRED', 'CAA_ERROR', 'DOMAIN_NOT_ALLOWED', 'DOMAIN_VALIDATION_DENIED',
    'INVALID_PUBLIC_DOMAIN', 'NO_AVAILABLE_CONTACTS', 'OTHER', 'PCA_ACCESS_DENIED', 'PCA_INVALID_ARGS', 'PCA_INVALID_ARN',
    'PCA_INVALID_DURATION', 'PCA_INVALID_STATE', 'PCA_LIMIT_EXCEEDED', 'PCA_NAME_CONSTRAINTS_VALIDATION',
    'PCA_REQUEST_FAILED', 'PCA_RESOURCE_NOT_FOUND', 'SLR_NOT_FOUND'];
  const told = reasons.map((failureReason) => certificateFailure({ status: 'FAILED', failureReason }));
  t.equal(new Set(told).size, reasons.length, 'each has its own sentence');
  for (const sentence of told) t.notMatch(sentence, /[A-Z]_[A-Z]/);
  t.match(certificateFailure({ status: 'FAILED', failureReason: 'BRAND_NEW' }), /BRAND_NEW/);
  t.match(certificateFailure({ status: 'FAILED', failureReason: undefined }), /no cause/);
  for (const status of ['VALIDATION_TIMED_OUT', 'EXPIRED', 'REVOKED', 'INACTIVE'] as const) {
    t.ok(isEnded(status));
    t.match(certificateFailure({ status, failureReason: undefined }), /\.$/);
  }
  t.notOk(isEnded('ISSUED'));
});

void t.test('looks are fast for ten minutes, then slower, and the same for the same id', async (t) => {
  const at = (minutes: number) => checkDelayMs(10_000, minutes * MINUTE, 'dom_1');
  t.same([0, 9.9].map(at), [at(0), at(0)]);
  t.ok(at(10) > 5 * at(0) && at(61) > 4 * at(10) && at(361) > 2 * at(61));
  t.ok(at(0) >= 10_000 && at(0) <= 12_000);
  t.ok(failureDelayMs(1_000, 3, 'x') >= 8_000);
  t.ok(failureDelayMs(1_000, 50, 'x') <= 6 * MINUTE, 'five minutes and the spread at most');
  t.ok(failureDelayMs(10 * MINUTE, 1, 'x') >= 10 * MINUTE, 'never below the base');
  t.match(requestToken('dom_1', 1), /^\w{32}$/);
  t.not(requestToken('dom_1', 1), requestToken('dom_1', 2));
});

void t.test('a person is told what happens and what to do', async (t) => {
  for (const [record, status, message] of [
    [{}, 'pending_validation', /being asked for/],
    [{ attempts: 1 }, 'pending_validation', /tried again by itself/],
    [validating, 'pending_validation', /names the DNS record to set in a few seconds/],
    [{ ...validating, validation: RECORD }, 'pending_validation', /Set it at your DNS provider/],
    [{ ...validating, reason: 'Set it again.' }, 'pending_validation', /^Set it again\.$/],
    [joining, 'deploying', /being added to CloudFront/],
    [{ ...joining, phase: 'deploying' }, 'deploying', /rolling the domain out/],
    [active, 'active', /points shop\.example\.com at d1\.cloudfront\.net/],
    [{ ...active, renewalAtRiskSince: 5, validation: RECORD, certificateExpiresAt: NOW }, 'renewal_at_risk',
      /_x\.shop\.example\.com \(CNAME to _y\.acm-validations\.aws\) is gone.*HTTPS works until 1970-04-26T17:46:40\.000Z/],
    [{ ...active, renewalAtRiskSince: 5 }, 'renewal_at_risk', /under dnsInstructions is gone.*until the present certificate ends/],
    [{ ...active, phase: 'drifted', drift: { kind: 'certificate_replaced', foundAt: 0, handling: 'repair' }, reason: 'Slow.' }, 'drifted',
      /another certificate.*1970-01-01T00:00:00.*being put right.*Slow\.$/],
    [{ phase: 'failed', reason: 'It failed.' }, 'failed', /^It failed\.$/],
    [{ phase: 'failed' }, 'failed', /Verify it/],
    [{ ...active, desired: 'absent' }, 'deleting', /taken off CloudFront/],
    [{ phase: 'leaving' }, 'deleting', /taken off CloudFront/],
    [{ desired: 'absent', phase: 'releasing' }, 'deleting', /certificate is deleted/],
    [{ phase: 'releasing' }, 'deleting', /certificate is deleted/],
  ] as const) {
    const view = viewDomain(domain(record));
    t.equal(view.status, status);
    t.match(view.statusMessage, message);
    t.equal(view.isActive, ['active', 'renewal_at_risk', 'drifted'].includes(status));
    t.equal(view.warning, null);
  }
  t.match(viewDomain(domain({ phase: 'drifted' })), { status: 'drifted', isActive: false, statusMessage: /taken off CloudFront by others/ });
  t.match(viewDomain(domain({ desired: 'absent', pointsHere: true })), { warning: /Remove that record.*without proof/ });
  t.match(viewDomain(domain({ domain: 'example.com' as Hostname, dueAt: 7 })), {
    nextCheckAt: 7, certificateArn: null,
    cloudfrontCname: { recordType: 'ALIAS', recordName: 'example.com', message: /ALIAS or ANAME record, CNAME flattening/ },
  });
});
