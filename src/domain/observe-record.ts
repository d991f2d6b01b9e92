import { addressOwner } from './address-owner.ts';
import { followCnames } from './cname-chain.ts';
import type { RecordState } from './dns-diagnosis.ts';
import type { DnsAnswer } from './dns-answer.ts';
import type { DnsObservation } from './dns-observation.ts';
import { answerOf, answering, foundValues } from './dns-observation.ts';
import { asksForMove } from './held-name.ts';
import type { RequiredRecord } from './required-records.ts';

/** A required record whose name and value are known. */
export type KnownRecord = RequiredRecord & { readonly name: string; readonly value: string };

export interface Address {
  readonly type: 'A' | 'AAAA';
  readonly value: string;
}

/** What one resolver has where the record should be. */
export type Sight =
  | { readonly kind: 'cname'; readonly value: string }
  | { readonly kind: 'texts'; readonly values: readonly string[] }
  | { readonly kind: 'addresses'; readonly values: readonly Address[] }
  | { readonly kind: 'nothing'; readonly noSuchName: boolean }
  | { readonly kind: 'unknown'; readonly reason: string };

/** What one resolver has there, and what that comes to. */
export interface Judged {
  readonly resolver: string;
  readonly sight: Sight;
  readonly state: Exclude<RecordState, 'pending'>;
}

/** The record as each resolver sees it. */
export function judge(record: KnownRecord, seen: DnsObservation): Judged[] {
  return answering(seen).map((resolver) => {
    const sight = sightOf(record, seen, resolver);
    return { resolver: seen.resolvers[resolver] ?? '', sight, state: stateOf(record, seen, sight) };
  });
}

/** Addresses that are neither those of the target nor anywhere else on CloudFront. */
export function foreignAddresses({ value }: KnownRecord, seen: DnsObservation, there: readonly Address[]): Address[] {
  const ours = addressesOf(seen, value);
  return there.filter((address) => !ours.has(address.value) && addressOwner(address.value) !== 'CloudFront');
}

function sightOf({ type, name }: KnownRecord, seen: DnsObservation, resolver: number): Sight {
  const ask = (asked: 'TXT' | 'CNAME' | 'A' | 'AAAA') => answerOf(seen, resolver, asked, name);
  if (type === 'TXT') {
    const texts = ask('TXT');
    return texts.kind === 'found' ? { kind: 'texts', values: texts.values } : nothingOr(texts);
  }
  const cname = ask('CNAME');
  const [value] = foundValues(cname);
  if (value !== undefined) return { kind: 'cname', value };
  if (cname.kind === 'unknown') return nothingOr(cname);
  const [v4, v6] = [ask('A'), ask('AAAA')];
  const values: Address[] = [
    ...foundValues(v4).map((each) => ({ type: 'A', value: each }) as const),
    ...foundValues(v6).map((each) => ({ type: 'AAAA', value: each }) as const),
  ];
  if (values.length > 0) return { kind: 'addresses', values };
  return nothingOr(v4.kind === 'unknown' ? v4 : v6.kind === 'unknown' ? v6 : cname);
}

function nothingOr(answer: DnsAnswer): Sight {
  if (answer.kind === 'unknown') return { kind: 'unknown', reason: answer.reason };
  return { kind: 'nothing', noSuchName: answer.kind === 'absent' && answer.noSuchName === true };
}

function stateOf(record: KnownRecord, seen: DnsObservation, sight: Sight): Judged['state'] {
  switch (sight.kind) {
    case 'unknown': return 'unknown';
    case 'nothing': return 'missing';
    case 'texts': return sight.values.some((text) => isSaid(record, text)) ? 'correct' : 'wrong';
    case 'cname': return leadsTo(record, seen, sight.value) ? 'correct' : 'wrong';
    case 'addresses': return stateOfAddresses(record, seen, sight.values);
  }
}

function isSaid({ purpose, value }: KnownRecord, text: string): boolean {
  return purpose === 'move' ? asksForMove(text, value) : text === value;
}

/** A validation record is compared as it stands; visitors are led on by any chain. */
function leadsTo({ purpose, value }: KnownRecord, seen: DnsObservation, next: string): boolean {
  return next === value || (purpose === 'routing' && followCnames(seen, next, value).end === 'target');
}

function stateOfAddresses(record: KnownRecord, seen: DnsObservation, there: readonly Address[]): Judged['state'] {
  if (record.purpose !== 'routing') return 'conflicting';
  const foreign = foreignAddresses(record, seen, there);
  const ours = addressesOf(seen, record.value);
  if (foreign.length === 0) return there.some(({ value }) => ours.has(value)) ? 'correct' : 'unknown';
  // Behind a proxy, and while the target's own addresses are not known, the way on cannot be seen.
  const hidden = ours.size === 0 && !targetIsKnown(seen, record.value);
  return hidden || foreign.every(({ value }) => addressOwner(value) !== undefined) ? 'unknown' : 'conflicting';
}

function addressesOf(seen: DnsObservation, name: string): Set<string> {
  return new Set(answering(seen).flatMap((resolver) => (
    [...foundValues(answerOf(seen, resolver, 'A', name)), ...foundValues(answerOf(seen, resolver, 'AAAA', name))]
  )));
}

function targetIsKnown(seen: DnsObservation, name: string): boolean {
  return answering(seen).some((resolver) => answerOf(seen, resolver, 'A', name).kind !== 'unknown');
}
