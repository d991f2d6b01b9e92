import type { DnsAnswer } from './dns-answer.ts';

/** Any of these in a CAA record lets Amazon issue (ACM user guide, "Configure a CAA record"). */
const AMAZON = ['amazon.com', 'amazontrust.com', 'awstrust.com', 'amazonaws.com'];
const KNOWN_TAGS = ['issue', 'issuewild', 'iodef'];
const CRITICAL = 128;
const PROPERTY = /^(\d+)\s+(\S+)\s*(.*)$/;

export type CaaVerdict =
  | { readonly kind: 'allowed' }
  /** `at`: whose records decide, the name itself or the nearest above it that has any. */
  | { readonly kind: 'forbidden'; readonly at: string; readonly tag: string; readonly records: readonly string[] }
  | { readonly kind: 'unknown'; readonly at: string; readonly reason: string };

/** Whose CAA records may decide about a name, the nearest first (RFC 8659: up to the top of the tree). */
export function caaNames(domain: string): string[] {
  const labels = domain.replace(/^\*\./, '').split('.');
  return labels.map((_, skip) => labels.slice(skip).join('.'));
}

/** Whether CAA lets Amazon issue a certificate for the name. `answer` follows CNAMEs, as resolvers do. */
export function caaVerdict(domain: string, answer: (name: string) => DnsAnswer): CaaVerdict {
  for (const at of caaNames(domain)) {
    const seen = answer(at);
    if (seen.kind === 'unknown') return { kind: 'unknown', at, reason: seen.reason };
    if (seen.kind === 'found') return verdictOn(at, seen.values, domain.startsWith('*.'));
  }
  return { kind: 'allowed' };
}

function verdictOn(at: string, records: readonly string[], isWildcard: boolean): CaaVerdict {
  const properties = records.map(property);
  const critical = properties.find(({ flags, tag }) => flags >= CRITICAL && !KNOWN_TAGS.includes(tag));
  if (critical) return { kind: 'forbidden', at, tag: critical.tag, records };
  const wild = isWildcard ? properties.filter(({ tag }) => tag === 'issuewild') : [];
  const deciding = wild.length > 0 ? wild : properties.filter(({ tag }) => tag === 'issue');
  if (deciding.length === 0 || deciding.some(({ issuer }) => AMAZON.includes(issuer))) return { kind: 'allowed' };
  return { kind: 'forbidden', at, tag: wild.length > 0 ? 'issuewild' : 'issue', records };
}

/** `0 issue "amazon.com; validationmethods=dns"` names amazon.com; `0 issue ";"` names nobody. */
function property(record: string): { flags: number; tag: string; issuer: string } {
  const [, flags, tag, value] = PROPERTY.exec(record.trim()) ?? [];
  const issuer = (value ?? '').replaceAll('"', '').replace(/;.*$/s, '').trim().toLowerCase();
  return { flags: Number(flags ?? 0), tag: (tag ?? '').toLowerCase(), issuer };
}
