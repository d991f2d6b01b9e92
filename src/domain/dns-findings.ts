import { addressOwner } from './address-owner.ts';
import { caaVerdict } from './caa-verdict.ts';
import { followCnames, MOST_HOPS } from './cname-chain.ts';
import type { DnsType } from './dns-answer.ts';
import type { DnsFinding } from './dns-diagnosis.ts';
import type { DnsObservation } from './dns-observation.ts';
import { answerOf, answering, bestAnswer, foundValues } from './dns-observation.ts';
import { dnsQuestions, doubledName, zoneOf } from './dns-questions.ts';
import { doubled, isDoubled } from './diagnose-record.ts';
import type { KnownRecord } from './observe-record.ts';
import { foreignAddresses, judge } from './observe-record.ts';
import type { RequiredRecord } from './required-records.ts';

/** What is in the way beside the records themselves, or explains why they are not right. */
export function dnsFindings(domain: string, records: readonly RequiredRecord[], seen: DnsObservation): DnsFinding[] {
  if (records.length === 0) return [];
  const known = records.filter((record): record is KnownRecord => record.name !== undefined && record.value !== undefined);
  return [
    ...zone(domain, seen),
    ...failures(domain, records, seen),
    ...caa(domain, seen),
    ...known.flatMap((record) => [
      ...chain(record, seen), ...spelling(record, domain, seen), ...addresses(record, seen), ...disagreement(record, seen),
    ]),
  ];
}

function zone(domain: string, seen: DnsObservation): DnsFinding[] {
  const name = zoneOf(domain);
  const answer = bestAnswer(seen, 'NS', name);
  if (answer.kind !== 'absent' || !answer.noSuchName) return [];
  return [{
    code: 'zone_not_found', severity: 'error', name,
    message: `${name} does not exist in DNS: check its spelling, that it is registered and paid for, and that its name `
      + 'servers are set at the registrar.',
  }];
}

/** Names at which a resolver failed; an error where every one of them did, so that nothing was found. */
function failures(domain: string, records: readonly RequiredRecord[], seen: DnsObservation): DnsFinding[] {
  const findings = new Map<string, DnsFinding>();
  for (const { type, name } of dnsQuestions(domain, records)) {
    if (isBesideTheCname(type, name, seen)) continue;
    const failed = answering(seen).flatMap((resolver) => {
      const answer = answerOf(seen, resolver, type, name);
      return answer.kind === 'unknown' ? [{ resolver, ...answer }] : [];
    });
    const [first] = failed;
    if (!first) continue;
    const code = failed.some(({ fault }) => fault === 'servfail') ? 'servfail' : 'timeout';
    const everywhere = failed.length === answering(seen).length;
    const key = `${code} ${name}`;
    if (findings.get(key)?.severity === 'error' || (findings.has(key) && !everywhere)) continue;
    const who = failed.map(({ resolver }) => seen.resolvers[resolver]).join(', ');
    findings.set(key, {
      code, severity: everywhere ? 'error' : 'warning', name,
      message: `The question for ${type} of ${name} failed at ${everywhere ? 'every resolver asked' : who} `
        + `(${first.reason}): ${code === 'servfail'
          ? 'the name servers of the zone fail, or its DNSSEC is broken. Ask your DNS provider.'
          : 'look again; if that stays so, check the name servers of the zone.'}`,
    });
  }
  return [...findings.values()];
}

/** A CNAME makes addresses of its own needless, and one that never ends makes every other question fail. */
function isBesideTheCname(type: DnsType, name: string, seen: DnsObservation): boolean {
  if (type === 'A' || type === 'AAAA') return bestAnswer(seen, 'CNAME', name).kind === 'found';
  return type === 'CAA' && ['loop', 'too_long'].includes(followCnames(seen, name, undefined).end);
}

function caa(domain: string, seen: DnsObservation): DnsFinding[] {
  const verdict = caaVerdict(domain, (name) => bestAnswer(seen, 'CAA', name));
  if (verdict.kind !== 'forbidden') return [];
  const { at, tag, records } = verdict;
  const wanted = tag === 'issuewild' ? 'issuewild' : 'issue';
  return [{
    code: 'caa_forbids_amazon', severity: 'error', name: at,
    message: `The CAA records of ${at} (${records.join(', ')}) do not let Amazon issue a certificate for ${domain}: add the `
      + `CAA record 0 ${wanted} "amazon.com" at ${at}${tag === wanted ? '' : ` and take out the one with the tag ${tag}`}, `
      + 'or remove them all.',
  }];
}

