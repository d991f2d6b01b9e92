import t from 'tap';
import { addressOwner } from '../../src/domain/address-owner.ts';
import { caaVerdict } from '../../src/domain/caa-verdict.ts';
import { followCnames } from '../../src/domain/cname-chain.ts';
import type { CustomDomain } from '../../src/domain/custom-domain.ts';
import { diagnoseDns } from '../../src/domain/diagnose-dns.ts';
import type { DnsAnswer } from '../../src/domain/dns-answer.ts';
import type { FindingCode, RecordState } from '../../src/domain/dns-diagnosis.ts';
import type { DnsObservation } from '../../src/domain/dns-observation.ts';
import { dnsQuestions, zoneOf } from '../../src/domain/dns-questions.ts';
import { withChanges } from '../../src/domain/domain-step.ts';
import type { Hostname } from '../../src/domain/hostname.ts';
import type { RequiredRecord } from '../../src/domain/required-records.ts';
import { requiredRecords } from '../../src/domain/required-records.ts';

const TARGET = 'd111.cloudfront.net';
const PROOF = '_x.shop.example.com';
const PROVEN = '_y.acm-validations.aws';
const NOW = 10_000_000_000;

const found = (...values: string[]): DnsAnswer => ({ kind: 'found', values });
const ABSENT: DnsAnswer = { kind: 'absent' };
const NO_NAME: DnsAnswer = { kind: 'absent', noSuchName: true };
const SERVFAIL: DnsAnswer = { kind: 'unknown', reason: 'the DNS server failed (SERVFAIL)', fault: 'servfail' };
const TIMEOUT: DnsAnswer = { kind: 'unknown', reason: 'the DNS server did not answer in time', fault: 'timeout' };

/** By question, such as `CNAME www.example.com`; an array is one answer a resolver. */
type World = Readonly<Record<string, DnsAnswer | readonly (DnsAnswer | undefined)[]>>;

const RIGHT: World = {
  [`CNAME ${PROOF}`]: found(PROVEN), 'CNAME shop.example.com': found(TARGET), [`A ${TARGET}`]: found('13.32.1.1', '13.32.1.2'),
  [`AAAA ${TARGET}`]: found('2600:9000::1'),
};

function domain(name = 'shop.example.com', changes: Parameters<typeof withChanges>[1] = {}): CustomDomain {
  return withChanges({
    domainId: 'dom_1', projectId: 'p', domain: name as Hostname, distributionId: 'E1', distributionDomain: TARGET,
    desired: 'present', phase: 'validating', certificateGeneration: 1, certificateStatus: 'PENDING_VALIDATION',
    cloudFrontStatus: 'not_attached', validation: { name: `_x.${name.replace('*.', '')}`, type: 'CNAME', value: PROVEN },
    createdAt: 1, updatedAt: 1, revision: 1, attempts: 0, dueAt: NOW + 5,
  }, changes);
}

/** Questions that are asked and not in `world` are answered with "no such record". */
function observe(
  record: CustomDomain, world: World, required = requiredRecords(record), resolvers: readonly string[] = ['own'],
): DnsObservation {
  const keys = [...dnsQuestions(record.domain, required).map(({ type, name }) => `${type} ${name}`), ...Object.keys(world)];
  return { resolvers, answers: Object.fromEntries(keys.map((key) => {
    const given = world[key] ?? ABSENT;
    return [key, Array.isArray(given) ? given as DnsAnswer[] : resolvers.map(() => given as DnsAnswer)];
  })) };
}

interface Line {
  readonly what: string;
  readonly domain?: CustomDomain;
  readonly required?: readonly RequiredRecord[];
  readonly world: World;
  readonly resolvers?: readonly string[];
  /** Of each record, in order. */
  readonly states: readonly RecordState[];
  readonly findings?: readonly FindingCode[];
  readonly ok?: boolean;
  readonly summary?: RegExp | string;
}

function check(t: Tap, { what, domain: record = domain(), world, resolvers, states, findings = [], ok = false, ...line }: Line) {
  const required = [...line.required ?? requiredRecords(record)];
  const diagnosis = diagnoseDns(record, required, observe(record, world, required, resolvers), NOW);
  t.same(diagnosis.records.map(({ state }) => state), states, what);
  t.same(diagnosis.findings.map(({ code }) => code), findings, `${what}: findings`);
  t.equal(diagnosis.ok, ok, `${what}: ok`);
  if (line.summary !== undefined) t.match(diagnosis.summary, line.summary);
  for (const { message } of [...diagnosis.records, ...diagnosis.findings]) t.match(message, /^[^\n]+\.$/);
  return diagnosis;
}

