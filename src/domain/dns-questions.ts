import { parse } from 'tldts';
import { caaNames } from './caa-verdict.ts';
import type { DnsQuestion } from './dns-observation.ts';
import type { RequiredRecord } from './required-records.ts';

/** All that a diagnosis wants to know at once; where CNAMEs lead is asked for step by step. */
export function dnsQuestions(domain: string, records: readonly RequiredRecord[]): DnsQuestion[] {
  if (records.length === 0) return [];
  return [
    ...records.flatMap((record) => recordQuestions(record, domain)),
    ...caaNames(domain).map((name) => ({ type: 'CAA', name }) as const),
    { type: 'NS', name: zoneOf(domain) },
  ];
}

/** The name that was registered, which is a zone of its own. */
export function zoneOf(domain: string): string {
  const name = domain.replace(/^\*\./, '');
  return parse(name).domain ?? name;
}

/** What the name becomes at a provider that adds the zone to a name that has it already. */
export function doubledName(name: string, domain: string): string {
  return `${name}.${zoneOf(domain)}`;
}

export function wildcardOf(domain: string): string {
  return `*.${zoneOf(domain)}`;
}

function recordQuestions({ type, name, value, purpose }: RequiredRecord, domain: string): DnsQuestion[] {
  if (name === undefined || value === undefined) return [];
  if (type === 'TXT') return [{ type, name }, ...elsewhere(type, name, domain)];
  const there: DnsQuestion[] = [{ type: 'CNAME', name }, ...addresses(name)];
  if (purpose === 'routing') there.push(...addresses(value));
  return type === 'ALIAS' ? there : [...there, ...elsewhere(type, name, domain)];
}

/** Whether the name was doubled; a wildcard of the zone answers for doubled names as well. */
function elsewhere(type: 'CNAME' | 'TXT', name: string, domain: string): DnsQuestion[] {
  return [{ type, name: doubledName(name, domain) }, { type, name: wildcardOf(domain) }];
}

function addresses(name: string): DnsQuestion[] {
  return [{ type: 'A', name }, { type: 'AAAA', name }];
}
