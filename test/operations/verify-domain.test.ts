import t from 'tap';
import type { Test } from 'tap';
import type { DnsAnswer } from '../../src/domain/dns-answer.ts';
import { requiredRecords } from '../../src/domain/required-records.ts';
import { gatherDns } from '../../src/operations/gather-dns.ts';
import { CloudError } from '../../src/ports/cloud-error.ts';
import type { DomainReplica } from '../support/domain-world.ts';
import { DomainWorld } from '../support/domain-world.ts';
import { Crash } from '../support/failing-world.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

/** `CRASH_STRIDE=1` dies after every call of a verification; by default after every fifth. */
const STRIDE = Math.min(Number(process.env.CRASH_STRIDE ?? 5), 5);
const NAME = 'shop.example.com';
const TARGET = 'd111.cloudfront.net';

/** A domain that CAA made fail, with its records set. */
async function failed(t: Test, world: DomainWorld, replica: DomainReplica) {
  world.cloud.zone.set({ name: 'example.com', type: 'CAA', values: ['0 issue "letsencrypt.org"'] });
  const view = await world.add(replica, NAME);
  world.setRecord(view);
  world.cloud.zone.set({ name: NAME, type: 'CNAME', values: [TARGET] });
  await world.until(t, replica, 'failed', async () => await world.phase(NAME) === 'failed');
  return view;
}

async function verify(world: DomainWorld, { operations }: DomainReplica, domainId: string) {
  world.clock.advance(world.settings.verifyEveryMs);
  return world.clock.run(operations.verifyDomain('p1', domainId));
}

function requests({ gate }: DomainReplica): number {
  return gate.calls.filter((name) => name === 'certificates.request').length;
}

void t.test('the diagnosis follows the DNS from nothing to right', async (t) => {
  const world = await DomainWorld.open(t, { settings: { strayMs: 2_000 } });
  const replica = world.replica();
  const { zone } = world.cloud;
  const view = await world.add(replica, NAME);
  const diagnose = () => world.clock.run(replica.operations.diagnoseDomain('p1', view.domainId));
  t.match(await diagnose(), {
    domain: NAME, status: 'pending_validation', ok: false, summary: /does not exist in DNS: add a CNAME/, findings: [],
    records: [{ purpose: 'validation', state: 'missing' }, { purpose: 'routing', state: 'missing', value: TARGET }],
    resolvers: [{ name: 'local', answered: true }], checkedAt: world.clock.now(), nextCheckAt: /\d+/,
  });
  zone.set({ name: NAME, type: 'CNAME', values: ['old.example.net'] });
  t.match((await diagnose()).summary, `${NAME} is a CNAME to old.example.net and should be a CNAME to ${TARGET}`);
  zone.set({ name: 'old.example.net', type: 'CNAME', values: [NAME] });
  t.match(await diagnose(), { cnameChain: [NAME, 'old.example.net', NAME], findings: [{ code: 'cname_loop' }] });
  zone.set({ name: NAME, type: 'FAULT', values: ['servfail'] });
  t.match(await diagnose(), { findings: [{ code: 'servfail', name: NAME }], records: [{}, { state: 'unknown' }] });
  zone.remove(NAME);
  zone.set({ name: NAME, type: 'A', values: ['192.0.2.1'] });
  t.match(await diagnose(), { findings: [{ code: 'address_conflict' }], records: [{}, { state: 'conflicting' }] });
  zone.set({ name: NAME, type: 'A', values: ['104.16.0.1'] });
  t.match(await diagnose(), { findings: [{ code: 'proxy_in_front' }], records: [{}, { state: 'unknown' }] });
  zone.remove(NAME);
  zone.set({ name: 'example.com', type: 'CAA', values: ['0 issue "letsencrypt.org"'] });
  t.match(await diagnose(), { findings: [{ code: 'caa_forbids_amazon', name: 'example.com' }] });
  zone.remove('example.com');
  zone.set({ name: NAME, type: 'CNAME', values: ['www.example.com'] });
  zone.set({ name: 'www.example.com', type: 'CNAME', values: [TARGET] });
  world.setRecord(view);
  t.match(await diagnose(), { ok: true, cnameChain: [NAME, 'www.example.com', TARGET], findings: [] });
  await world.until(t, replica, 'active', async () => await world.phase(NAME) === 'active');
  t.match(await diagnose(), { ok: true, status: 'active' });

  const apex = await world.add(replica, 'example.org');
  zone.set({ name: 'example.org', type: 'ALIAS', values: [TARGET] });
  t.match(await world.clock.run(replica.operations.diagnoseDomain('p1', apex.domainId)), {
    records: [{}, { type: 'ALIAS', state: 'correct', observed: [{ type: 'A', value: '127.0.0.1' }] }],
  });
  const nowhere = await world.add(replica, 'shop.example.invalid');
  t.match(await world.clock.run(replica.operations.diagnoseDomain('p1', nowhere.domainId)), {
    summary: /^example\.invalid does not exist in DNS/, findings: [{ code: 'zone_not_found' }],
  });
  await replica.operations.removeDomain('p1', apex.domainId);
  t.match(await diagnose(), { ok: true });
  t.match(await world.clock.run(replica.operations.diagnoseDomain('p1', apex.domainId)), { status: 'deleting', records: [] });
  await t.rejects(replica.operations.diagnoseDomain('p2', view.domainId), { code: 'domain_not_found' });
});