function chain({ name, value, type }: KnownRecord, seen: DnsObservation): DnsFinding[] {
  if (type === 'TXT') return [];
  const { end, names } = followCnames(seen, name, value);
  if (end === 'loop') {
    return [{
      code: 'cname_loop', severity: 'error', name,
      message: `The CNAMEs of ${name} lead in a circle (${names.join(' → ')}), so nobody reaches it: let it lead to ${value}.`,
    }];
  }
  if (end !== 'too_long') return [];
  return [{
    code: 'cname_chain_too_long', severity: 'error', name,
    message: `More than ${MOST_HOPS} CNAMEs follow one another from ${name} (${names.join(' → ')}), and resolvers give up: `
      + `let it lead to ${value} at once.`,
  }];
}

/** What providers do to names and values on their own. */
function spelling(record: KnownRecord, domain: string, seen: DnsObservation): DnsFinding[] {
  const { name, value, type } = record;
  const added = zoneOf(domain);
  if (isDoubled(record, domain, seen)) {
    return [{
      code: 'zone_doubled', severity: 'error', name: doubledName(name, domain), message: doubled(record, domain),
    }];
  }
  if (type === 'TXT' || !foundValues(bestAnswer(seen, 'CNAME', name)).includes(`${value}.${added}`)) return [];
  return [{
    code: 'zone_in_value', severity: 'error', name,
    message: `The CNAME of ${name} leads to ${value}.${added}: your DNS provider adds ${added} to the value by itself, so enter `
      + `${value}. with a dot at its end.`,
  }];
}

function addresses(record: KnownRecord, seen: DnsObservation): DnsFinding[] {
  const there = judge(record, seen).flatMap(({ sight }) => (sight.kind === 'addresses' ? sight.values : []));
  const foreign = record.purpose === 'routing' ? foreignAddresses(record, seen, there) : there;
  const values = [...new Set(foreign.map(({ value }) => value))];
  const [first] = values;
  if (first === undefined) return [];
  const { name, value, purpose } = record;
  const owner = values.map(addressOwner).find((each) => each !== undefined);
  if (owner !== undefined) {
    return [{
      code: 'proxy_in_front', severity: purpose === 'routing' ? 'warning' : 'error', name,
      message: `${name} answers with ${values.join(', ')}. By its published ranges that is ${owner}, so a proxy seems to stand in `
        + `front of it, and a CNAME behind it cannot be seen from outside. Turn the proxy off for this name`
        + `${purpose === 'routing' ? `, or make sure there that it leads to ${value}.` : '.'}`,
    }];
  }
  return [{
    code: 'address_conflict', severity: 'error', name,
    message: `${name} has ${values.join(', ')}, which ${values.length > 1 ? 'are addresses' : 'is an address'} of neither `
      + `${value} nor CloudFront: remove the A and AAAA records that say so.`,
  }];
}

/** Only values that are the same everywhere are compared: addresses differ from place to place. */
function disagreement(record: KnownRecord, seen: DnsObservation): DnsFinding[] {
  if (record.type === 'ALIAS') return [];
  const said = answering(seen).flatMap((resolver) => {
    const answer = answerOf(seen, resolver, record.type === 'TXT' ? 'TXT' : 'CNAME', record.name);
    if (answer.kind === 'unknown') return [];
    return [{ who: seen.resolvers[resolver] ?? '', what: [...foundValues(answer)].sort().join(', ') || 'nothing' }];
  });
  if (new Set(said.map(({ what }) => what)).size < 2) return [];
  return [{
    code: 'resolvers_disagree', severity: 'warning', name: record.name,
    message: `Resolvers disagree about ${record.name} (${said.map(({ who, what }) => `${who} sees ${what}`).join('; ')}): an old `
      + 'answer is still cached somewhere, or the name servers of the zone differ. Look again in an hour.',
  }];
}
