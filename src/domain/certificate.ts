export type CertificateStatus =
  | 'PENDING_VALIDATION' | 'ISSUED' | 'INACTIVE' | 'EXPIRED' | 'VALIDATION_TIMED_OUT' | 'REVOKED' | 'FAILED';

export interface Certificate {
  readonly arn: string;
  readonly names: readonly string[];
  readonly status: CertificateStatus;
  readonly failureReason: string | undefined;
  readonly validations: readonly CertificateValidation[];
  readonly inUse: boolean;
  /** Milliseconds since the epoch. */
  readonly notAfter: number | undefined;
}

export interface CertificateValidation {
  readonly name: string;
  readonly status: 'PENDING_VALIDATION' | 'SUCCESS' | 'FAILED';
  /** Absent for some seconds after the request. Name and value without the trailing dot. */
  readonly record: DnsRecord | undefined;
}

export interface DnsRecord {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}