type Tap = Pick<typeof t, 'same' | 'equal' | 'match'>;

void t.test('what is where the records should be', async (t) => {
  const lines: Line[] = [
    { what: 'all is right', world: RIGHT, states: ['correct', 'correct'], ok: true,
      summary: 'The DNS of shop.example.com is as it should be.' },
    { what: 'nothing is set', world: {}, states: ['missing', 'missing'],
      summary: `${PROOF} has no CNAME record: add a CNAME record with the name ${PROOF} and the value ${PROVEN} at your DNS provider.` },
    { what: 'the name does not exist', world: { ...RIGHT, [`CNAME ${PROOF}`]: NO_NAME }, states: ['missing', 'correct'],
      summary: /^_x\.shop\.example\.com does not exist in DNS: add a CNAME/ },
    { what: 'a wrong CNAME', world: { ...RIGHT, 'CNAME shop.example.com': found('old.example.net') }, states: ['correct', 'wrong'],
      summary: `shop.example.com is a CNAME to old.example.net and should be a CNAME to ${TARGET}: change its value at your DNS provider.` },
    { what: 'a wrong one is told of before a missing one', world: { 'CNAME shop.example.com': found('old.example.net') },
      states: ['missing', 'wrong'], summary: /^shop\.example\.com is a CNAME to old\.example\.net and should be/ },
    { what: 'a chain that ends well', states: ['correct', 'correct'], ok: true,
      world: { ...RIGHT, 'CNAME shop.example.com': found('cdn.example.com'), 'CNAME cdn.example.com': found(TARGET) } },
    { what: 'a validation record has to be there itself', states: ['wrong', 'correct'],
      world: { ...RIGHT, [`CNAME ${PROOF}`]: found('cdn.example.com'), 'CNAME cdn.example.com': found(PROVEN) } },
    { what: 'Amazon has not named the record', domain: domain('shop.example.com', { validation: undefined }), world: RIGHT,
      states: ['pending', 'correct'], summary: /^Amazon has not named the record/ },
    { what: 'a domain that goes needs nothing', domain: domain('shop.example.com', { desired: 'absent' }), world: {}, states: [],
      ok: true, summary: /is being deleted: remove its DNS records/ },
  ];
  for (const line of lines) check(t, line);
  t.match(check(t, lines[3] as Line), {
    status: 'pending_validation', statusMessage: /Set it/, checkedAt: NOW, nextCheckAt: NOW + 5,
    cnameChain: ['shop.example.com', 'old.example.net'], resolvers: [{ name: 'own', answered: true }],
    records: [{ purpose: 'validation' }, {
      purpose: 'routing', type: 'CNAME', name: 'shop.example.com', value: TARGET,
      observed: [{ type: 'CNAME', value: 'old.example.net', resolvers: ['own'] }],
    }],
  });
});