void t.test('verify moves the domain on at once, and not too often', async (t) => {
  const world = await DomainWorld.open(t, { settings: { strayMs: 2_000 } });
  const replica = world.replica();
  const other = world.replica();
  const view = await world.add(replica, NAME);
  world.setRecord(view);
  world.clock.advance(world.cloud.settings.certificateCheckMs);
  t.match(await verify(world, replica, view.domainId), {
    status: 'deploying', ok: false, records: [{ state: 'correct' }, { state: 'missing' }],
  });
  for (const { operations } of [replica, other]) {
    await t.rejects(operations.verifyDomain('p1', view.domainId), { code: 'verify_too_soon', retryAfterSeconds: 2 });
  }
  const edgeDueAt = async () => (await world.edge())?.dueAt;
  await world.until(t, replica, 'active', async () => await world.phase(NAME) === 'active');
  t.ok((await edgeDueAt() ?? 0) > world.clock.now());
  t.match(await verify(world, replica, view.domainId), { status: 'active' });
  t.equal(await edgeDueAt(), world.clock.now(), 'the distribution is looked at too');
  await t.rejects(replica.operations.verifyDomain('p1', 'dom_none'), { code: 'domain_not_found' });
  await replica.operations.removeDomain('p1', view.domainId);
  t.match(await verify(world, replica, view.domainId), { status: 'deleting', summary: /is being deleted/ });
});

