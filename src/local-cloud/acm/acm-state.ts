import { randomUUID } from 'node:crypto';
import { Collection, type Persistence } from '../collection.ts';
import type { LocalCloudSettings } from '../settings.ts';
import { AcmError } from './acm-error.ts';
import type { EndInput, RequestCertificateInput, Tag } from './acm-inputs.ts';
import {
  firstLookAt, type LifecycleView, renew, renewsAt, timesOutAt, validate,
} from './certificate-lifecycle.ts';
import { byCreation, type CertificateRecord, type ValidationRecord, validationRecord } from './certificate-record.ts';
import { certificateRequest, withoutTags, withTags } from './certificate-request.ts';

export interface AcmWorld {
  readonly persistence: Persistence;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly settings: LocalCloudSettings;
  /** As a resolver answers; empty when there is nothing or the look-up failed. */
  readonly dns: { lookup(name: string, type: 'CNAME' | 'CAA'): readonly string[] };
  /** ARNs of what uses a certificate now. */
  readonly usersOf: (certificateArn: string) => readonly string[];
  /** When the last use of a certificate ended. */
  readonly lastReleasedAt: (certificateArn: string) => number | undefined;
  /** Makes the last part of ARNs; random UUIDs when left out. */
  readonly newId?: (() => string) | undefined;
}

/** A certificate as it is now, with what other services know of it. */
export interface CertificateView {
  readonly certificate: CertificateRecord;
  readonly users: readonly string[];
  /** By domain name; empty for the first moments of a request, when ACM has not made the records up. */
  readonly validationRecords: ReadonlyMap<string, ValidationRecord>;
}

/** How long ACM honours an idempotency token. */
const TOKEN_MS = 3_600_000;

/**
 * What the embedded ACM remembers, and its rules. Nothing happens by timers: what time has changed
 * is worked out whenever somebody looks at a certificate, so that a restart is harmless.
 */
export class AcmState {
  readonly #world: AcmWorld;
  readonly #certificates: Collection<CertificateRecord>;
  /** The newest certificate of each token and its parameters. */
  readonly #byRequest = new Map<string, string>();
  /** When DNS was last looked at for a certificate; forgotten by a restart, which only looks once more. */
  readonly #lookedAt = new Map<string, number>();