void t.test('addresses where a CNAME should be', async (t) => {
  const routed = (a: DnsAnswer, aaaa: DnsAnswer = ABSENT, more: World = {}): World => (
    { ...RIGHT, 'CNAME shop.example.com': ABSENT, 'A shop.example.com': a, 'AAAA shop.example.com': aaaa, ...more }
  );
  for (const line of [
    { what: 'an A record of another server', world: routed(found('192.0.2.1')), states: ['correct', 'conflicting'],
      findings: ['address_conflict'],
      summary: `shop.example.com has the address 192.0.2.1 and should be a CNAME to ${TARGET}: remove the A record, and add a CNAME `
        + `record with the name shop.example.com and the value ${TARGET} at your DNS provider.` },
    { what: 'an AAAA record left over', world: routed(found('13.32.1.1'), found('2001:db8::1')), states: ['correct', 'conflicting'],
      findings: ['address_conflict'], summary: /has the address 2001:db8::1 .*remove the AAAA record/ },
    { what: 'the target\'s own addresses', world: routed(found('13.32.1.2'), found('2600:9000::1')), states: ['correct', 'correct'],
      ok: true },
    { what: 'other addresses of CloudFront', world: routed(found('99.84.3.3')), states: ['correct', 'unknown'],
      summary: /addresses of CloudFront \(99\.84\.3\.3\).*only you can see/ },
    { what: 'a proxy in front', world: routed(found('104.16.1.1'), found('2606:4700::1')), states: ['correct', 'unknown'],
      findings: ['proxy_in_front'], summary: /addresses of Cloudflare .*seems to stand in front.*cannot be seen from outside/ },
    { what: 'a proxy in front of the validation record', states: ['conflicting', 'correct'], findings: ['proxy_in_front'],
      world: { ...RIGHT, [`CNAME ${PROOF}`]: ABSENT, [`A ${PROOF}`]: found('172.67.1.1') }, summary: /turn the proxy off for this record/ },
    { what: 'an address in place of the validation record', states: ['conflicting', 'correct'], findings: ['address_conflict'],
      world: { ...RIGHT, [`CNAME ${PROOF}`]: ABSENT, [`A ${PROOF}`]: found('192.0.2.9') },
      summary: /has the address 192\.0\.2\.9 and should be a CNAME to _y/ },
    { what: 'the target cannot be looked up to compare', states: ['correct', 'unknown'], findings: ['servfail', 'address_conflict'],
      world: routed(found('192.0.2.1'), ABSENT, { [`A ${TARGET}`]: SERVFAIL, [`AAAA ${TARGET}`]: ABSENT }) },
    { what: 'addresses that cannot be looked up', world: routed(SERVFAIL), states: ['correct', 'unknown'], findings: ['servfail'] },
    { what: 'only one kind of address is known', world: routed(ABSENT, TIMEOUT), states: ['correct', 'unknown'], findings: ['timeout'] },
  ] as Line[]) check(t, line);
});

void t.test('the top of a zone, which can have no CNAME', async (t) => {
  const apex = domain('example.com');
  const proven: World = { ...RIGHT, 'CNAME _x.example.com': found(PROVEN) };
  for (const line of [
    { what: 'nothing there', world: proven, states: ['correct', 'missing'],
      summary: /^example\.com has no address: point it at d111\.cloudfront\.net with an ALIAS or ANAME record/ },
    { what: 'an alias', world: { ...proven, 'A example.com': found('13.32.1.1', '13.32.1.2') }, states: ['correct', 'correct'], ok: true },
    { what: 'another server', world: { ...proven, 'A example.com': found('192.0.2.1'), 'AAAA example.com': found('2001:db8::2') },
      states: ['correct', 'conflicting'], findings: ['address_conflict'],
      summary: /has the address 192\.0\.2\.1, 2001:db8::2 and should lead to d111\.cloudfront\.net: remove the A and AAAA record/ },
    { what: 'a CNAME all the same', world: { ...proven, 'CNAME example.com': found(TARGET) }, states: ['correct', 'correct'], ok: true },
  ] as Line[]) check(t, { ...line, domain: apex });
});

void t.test('what providers do to names and values', async (t) => {
  check(t, { what: 'the zone doubled', world: { ...RIGHT, [`CNAME ${PROOF}`]: NO_NAME, [`CNAME ${PROOF}.example.com`]: found(PROVEN) },
    states: ['missing', 'correct'], findings: ['zone_doubled'],
    summary: `The record is at ${PROOF}.example.com instead of ${PROOF}: your DNS provider adds example.com to the name by itself, so `
      + 'enter _x.shop there.' });
  check(t, { what: 'somebody else\'s record there', states: ['missing', 'correct'],
    world: { ...RIGHT, [`CNAME ${PROOF}`]: NO_NAME, [`CNAME ${PROOF}.example.com`]: found('other.example.net') } });
  const wild: World = { 'CNAME *.example.com': found(TARGET), 'CNAME shop.example.com.example.com': found(TARGET) };
  check(t, { what: 'a wildcard that answers for the doubled name too', states: ['correct', 'missing'],
    world: { ...RIGHT, ...wild, 'CNAME shop.example.com': ABSENT } });
  check(t, { what: 'a right record and a doubled one beside it', states: ['correct', 'correct'], ok: true,
    world: { ...RIGHT, [`CNAME ${PROOF}.example.com`]: found(PROVEN) } });
  check(t, { what: 'the zone added to the value', world: { ...RIGHT, [`CNAME ${PROOF}`]: found(`${PROVEN}.example.com`) },
    states: ['wrong', 'correct'], findings: ['zone_in_value'], summary: /enter the value with a dot at its end\.$/ });
});