void t.test('verify asks for a fresh certificate for a failed domain, once, and the old one is deleted', async (t) => {
  const world = await DomainWorld.open(t, { settings: { strayMs: 2_000 } });
  const replica = world.replica();
  const view = await failed(t, world, replica);
  t.match((await replica.operations.getDomain('p1', view.domainId)).statusMessage, /verify the domain.*fresh certificate/);
  t.match(await world.clock.run(replica.operations.diagnoseDomain('p1', view.domainId)), { findings: [{ code: 'caa_forbids_amazon' }] });
  const first = await world.domain(NAME);
  world.cloud.zone.remove('example.com', 'CAA');
  const asked = requests(replica);
  const both = await world.clock.run(Promise.allSettled([1, 2, 3].map(() => replica.operations.verifyDomain('p1', view.domainId))));
  t.same(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected'], 'a double click is one');
  t.match(both.find(({ status }) => status === 'fulfilled'), { value: { status: 'pending_validation', ok: true } });
  t.match(await world.domain(NAME), { certificateGeneration: 2, phase: 'validating' });
  t.equal(requests(replica) - asked, 1);
  await world.until(t, replica, 'active', async () => await world.phase(NAME) === 'active');
  t.equal(world.certificate(first?.ownCertificateArn), undefined, 'the failed certificate is gone');
  await world.settle(t, replica);
  await world.checkTidy(t);
  t.match(await world.domain(NAME), { certificateGeneration: 2, retiredCertificateArns: undefined, retiredTriedAt: undefined });
});

void t.test('a fresh start survives a death at any call, also when the domain is removed after it', async (t) => {
  for (const end of ['present', 'absent'] as const) {
    for (let at = end === 'present' ? 1 : 2, died = true; died; at += STRIDE) {
      const world = await DomainWorld.open(t, { settings: { strayMs: 2_000 } });
      const calm = world.replica();
      const view = await failed(t, world, calm);
      world.cloud.zone.remove('example.com', 'CAA');
      world.clock.advance(world.settings.verifyEveryMs);
      const doomed: DomainReplica = world.replica({ after: ({ index }) => { if (index === at) doomed.gate.kill(); } });
      died = await world.clock.run(doomed.operations.verifyDomain('p1', view.domainId)).then(() => false, (error: unknown) => {
        if (!(error instanceof Crash)) throw error;
        return true;
      }) || doomed.gate.dead;
      if ((await world.domain(NAME))?.phase === 'failed') await verify(world, calm, view.domainId);
      if (end === 'absent') await calm.operations.removeDomain('p1', view.domainId);
      const wanted = end === 'present' ? 'active' : 'gone';
      await world.until(t, calm, `${wanted} after a death at call ${at}`, async () => await world.phase(NAME) === wanted);
      await world.settle(t, calm);
      await world.checkTidy(t);
      if (end === 'present') t.equal((await world.domain(NAME))?.certificateGeneration, 2);
      world.close();
    }
  }
});

void t.test('a retired certificate that cannot be deleted yet holds nothing up', async (t) => {
  const world = await DomainWorld.open(t, { settings: { strayMs: 2_000 } });
  const calm = world.replica();
  const view = await failed(t, world, calm);
  world.cloud.zone.remove('example.com', 'CAA');
  const old = (await world.domain(NAME))?.ownCertificateArn;
  let refusal: 'denied' | 'throttled' | undefined = 'throttled';
  const replica = world.replica({ before: ({ name, args }) => {
    if (name !== 'certificates.remove' || args[0] !== old || refusal === undefined) return;
    throw new CloudError({ kind: refusal, service: 'acm', operation: 'DeleteCertificate', awsName: 'Any', message: 'not now' });
  } });
  await verify(world, replica, view.domainId);
  await world.until(t, replica, 'active all the same', async () => await world.phase(NAME) === 'active');
  t.match(await world.domain(NAME), { retiredCertificateArns: [old], attempts: 0 });
  await replica.operations.removeDomain('p1', view.domainId);
  refusal = 'denied';
  await world.until(t, replica, 'the removal waits and says why', async () => (
    /AWS refused a step \(not now\)/.test((await world.domain(NAME))?.reason ?? '')
  ));
  refusal = undefined;
  await world.until(t, replica, 'gone', async () => await world.phase(NAME) === 'gone');
  await world.settle(t, replica);
  await world.checkTidy(t);
});

void t.test('a name that was refused because another distribution held it is tried again', async (t) => {
  const world = await DomainWorld.open(t, { mode: 'tenant', settings: { strayMs: 2_000 } });
  const replica = world.replica();
  const other = await world.newDistribution('other');
  const arn = await world.certificates.request({ names: [NAME], token: 'theirs', projectId: 'theirs' });
  world.clock.advance(world.cloud.settings.validationRecordDelayMs);
  const view = await world.add(replica, NAME);
  world.setRecord(view);
  world.clock.advance(world.cloud.settings.certificateCheckMs);
  const change = async (aliases: string[]) => {
    const state = await world.distributions.read(other);
    if (!state) throw new Error('no distribution');
    const viewerCertificate = aliases.length > 0 ? { kind: 'acm', certificateArn: arn } as const : { kind: 'default' } as const;
    await world.distributions.change(state, { aliases, viewerCertificate });
    world.clock.advance(world.cloud.settings.deployTimeMs);
  };
  await change([NAME]);
  const isFailed = async () => await world.phase(NAME) === 'failed';
  await world.until(t, replica, 'refused', isFailed);
  t.match((await world.domain(NAME))?.reason, /verify this domain/);
  const tries = () => replica.gate.calls.filter((name) => name === 'tenants.create').length;
  const before = tries();
  t.match(await verify(world, replica, view.domainId), { status: 'failed' }, 'refused again');
  t.equal(tries(), before + 1);
  await change([]);
  await verify(world, replica, view.domainId);
  await world.until(t, replica, 'active', async () => await world.phase(NAME) === 'active');
  t.match(await world.domain(NAME), { certificateGeneration: 1 });
  await world.settle(t, replica);
  await world.checkTidy(t, { certificates: [arn] });
});

void t.test('verify gives way to a domain that others keep changing', async (t) => {
  const world = await DomainWorld.open(t, { settings: { strayMs: 2_000 } });
  const replica = world.replica({ before: async ({ name, args }) => {
    const [key, change] = args as [{ domainId: string }, { set?: { verifiedAt?: number } }];
    if (name === 'stores.domains.update' && change.set?.verifiedAt !== undefined) {
      await world.stores.domains.update(key, { add: { revision: 1 } });
    }
  } });
  const view = await world.add(replica, NAME);
  await t.rejects(verify(world, replica, view.domainId), { code: 'project_busy', retryAfterSeconds: 1 });
});

void t.test('look-ups end at their bound, together', async (t) => {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const answers: Record<string, DnsAnswer> = { 'CNAME a.example.com': { kind: 'found', values: ['b.example.com'] } };
  const quick = { lookup: async (name: string, type: string) => {
    asked.push(`${type} ${name}`);
    return answers[`${type} ${name}`] ?? { kind: 'absent' as const };
  } };
  const silent = { lookup: () => new Promise<DnsAnswer>(() => undefined) };
  const required = requiredRecords({ domain: 'a.example.com', distributionDomain: TARGET, desired: 'present' } as never);
  const began = clock.now();
  const resolvers = [{ name: 'quick', dns: quick }, { name: 'silent', dns: silent }];
  const seen = await clock.run(gatherDns({ resolvers, clock, boundMs: 4_000 }, 'a.example.com', required));
  t.equal(clock.now() - began, 4_000);
  t.match(seen.answers, { 'CNAME a.example.com': [{ kind: 'found' }, undefined] });
  t.notOk(asked.includes('CNAME b.example.com'), 'a chain waits for every resolver');
  const alone = await clock.run(gatherDns({ resolvers: resolvers.slice(0, 1), clock, boundMs: 4_000 }, 'a.example.com', required));
  t.match(alone.answers, { 'CNAME b.example.com': [{ kind: 'absent' }] });
  for (let at = 0; at < 12; at++) answers[`CNAME n${at}.example.com`] = { kind: 'found', values: [`n${at + 1}.example.com`] };
  answers['CNAME a.example.com'] = { kind: 'found', values: ['n0.example.com'] };
  const long = await clock.run(gatherDns({ resolvers: resolvers.slice(0, 1), clock, boundMs: 4_000 }, 'a.example.com', required));
  t.match(long.answers, { 'CNAME n7.example.com': [{ kind: 'found' }], 'CNAME n9.example.com': undefined });
});
