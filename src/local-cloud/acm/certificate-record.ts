import { createHash } from 'node:crypto';
import type { Tag } from './acm-inputs.ts';

export type CertificateStatus =
  | 'PENDING_VALIDATION' | 'ISSUED' | 'INACTIVE' | 'EXPIRED' | 'VALIDATION_TIMED_OUT' | 'REVOKED' | 'FAILED';

/** What the embedded ACM remembers of a certificate; times in milliseconds since the epoch. */
export interface CertificateRecord {
  readonly arn: string;
  /** The subject first; lower case, no repeats. */
  readonly names: readonly [string, ...string[]];
  readonly validationMethod: 'DNS' | 'EMAIL';
  readonly keyAlgorithm: string;
  readonly exportOption: string;
  readonly managedBy?: string;
  /** Digest of the idempotency token and the parameters it came with. */
  readonly requestKey?: string;
  readonly tags: readonly Tag[];
  readonly status: CertificateStatus;
  readonly failureReason?: string;
  /** Names whose control was proven for this request. */
  readonly proven: readonly string[];
  /** Names that ended a request that FAILED. */
  readonly refused: readonly string[];
  readonly createdAt: number;
  readonly issuedAt?: number;
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly renewal?: Renewal;
}

export interface Renewal {
  readonly status: 'PENDING_VALIDATION' | 'SUCCESS';
  readonly proven: readonly string[];
  readonly updatedAt: number;
}

/** Without trailing dots; on the wire ACM writes them. */
export interface ValidationRecord {
  readonly name: string;
  readonly value: string;
}

/**
 * The CNAME that proves control of a name: the same for every certificate of an account, and for
 * `example.com` and `*.example.com`.
 */
export function validationRecord(accountId: string, domainName: string): ValidationRecord {
  const base = baseDomain(domainName);
  return {
    name: `_${digest('name', accountId, base)}.${base}`,
    value: `_${digest('value', accountId, base)}.acm-validations.aws`,
  };
}

export function baseDomain(domainName: string): string {
  return domainName.replace(/^\*\./, '');
}

/** 32 hexadecimal digits, the length ACM uses. */
export function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** Oldest first; a total order, so that a page can begin after any certificate. */
export function byCreation(a: Creation, b: Creation): number {
  return a.createdAt - b.createdAt || Number(a.arn > b.arn) - Number(a.arn < b.arn);
}

type Creation = Pick<CertificateRecord, 'createdAt' | 'arn'>;