void t.test('a TXT that asks for the move of a name', async (t) => {
  const held = { target: TARGET };
  const record = domain('shop.example.com', { phase: 'joining', held });
  const elsewhere = { ...RIGHT, 'CNAME shop.example.com': found('d999.cloudfront.net') };
  for (const line of [
    { what: 'is missing, and told of before anything about visitors', world: elsewhere, states: ['correct', 'missing', 'wrong'],
      summary: `_shop.example.com has no TXT record: add a TXT record with the name _shop.example.com and the value "${TARGET}" at your DNS provider.` },
    { what: 'has another value', world: { ...RIGHT, 'TXT _shop.example.com': found('d999.cloudfront.net') }, states: ['correct', 'wrong', 'correct'],
      summary: `_shop.example.com has the TXT "d999.cloudfront.net" and should have "${TARGET}": add that value at your DNS provider.` },
    { what: 'is there, spelt otherwise', world: { ...elsewhere, 'TXT _shop.example.com': found('D111.CloudFront.net.') },
      states: ['correct', 'correct', 'wrong'], summary: /^shop\.example\.com is a CNAME to d999/ },
  ] as Line[]) check(t, { ...line, domain: record });
  const overlapped = { ...held, holder: { name: '*.example.com', kind: 'distribution', id: '*1', accountId: '*2', sameAccount: false } as const };
  for (const without of [{ held: overlapped, phase: 'joining' }, { held, phase: 'active' }, { phase: 'joining' }] as const) {
    t.same(requiredRecords(domain('shop.example.com', without)).map(({ purpose }) => purpose), ['validation', 'routing']);
  }
});

void t.test('a TXT that proves ownership', async (t) => {
  const required: RequiredRecord[] = [{ purpose: 'ownership', type: 'TXT', name: '_anchor-challenge.shop.example.com', value: 'T0ken' }];
  const at = (...values: string[]): World => ({ 'TXT _anchor-challenge.shop.example.com': found(...values) });
  for (const line of [
    { what: 'among others', world: at('v=spf1', 'T0ken'), states: ['correct'], ok: true },
    { what: 'another', world: at('t0ken'), states: ['wrong'], summary: /has the TXT "t0ken" and should have "T0ken": add/ },
    { what: 'none', world: {}, states: ['missing'], summary: /has no TXT record: add a TXT record .* the value "T0ken"/ },
    { what: 'unseen', world: { 'TXT _anchor-challenge.shop.example.com': SERVFAIL }, states: ['unknown'], findings: ['servfail'] },
    { what: 'doubled', world: { 'TXT _anchor-challenge.shop.example.com.example.com': found('T0ken') }, states: ['missing'],
      findings: ['zone_doubled'] },
    { what: 'seen by some', states: ['pending'], findings: ['resolvers_disagree'], resolvers: ['own', '1.1.1.1'],
      world: { 'TXT _anchor-challenge.shop.example.com': [found('old'), found('T0ken')] }, summary: /own still has "old"/ },
  ] as Line[]) check(t, { ...line, required });
});

