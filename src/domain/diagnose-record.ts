import { addressOwner } from './address-owner.ts';
import { followCnames } from './cname-chain.ts';
import type { ObservedRecord, RecordDiagnosis, RecordState } from './dns-diagnosis.ts';
import type { DnsObservation } from './dns-observation.ts';
import { bestAnswer, foundValues } from './dns-observation.ts';
import { doubledName, wildcardOf, zoneOf } from './dns-questions.ts';
import type { Address, Judged, KnownRecord, Sight } from './observe-record.ts';
import { foreignAddresses, judge } from './observe-record.ts';
import type { RequiredRecord } from './required-records.ts';

/** What is there and what should be, in words. */
export function diagnoseRecord(record: RequiredRecord, domain: string, seen: DnsObservation): RecordDiagnosis {
  const { purpose, type, name, value } = record;
  if (name === undefined || value === undefined) {
    return {
      purpose, type, name: null, value: null, observed: [], state: 'pending',
      message: 'Amazon has not named the record that proves control yet. It usually takes a few seconds: look again.',
    };
  }
  const known = { ...record, name, value };
  const judged = judge(known, seen);
  const state = overall(judged);
  const told = judged.find((each) => each.state === state)
    ?? judged.find((each) => each.state !== 'correct' && each.state !== 'unknown');
  const sight: Sight = told?.sight ?? { kind: 'unknown', reason: 'there is no DNS server to ask' };
  const message = state === 'pending'
    ? `${name} is as it should be at some resolvers, but ${told?.resolver} still ${sees(sight)}: it was changed `
      + 'lately, and there is nothing to do but wait until the old answer has run out.'
    : messageOn(known, domain, seen, state, sight);
  return { purpose, type, name, value, observed: observedBy(judged), state, message };
}

/** Whether the record is there, but with the zone a second time behind its name. */
export function isDoubled({ type, name, value }: RequiredRecord, domain: string, seen: DnsObservation): boolean {
  if (name === undefined || value === undefined || type === 'ALIAS') return false;
  const isValue = (each: string) => each === value || each === `${value}.${zoneOf(domain)}`;
  const at = (where: string) => foundValues(bestAnswer(seen, type, where)).some(isValue);
  return at(doubledName(name, domain)) && !at(name) && !at(wildcardOf(domain));
}

/** For a record of which `isDoubled` holds. */
export function doubled({ name }: KnownRecord, domain: string): string {
  const zone = zoneOf(domain);
  return `The record is at ${doubledName(name, domain)} instead of ${name}: your DNS provider adds ${zone} to the name by `
    + `itself, so enter ${name.slice(0, -zone.length - 1)} there.`;
}

function overall(judged: readonly Judged[]): RecordState {
  const known = judged.filter(({ state }) => state !== 'unknown');
  const [first, ...others] = known;
  if (first === undefined) return 'unknown';
  if (others.every(({ state }) => state === first.state)) return first.state;
  return known.some(({ state }) => state === 'correct') ? 'pending' : first.state;
}

function messageOn(
  record: KnownRecord, domain: string, seen: DnsObservation, state: Exclude<RecordState, 'pending'>, sight: Sight,
): string {
  switch (state) {
    case 'correct': return correct(record, sight);
    case 'missing': return missing(record, domain, seen, sight);
    case 'wrong': return wrong(record, domain, seen, sight);
    case 'conflicting': return conflicting(record, seen, sight);
    case 'unknown': return unknown(record, sight);
  }
}

function correct({ name, value }: KnownRecord, sight: Sight): string {
  if (sight.kind === 'addresses') return `${name} has the addresses of ${value}, as it should.`;
  if (sight.kind === 'cname' && sight.value !== value) return `${name} leads to ${value} by way of ${sight.value}, as it should.`;
  return `${name} is as it should be.`;
}

function missing(record: KnownRecord, domain: string, seen: DnsObservation, sight: Sight): string {
  const { name, type } = record;
  if (isDoubled(record, domain, seen)) return doubled(record, domain);
  const nothing = sight.kind === 'nothing' && sight.noSuchName ? 'does not exist in DNS'
    : type === 'ALIAS' ? 'has no address' : `has no ${type} record`;
  return `${name} ${nothing}: ${toSet(record)}`;
}

