import type { LocalCloudSettings } from '../settings.ts';
import { caaAllowsAcm } from './caa-policy.ts';
import { type CertificateRecord, validationRecord } from './certificate-record.ts';

export interface LifecycleView {
  readonly now: number;
  readonly settings: LocalCloudSettings;
  readonly lookup: (name: string, type: 'CNAME' | 'CAA') => readonly string[];
  readonly inUse: boolean;
}

const DAY_MS = 86_400_000;
/** What ACM issues since the limit of 200 days for public certificates. */
export const LIFETIME_MS = 198 * DAY_MS;
export const RENEWAL_WINDOW_MS = 45 * DAY_MS;

/** When validation may first look at DNS: not before ACM itself has said which record it wants. */
export function firstLookAt({ createdAt }: CertificateRecord, settings: LocalCloudSettings): number {
  return createdAt + Math.max(settings.certificateCheckMs, settings.validationRecordDelayMs);
}

export function timesOutAt({ createdAt }: CertificateRecord, settings: LocalCloudSettings): number {
  return createdAt + settings.validationTimeoutMs;
}

/** From here on ACM tries to renew. Undefined for a certificate that is not issued. */
export function renewsAt({ status, notAfter }: CertificateRecord): number | undefined {
  return status === 'ISSUED' && notAfter !== undefined ? notAfter - RENEWAL_WINDOW_MS : undefined;
}

/** One look at DNS for a pending certificate. The same object when nothing has changed. */
export function validate(certificate: CertificateRecord, view: LifecycleView): CertificateRecord {
  if (certificate.validationMethod === 'EMAIL') return certificate;
  const proven = certificate.names.filter((name) => certificate.proven.includes(name) || isProven(name, view));
  const refused = proven.filter((name) => !caaAllowsAcm(name, (owner) => view.lookup(owner, 'CAA')));
  if (refused.length > 0) {
    const rest = proven.filter((name) => !refused.includes(name));
    return { ...certificate, status: 'FAILED', failureReason: 'CAA_ERROR', proven: rest, refused };
  }
  if (proven.length === certificate.names.length) {
    return { ...certificate, status: 'ISSUED', proven, issuedAt: view.now, ...validityFrom(view.now) };
  }
  return proven.length === certificate.proven.length ? certificate : { ...certificate, proven };
}

/**
 * One attempt to renew an issued certificate within its window: only while it is in use and every
 * CNAME still exists. The same object when nothing has changed.
 */
export function renew(certificate: CertificateRecord, view: LifecycleView): CertificateRecord {
  const { notAfter = 0 } = certificate;
  const wasPending = certificate.renewal?.status === 'PENDING_VALIDATION';
  const proven = certificate.names.filter((name) => isProven(name, view));
  const canRenew = view.inUse && proven.length === certificate.names.length;
  const isOver = view.now >= notAfter;
  if (isOver && (wasPending || !canRenew)) return { ...certificate, status: 'EXPIRED' };
  if (canRenew) {
    const renewedAt = wasPending ? view.now : lastRenewalBefore(view.now, notAfter - RENEWAL_WINDOW_MS);
    const renewal = { status: 'SUCCESS', proven, updatedAt: renewedAt } as const;
    return { ...certificate, renewal, ...validityFrom(renewedAt) };
  }
  const isNews = !wasPending || certificate.renewal?.proven.join() !== proven.join();
  if (!view.inUse || !isNews) return certificate;
  return { ...certificate, renewal: { status: 'PENDING_VALIDATION', proven, updatedAt: view.now } };
}

/** Nobody need have looked when a renewal was due: it then counts as done in time, and the next ones too. */
function lastRenewalBefore(now: number, dueAt: number): number {
  const everyMs = LIFETIME_MS - RENEWAL_WINDOW_MS;
  return dueAt + Math.floor((now - dueAt) / everyMs) * everyMs;
}

function validityFrom(notBefore: number): { notBefore: number; notAfter: number } {
  return { notBefore, notAfter: notBefore + LIFETIME_MS };
}

function isProven(domainName: string, { lookup, settings }: LifecycleView): boolean {
  const { name, value } = validationRecord(settings.accountId, domainName);
  return lookup(name, 'CNAME').some((target) => target.toLowerCase().replace(/\.$/, '') === value);
}