void t.test('CAA', async (t) => {
  const forbids: World = { ...RIGHT, 'CAA example.com': found('0 issue letsencrypt.org') };
  check(t, { what: 'only others', world: forbids, states: ['correct', 'correct'], findings: ['caa_forbids_amazon'],
    summary: 'The CAA records of example.com (0 issue letsencrypt.org) do not let Amazon issue a certificate for shop.example.com: add '
      + 'the CAA record 0 issue "amazon.com" at example.com, or remove them all.' });
  check(t, { what: 'the nearest decides', world: { ...forbids, 'CAA shop.example.com': found('0 issue amazontrust.com') },
    states: ['correct', 'correct'], ok: true });
  const at = (records: Record<string, DnsAnswer>) => (name: string) => records[name] ?? ABSENT;
  for (const [name, records, kind] of [
    ['a.b.example.com', {}, 'allowed'],
    ['a.b.example.com', { com: found('0 issue ";"') }, 'forbidden'],
    ['a.example.com', { 'example.com': found('0 issue "amazon.com; validationmethods=dns-01"') }, 'allowed'],
    ['a.example.com', { 'example.com': found('0 issue x.org', '0 issue AWSTRUST.com') }, 'allowed'],
    ['a.example.com', { 'example.com': found('0 issue amazonaws.com') }, 'allowed'],
    ['a.example.com', { 'example.com': found('0 issue notamazon.com') }, 'forbidden'],
    ['a.example.com', { 'example.com': found('0 iodef mailto:a@example.com') }, 'allowed'],
    ['a.example.com', { 'example.com': found('0 issuewild x.org') }, 'allowed'],
    ['*.example.com', { 'example.com': found('0 issue amazon.com', '0 issuewild x.org') }, 'forbidden'],
    ['*.example.com', { 'example.com': found('0 issue x.org', '0 issuewild amazon.com') }, 'allowed'],
    ['*.example.com', { 'example.com': found('0 issue x.org') }, 'forbidden'],
    ['a.example.com', { 'example.com': found('128 tbs unknown', '0 issue amazon.com') }, 'forbidden'],
    ['a.example.com', { 'example.com': found('???') }, 'allowed'],
    ['a.example.com', { 'a.example.com': SERVFAIL, 'example.com': found('0 issue x.org') }, 'unknown'],
  ] as const) {
    t.equal(caaVerdict(name, at(records)).kind, kind, `${name} ${JSON.stringify(records)}`);
  }
  const wild = { ...RIGHT, 'CNAME _x.example.com': found(PROVEN), 'CNAME *.example.com': found(TARGET) };
  check(t, { what: 'wildcards have a tag of their own', domain: domain('*.example.com'), states: ['correct', 'correct'],
    findings: ['caa_forbids_amazon'], world: { ...wild, 'CAA example.com': found('0 issuewild ;') }, summary: /0 issuewild "amazon\.com" at/ });
  check(t, { what: 'a tag nobody knows', states: ['correct', 'correct'], findings: ['caa_forbids_amazon'],
    world: { ...RIGHT, 'CAA example.com': found('128 tbs x') }, summary: /take out the one with the tag tbs/ });
});

void t.test('CNAMEs that never end', async (t) => {
  check(t, { what: 'a circle', states: ['correct', 'wrong'], findings: ['cname_loop'],
    world: { ...RIGHT, 'CNAME shop.example.com': found('b.example.com'), 'CNAME b.example.com': found('shop.example.com'),
      'A shop.example.com': SERVFAIL, 'AAAA shop.example.com': SERVFAIL, 'CAA shop.example.com': SERVFAIL },
    summary: /leads in a circle \(shop\.example\.com → b\.example\.com → shop\.example\.com\)/ });
  const hops = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`CNAME n${at}.example.com`, found(`n${at + 1}.example.com`)]));
  const long = check(t, { what: 'too many', states: ['correct', 'wrong'], findings: ['cname_chain_too_long'],
    world: { ...RIGHT, ...hops, 'CNAME shop.example.com': found('n0.example.com') } });
  t.equal(long.cnameChain.length, 10);
  const seen = { resolvers: ['own'], answers: {} };
  t.same(followCnames(seen, 'a', 'a'), { names: ['a'], end: 'target' });
});