function toSet({ type, name, value }: KnownRecord): string {
  if (type === 'ALIAS') {
    return `point it at ${value} with an ALIAS or ANAME record or CNAME flattening, whichever your DNS provider offers.`;
  }
  const quoted = type === 'TXT' ? `"${value}"` : value;
  return `add a ${type} record with the name ${name} and the value ${quoted} at your DNS provider.`;
}

function wrong({ name, value }: KnownRecord, domain: string, seen: DnsObservation, sight: Sight): string {
  if (sight.kind === 'texts') {
    return `${name} has the TXT ${sight.values.map((each) => `"${each}"`).join(', ')} and should have "${value}": `
      + 'add that value at your DNS provider.';
  }
  const there = sight.kind === 'cname' ? sight.value : '';
  const should = `${name} is a CNAME to ${there} and should be a CNAME to ${value}`;
  if (there === `${value}.${zoneOf(domain)}`) {
    return `${should}: your DNS provider added ${zoneOf(domain)} to the value, so enter the value with a dot at its end.`;
  }
  const { end, names } = followCnames(seen, name, value);
  if (end === 'loop') return `${should}: it leads in a circle (${names.join(' → ')}). Change its value at your DNS provider.`;
  return `${should}: change its value at your DNS provider.`;
}

function conflicting(record: KnownRecord, seen: DnsObservation, sight: Sight): string {
  const there = sight.kind === 'addresses' ? sight.values : [];
  const { name, purpose, type, value } = record;
  const owner = there.map((each) => addressOwner(each.value)).find((each) => each !== undefined);
  if (purpose !== 'routing' && owner !== undefined) {
    return `${name} answers with addresses of ${owner} (${list(there)}) and should be a CNAME to ${value}: turn the proxy `
      + 'off for this record, so that Amazon can see it.';
  }
  const foreign = purpose === 'routing' ? foreignAddresses(record, seen, there) : there;
  const types = [...new Set(foreign.map((each) => each.type))].join(' and ');
  const wanted = type === 'ALIAS' ? `lead to ${value}` : `be a CNAME to ${value}`;
  return `${name} has the address ${list(foreign)} and should ${wanted}: remove the ${types} record, and ${toSet(record)}`;
}

function unknown({ name, value }: KnownRecord, sight: Sight): string {
  if (sight.kind !== 'addresses') {
    const reason = sight.kind === 'unknown' ? sight.reason : '';
    return `${name} could not be looked up: ${reason}. Look again; if that stays so, ask your DNS provider.`;
  }
  const owner = sight.values.map((each) => addressOwner(each.value)).find((each) => each !== undefined);
  if (owner === 'CloudFront') {
    return `${name} has addresses of CloudFront (${list(sight.values)}), but not those that ${value} has now: that is usual `
      + `for an alias record, yet only you can see whether it names ${value}. Check it at your DNS provider.`;
  }
  if (owner !== undefined) {
    return `${name} answers with addresses of ${owner} (${list(sight.values)}), so a proxy seems to stand in front: whether `
      + `it leads to ${value} cannot be seen from outside. Turn the proxy off, or check there that it does.`;
  }
  return `${name} has the address ${list(sight.values)}, and what ${value} has could not be looked up to compare. Look again.`;
}

function sees(sight: Sight): string {
  switch (sight.kind) {
    case 'cname': return `has a CNAME to ${sight.value}`;
    case 'texts': return `has ${sight.values.map((each) => `"${each}"`).join(', ')}`;
    case 'addresses': return `has ${list(sight.values)}`;
    case 'nothing':
    case 'unknown': return 'has nothing there';
  }
}

function list(addresses: readonly Address[]): string {
  return addresses.map(({ value }) => value).join(', ');
}

function observedBy(judged: readonly Judged[]): ObservedRecord[] {
  const found = new Map<string, ObservedRecord>();
  for (const { resolver, sight } of judged) {
    for (const { type, value } of valuesOf(sight)) {
      const key = `${type} ${value}`;
      found.set(key, { type, value, resolvers: [...found.get(key)?.resolvers ?? [], resolver] });
    }
  }
  return [...found.values()];
}

function valuesOf(sight: Sight): readonly Pick<ObservedRecord, 'type' | 'value'>[] {
  switch (sight.kind) {
    case 'cname': return [{ type: 'CNAME', value: sight.value }];
    case 'texts': return sight.values.map((value) => ({ type: 'TXT', value }));
    case 'addresses': return sight.values;
    case 'nothing':
    case 'unknown': return [];
  }
}