  constructor(world: AcmWorld) {
    this.#world = world;
    this.#certificates = new Collection<CertificateRecord>(world.persistence, 'acm-certificates');
    const stored = [...this.#certificates.values()].sort(byCreation);
    for (const { requestKey, arn } of stored) if (requestKey !== undefined) this.#byRequest.set(requestKey, arn);
  }

  /** The ARN: of a new certificate, or of the one the same token asked for within the hour. Throws `AcmError`. */
  request(input: RequestCertificateInput): string {
    const { accountId, namesPerCertificate } = this.#world.settings;
    const request = certificateRequest(input, namesPerCertificate);
    const known = this.#requestedBefore(request.requestKey);
    if (known !== undefined) return known;
    const { newId = randomUUID } = this.#world;
    // Wherever the functions are: CloudFront takes certificates from us-east-1 only, so this is the one ACM here.
    const arn = `arn:aws:acm:us-east-1:${accountId}:certificate/${newId()}`;
    this.#certificates.set(arn, { arn, ...request, ...beginningOf(request.names), createdAt: this.#world.now() });
    if (request.requestKey !== undefined) this.#byRequest.set(request.requestKey, arn);
    return arn;
  }

  /** Throws `ResourceNotFoundException`, `InvalidArnException`. */
  view(certificateArn: string): CertificateView {
    return this.#viewOf(this.#find(certificateArn));
  }

  /** All certificates as they are now, oldest first. */
  all(): CertificateRecord[] {
    return [...this.#certificates.values()].sort(byCreation).map((certificate) => this.#current(certificate));
  }

  usersOf(certificateArn: string): readonly string[] {
    return this.#world.usersOf(certificateArn);
  }

  /** What CloudFront checks before it takes a certificate; undefined when there is none. */
  viewerCertificate(certificateArn: string): { status: string; names: readonly string[] } | undefined {
    const certificate = this.#certificates.get(certificateArn);
    if (!certificate) return undefined;
    const { status, names } = this.#current(certificate);
    return { status, names };
  }

  /** Throws `ResourceInUseException` while it is in use, and for `inUseLagMs` after. */
  remove(certificateArn: string): void {
    const { arn, requestKey } = this.#find(certificateArn);
    const { usersOf, lastReleasedAt, now, settings } = this.#world;
    const releasedAt = lastReleasedAt(arn);
    if (usersOf(arn).length > 0 || (releasedAt !== undefined && now() - releasedAt < settings.inUseLagMs)) {
      throw new AcmError('ResourceInUseException', `Certificate ${arn} is in use.`);
    }
    this.#certificates.delete(arn);
    this.#lookedAt.delete(arn);
    if (requestKey !== undefined && this.#byRequest.get(requestKey) === arn) this.#byRequest.delete(requestKey);
  }

  tags(certificateArn: string): readonly Tag[] {
    return this.#find(certificateArn).tags;
  }

  addTags(certificateArn: string, tags: readonly Tag[]): void {
    const certificate = this.#find(certificateArn);
    this.#certificates.set(certificate.arn, { ...certificate, tags: withTags(certificate.tags, tags) });
  }

  removeTags(certificateArn: string, tags: readonly Tag[]): void {
    const certificate = this.#find(certificateArn);
    this.#certificates.set(certificate.arn, { ...certificate, tags: withoutTags(certificate.tags, tags) });
  }

  /** Forces an ending that cannot be brought about from outside. */
  end({ certificateArn, status, failureReason }: EndInput): void {
    const { failureReason: _, ...certificate } = this.#find(certificateArn);
    const reason = status === 'FAILED' ? { failureReason: failureReason ?? 'OTHER', refused: certificate.names } : {};
    this.#certificates.set(certificate.arn, { ...certificate, status, ...reason });
  }

  #requestedBefore(requestKey: string | undefined): string | undefined {
    const arn = requestKey === undefined ? undefined : this.#byRequest.get(requestKey);
    const certificate = arn === undefined ? undefined : this.#certificates.get(arn);
    return certificate && this.#world.now() - certificate.createdAt < TOKEN_MS ? certificate.arn : undefined;
  }

  #find(certificateArn: string): CertificateRecord {
    if (!/:certificate\/[^/]+$/.test(certificateArn)) {
      throw new AcmError('InvalidArnException', `The ARN ${certificateArn} is not one of a certificate.`);
    }
    const certificate = this.#certificates.get(certificateArn);
    if (certificate) return this.#current(certificate);
    throw new AcmError('ResourceNotFoundException', `Could not find certificate ${certificateArn}.`);
  }

  #viewOf(certificate: CertificateRecord): CertificateView {
    const { now, settings: { validationRecordDelayMs, accountId } } = this.#world;
    const names = now() < certificate.createdAt + validationRecordDelayMs ? [] : certificate.names;
    const validationRecords = new Map(names.map((name) => [name, validationRecord(accountId, name)]));
    return { certificate, users: this.usersOf(certificate.arn), validationRecords };
  }

  /** What time and DNS have made of a certificate since somebody last looked, written through when it changed. */
  #current(certificate: CertificateRecord): CertificateRecord {
    const next = this.#advance(certificate);
    if (next !== certificate) this.#certificates.set(next.arn, next);
    return next;
  }

  #advance(certificate: CertificateRecord): CertificateRecord {
    const { settings } = this.#world;
    const now = this.#world.now();
    if (certificate.status === 'PENDING_VALIDATION') {
      if (now >= timesOutAt(certificate, settings)) return { ...certificate, status: 'VALIDATION_TIMED_OUT' };
      if (now < firstLookAt(certificate, settings) || !this.#mayLook(certificate.arn, now)) return certificate;
      return validate(certificate, this.#lifecycleView(certificate.arn, now));
    }
    const renewAt = renewsAt(certificate);
    if (renewAt === undefined || now < renewAt || !this.#mayLook(certificate.arn, now)) return certificate;
    return renew(certificate, this.#lifecycleView(certificate.arn, now));
  }

  #mayLook(arn: string, now: number): boolean {
    const lookedAt = this.#lookedAt.get(arn);
    if (lookedAt !== undefined && now - lookedAt < this.#world.settings.certificateCheckMs) return false;
    this.#lookedAt.set(arn, now);
    return true;
  }

  #lifecycleView(arn: string, now: number): LifecycleView {
    const { settings, dns } = this.#world;
    const lookup = dns.lookup.bind(dns);
    return { now, settings, lookup, inUse: this.usersOf(arn).length > 0 };
  }
}

/** ACM fails a request at once for a name that can be no public domain, such as one that ends like an IPv4 address. */
function beginningOf(
  names: readonly string[],
): Pick<CertificateRecord, 'status' | 'proven' | 'refused' | 'failureReason'> {
  const refused = names.filter((name) => /\.\d+$/.test(name));
  if (refused.length === 0) return { status: 'PENDING_VALIDATION', proven: [], refused };
  return { status: 'FAILED', failureReason: 'INVALID_PUBLIC_DOMAIN', proven: [], refused };
}