void t.test('zones and servers that fail', async (t) => {
  check(t, { what: 'the zone does not exist', world: { 'NS example.com': NO_NAME, [`CNAME ${PROOF}`]: NO_NAME, 'CNAME shop.example.com': NO_NAME },
    states: ['missing', 'missing'], findings: ['zone_not_found'], summary: /^example\.com does not exist in DNS: check its spelling/ });
  check(t, { what: 'SERVFAIL', world: { ...RIGHT, 'CNAME shop.example.com': SERVFAIL }, states: ['correct', 'unknown'], findings: ['servfail'],
    summary: /CNAME of shop\.example\.com failed at every resolver asked \(the DNS server failed \(SERVFAIL\)\)/ });
  check(t, { what: 'no answer in time', world: { ...RIGHT, [`CNAME ${PROOF}`]: [undefined] }, states: ['unknown', 'correct'], findings: ['timeout'] });
  const two = ['own', '1.1.1.1'];
  check(t, { what: 'SERVFAIL at one of two, as with broken DNSSEC', states: ['correct', 'correct'], findings: ['servfail'], ok: true,
    world: { ...RIGHT, 'CNAME shop.example.com': [found(TARGET), SERVFAIL] }, resolvers: two });
  const often = check(t, { what: 'told once a name, the worst first', resolvers: two, states: ['correct', 'unknown'], findings: ['servfail'],
    world: { ...RIGHT, 'CNAME shop.example.com': [SERVFAIL, SERVFAIL], 'A shop.example.com': [ABSENT, SERVFAIL] } });
  t.match(often.findings, [{ severity: 'error', name: 'shop.example.com', message: /question for CNAME/ }]);
  const deaf = Object.fromEntries(dnsQuestions('shop.example.com', requiredRecords(domain())).map(({ type, name }) => (
    [`${type} ${name}`, [RIGHT[`${type} ${name}`] as DnsAnswer ?? ABSENT, TIMEOUT]]
  )));
  const unreachable = check(t, { what: 'a resolver that cannot be reached says nothing of the domain', world: deaf, resolvers: two,
    states: ['correct', 'correct'], ok: true });
  t.same(unreachable.resolvers, [{ name: 'own', answered: true }, { name: '1.1.1.1', answered: false }]);
  const silent = diagnoseDns(domain(), requiredRecords(domain()), { resolvers: ['own'], answers: {} }, NOW);
  t.same(silent.records.map(({ state }) => state), ['unknown', 'unknown']);
  t.match(silent.resolvers, [{ answered: false }]);
  t.match(silent.summary, /did not answer in time/);
});

void t.test('resolvers that disagree', async (t) => {
  const resolvers = ['own', '1.1.1.1', '8.8.8.8'];
  for (const [what, old, words] of [
    ['another value', { 'CNAME shop.example.com': [found(TARGET), found('old.example.net'), found(TARGET)] }, /has a CNAME to old/],
    ['nothing', { 'CNAME shop.example.com': [found(TARGET), ABSENT, found(TARGET)] }, /has nothing there/],
    ['addresses', { 'CNAME shop.example.com': [found(TARGET), ABSENT, found(TARGET)], 'A shop.example.com': found('13.32.1.1'),
      [`A ${TARGET}`]: ABSENT, [`AAAA ${TARGET}`]: ABSENT }, undefined],
  ] as const) {
    const line = { what, resolvers, world: { ...RIGHT, ...old }, findings: ['resolvers_disagree'] as FindingCode[] };
    if (words) check(t, { ...line, states: ['correct', 'pending'], summary: words });
    else check(t, { ...line, states: ['correct', 'correct'], ok: true });
  }
  check(t, { what: 'one sees addresses, one nothing at all, one is right', resolvers, states: ['correct', 'pending'],
    world: { ...RIGHT, 'CNAME shop.example.com': [SERVFAIL, found(TARGET), ABSENT], 'A shop.example.com': [SERVFAIL, ABSENT, found('192.0.2.1')] },
    findings: ['servfail', 'address_conflict', 'resolvers_disagree'], summary: /192\.0\.2\.1, which is an address of neither/ });
  const both = check(t, { what: 'none is right', resolvers: resolvers.slice(1), states: ['correct', 'wrong'],
    world: { ...RIGHT, 'CNAME shop.example.com': [found('a.example.net'), ABSENT] }, findings: ['resolvers_disagree'] });
  t.match(both.findings[0]?.message, /1\.1\.1\.1 sees a\.example\.net; 8\.8\.8\.8 sees nothing/);
});

void t.test('whose addresses, whose zone', async (t) => {
  t.equal(addressOwner('104.21.3.4'), 'Cloudflare');
  t.equal(addressOwner('2606:4700:10::1'), 'Cloudflare');
  t.equal(addressOwner('151.101.1.1'), 'Fastly');
  t.equal(addressOwner('45.60.1.1'), 'Imperva');
  t.equal(addressOwner('2600:9000:1::1'), 'CloudFront');
  t.equal(addressOwner('192.0.2.1'), undefined);
  t.equal(zoneOf('*.a.example.co.uk'), 'example.co.uk');
  t.equal(zoneOf('localhost'), 'localhost');
});
