import type { DomainStatus } from './domain-view.ts';
import type { Hostname } from './hostname.ts';
import type { RequiredRecord } from './required-records.ts';

/** The DNS of a domain as it is seen now, beside what it should be. */
export interface DnsDiagnosis {
  readonly domainId: string;
  readonly projectId: string;
  readonly domain: Hostname;
  readonly status: DomainStatus;
  readonly statusMessage: string;
  /** Every record is right and nothing else is in the way. */
  readonly ok: boolean;
  /** One sentence: that all is well, or the first thing to do something about. */
  readonly summary: string;
  readonly records: readonly RecordDiagnosis[];
  readonly findings: readonly DnsFinding[];
  /** The domain, then where each CNAME leads; just the domain when it has none. */
  readonly cnameChain: readonly string[];
  readonly resolvers: readonly { readonly name: string; readonly answered: boolean }[];
  /** Milliseconds since the epoch. */
  readonly checkedAt: number;
  /** When we look again by ourselves; null when no look is planned. */
  readonly nextCheckAt: number | null;
}

/**
 * - `correct`: as it should be, at every resolver that answered
 * - `missing`: there is no such record
 * - `wrong`: a record of this type with another value
 * - `conflicting`: addresses that are not ours stand there
 * - `unknown`: could not be seen, or cannot be told from outside
 * - `pending`: not all resolvers see it yet, or Amazon has not named it yet
 */
export type RecordState = 'correct' | 'missing' | 'wrong' | 'conflicting' | 'unknown' | 'pending';

export interface RecordDiagnosis {
  readonly purpose: RequiredRecord['purpose'];
  readonly type: RequiredRecord['type'];
  /** Null until it is known. */
  readonly name: string | null;
  readonly value: string | null;
  readonly observed: readonly ObservedRecord[];
  readonly state: RecordState;
  /** What is there, what should be, what to do. */
  readonly message: string;
}

export interface ObservedRecord {
  readonly type: 'CNAME' | 'A' | 'AAAA' | 'TXT';
  readonly value: string;
  /** Those that saw it. */
  readonly resolvers: readonly string[];
}

export interface DnsFinding {
  readonly code: FindingCode;
  /** `error`: has to be put right; `warning`: should be known, may pass by itself. */
  readonly severity: 'error' | 'warning';
  /** The name it was found at. */
  readonly name: string;
  /** What was seen, what it means and what to do. */
  readonly message: string;
}

export type FindingCode =
  | 'caa_forbids_amazon' | 'address_conflict' | 'proxy_in_front' | 'cname_loop' | 'cname_chain_too_long'
  | 'servfail' | 'timeout' | 'zone_not_found' | 'zone_doubled' | 'zone_in_value' | 'resolvers_disagree';
