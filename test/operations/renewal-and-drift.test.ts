import t from 'tap';
import type { Test } from 'tap';
import type { DomainView } from '../../src/domain/domain-view.ts';
import { pointingOf } from '../../src/operations/pointing-of.ts';
import { DomainWorld } from '../support/domain-world.ts';
import type { DomainReplica } from '../support/domain-world.ts';

const [A, B] = ['one.example.com', 'two.example.org'];
const DAY_MS = 86_400_000;
/** Paces of the real thing, so that a story of months can be told; the rest as locally. */
const DAILY = { renewalCheckMs: DAY_MS, renewalConfirmMs: 3_600_000, driftCheckMs: DAY_MS / 2, graceForPendingMs: 5_000 };

async function live(t: Test, world: DomainWorld, replica: DomainReplica, name: string, projectId = 'p1'): Promise<DomainView> {
  const view = await world.add(replica, name, projectId);
  world.setRecord(view);
  await world.until(t, replica, `${name} is active`, async () => await world.phase(name) === 'active');
  return view;
}

function read(replica: DomainReplica, { projectId, domainId }: DomainView): Promise<DomainView> {
  return replica.operations.getDomain(projectId, domainId);
}

function calls(replica: DomainReplica, part: string): number {
  return replica.gate.calls.filter((name) => name.startsWith(part)).length;
}

/** As tick, without the check: between the end of a certificate and the look that finds it nobody can be right. */
async function pass(world: DomainWorld, replica: DomainReplica, ms: number): Promise<void> {
  world.clock.advance(ms);
  await replica.worker.runUntilIdle(10);
}

/** Time passes until the outside change is found; till then the record says what was true before. */
async function found(world: DomainWorld, replica: DomainReplica, name: string): Promise<void> {
  for (let passes = 0; await world.phase(name) !== 'drifted'; passes++) {
    if (passes > 200) throw new Error(`never found\n${await world.dump()}`);
    await pass(world, replica, 500);
  }
}

void t.test('a domain whose validation record vanishes is at risk long before it breaks', async (t) => {
  const world = await DomainWorld.open(t, { settings: { ...DAILY, getLookEveryMs: 1_000 } });
  const replica = world.replica();
  const view = await live(t, world, replica, A);
  await world.settle(t, replica);
  const { recordName } = view.dnsInstructions;
  const expiresAt = (await read(replica, view)).certificateExpiresAt ?? 0;
  t.equal(expiresAt, world.cloud.acm.view(world.accepted.certificateArn ?? '').certificate.notAfter, 'the end is known');
  replica.gate.calls.length = 0;
  for (let days = 0; days < 10; days++) await world.tick(t, replica, 1.3 * DAY_MS);
  t.equal(calls(replica, 'certificates.'), 0, 'a domain that is well costs ACM nothing');
  t.ok(calls(replica, 'stores.domains.replace') <= 11, 'and the store one write a look');

  world.cloud.zone.set({ name: recordName ?? '', type: 'FAULT', values: ['servfail'] });
  world.cloud.zone.remove(recordName ?? '', 'CNAME');
  await world.tick(t, replica, 1.3 * DAY_MS);
  await world.tick(t, replica, 1.3 * DAY_MS);
  t.equal((await read(replica, view)).status, 'active', 'what could not be seen counts for nothing');
  world.cloud.zone.remove(recordName ?? '', 'FAULT');
  await world.tick(t, replica, 1.3 * DAY_MS);
  t.equal((await read(replica, view)).status, 'active', 'nor does one look');
  await world.tick(t, replica, 1.3 * world.settings.renewalConfirmMs);
  const warned = await read(replica, view);
  t.match(warned, { status: 'renewal_at_risk', isActive: true, certificateStatus: 'ISSUED', certificateExpiresAt: expiresAt });
  for (const part of [recordName ?? '?', view.dnsInstructions.recordValue ?? '?', new Date(expiresAt).toISOString(), 'Set the record again']) {
    t.ok(warned.statusMessage.includes(part), `${part} is in: ${warned.statusMessage}`);
  }
  t.equal(calls(replica, 'certificates.'), 0, 'all this by DNS alone');

  world.setRecord(view);
  world.clock.advance(2_000);
  t.match(await read(replica, view), { status: 'active', statusMessage: /is served over HTTPS/ }, 'GET looks whether it is back');
  world.clock.advance(expiresAt - world.clock.now() - 40 * DAY_MS);
  await world.tick(t, replica, 1_000);
  t.ok(((await read(replica, view)).certificateExpiresAt ?? 0) > expiresAt + 100 * DAY_MS, 'ACM has renewed it, and that is seen');
  t.equal(calls(replica, 'certificates.'), 1, 'with one question');
});

void t.test('a domain asks ACM itself where nobody else knows the end of its certificate', async (t) => {
  const world = await DomainWorld.open(t, { settings: DAILY });
  const replica = world.replica();
  const view = await live(t, world, replica, A);
  await world.settle(t, replica);
  const edge = await world.edge();
  if (!edge?.serving) throw new Error('nothing serves');
  const { notAfter, ...serving } = edge.serving;
  await world.stores.edges.replace({ ...edge, serving }, {});
  await world.stores.domains.update({ domainId: view.domainId }, { remove: ['certificateExpiresAt'], set: { dueAt: 1 } });
  replica.gate.calls.length = 0;
  await world.tick(t, replica);
  t.equal((await read(replica, view)).certificateExpiresAt, notAfter);
  t.equal(calls(replica, 'certificates.describe'), 1);
});

void t.test('a certificate that ends is replaced; who cannot prove the name waits without the others', async (t) => {
  const world = await DomainWorld.open(t, { settings: DAILY });
  const replica = world.replica();
  const first = await live(t, world, replica, A);
  const second = await live(t, world, replica, B, 'p2');
  await world.settle(t, replica);
  const old = world.accepted.certificateArn;
  world.cloud.zone.remove(first.dnsInstructions.recordName ?? '');
  const expiresAt = (await read(replica, first)).certificateExpiresAt ?? 0;
  await pass(world, replica, expiresAt + 1_000 - world.clock.now());
  t.equal(world.certificate(old)?.status, 'EXPIRED');
  t.match(await read(replica, second), { status: 'deploying', isActive: false, certificateStatus: 'EXPIRED', statusMessage: /has expired.*nothing to do/ });
  t.match(await read(replica, first), { status: 'deploying', statusMessage: new RegExp(`issued as soon as the DNS record ${first.dnsInstructions.recordName}`) });
  await world.until(t, replica, 'the other is served again', async () => await world.phase(B) === 'active', 600_000);
  t.match(await read(replica, first), { status: 'pending_validation', statusMessage: /has ended.*Set the record again/ });
  t.same(world.accepted.aliases, [B], 'a name without certificate is not left on CloudFront');
  await world.settle(t, replica);
  t.equal(await world.phase(A), 'validating', 'it waits for its record');
  t.equal(world.certificate(old), undefined, 'what has ended is deleted');
  world.setRecord(first);
  await world.until(t, replica, 'both are served', async () => await world.phase(A) === 'active', 600_000);
  t.equal((await world.domain(A))?.certificateGeneration, 2, 'with a fresh certificate');
  await world.settle(t, replica);
  await world.checkTidy(t);
});

void t.test('a certificate of a name that is alone is replaced too when it ends', async (t) => {
  for (const record of ['there', 'gone'] as const) {
    const world = await DomainWorld.open(t, { settings: DAILY });
    const replica = world.replica();
    const view = await live(t, world, replica, A);
    await world.settle(t, replica);
    const old = world.accepted.certificateArn ?? '';
    if (record === 'gone') world.cloud.zone.remove(view.dnsInstructions.recordName ?? '');
    else world.cloud.acm.end({ certificateArn: old, status: 'REVOKED' });
    const expiresAt = (await read(replica, view)).certificateExpiresAt ?? 0;
    await pass(world, replica, expiresAt + 1_000 - world.clock.now());
    t.match(await read(replica, view), { isActive: false, statusMessage: record === 'gone' ? /expired/ : /revoked/ });
    if (record === 'gone') {
      await world.until(t, replica, 'it waits for its record', async () => await world.phase(A) === 'validating', 600_000);
      await world.settle(t, replica);
      t.same(world.accepted, { aliases: [], certificateArn: undefined }, 'off CloudFront');
      world.setRecord(view);
    }
    await world.until(t, replica, 'served again', async () => await world.phase(A) === 'active', 600_000);
    await world.settle(t, replica);
    t.equal(world.certificate(old), undefined);
    await world.checkTidy(t);
  }
});

/** As a person would at the console. */
async function byHand(world: DomainWorld, aliases: readonly string[], certificateArn?: string): Promise<void> {
  const state = await world.distributions.read(world.distributionId);
  if (!state) throw new Error('no distribution');
  const viewerCertificate = certificateArn === undefined ? state.viewerCertificate : { kind: 'acm', certificateArn } as const;
  await world.distributions.change(state, { aliases, viewerCertificate });
  world.clock.advance(world.cloud.settings.deployTimeMs);
}

async function certificateFor(world: DomainWorld, ...names: [string, ...string[]]): Promise<string> {
  const arn = await world.certificates.request({ names, token: `hand${names.length}`, projectId: 'theirs' });
  world.clock.advance(world.cloud.settings.validationRecordDelayMs);
  for (const { record } of (await world.certificates.describe(arn))?.validations ?? []) {
    if (record) world.cloud.zone.set({ name: record.name, type: record.type, values: [record.value] });
  }
  world.clock.advance(world.cloud.settings.certificateCheckMs);
  return arn;
}

void t.test('each project has outside changes repaired or reported, also on one distribution', async (t) => {
  const world = await DomainWorld.open(t);
  const replica = world.replica();
  await world.stores.projects.update({ projectId: 'p1' }, { set: { onDomainDrift: 'report' } });
  const reported = await live(t, world, replica, A, 'p1');
  const repaired = await live(t, world, replica, B, 'p2');
  await world.settle(t, replica);
  const ours = world.accepted.certificateArn;

  await byHand(world, []);
  await found(world, replica, A);
  t.match(await read(replica, repaired), { status: 'drifted', isActive: false, statusMessage: /two\.example\.org was taken off.*being put right/ });
  await world.until(t, replica, 'one is repaired', async () => await world.phase(B) === 'active');
  t.same(world.accepted, { aliases: [B], certificateArn: ours }, 'and the other left');
  t.match(await read(replica, reported), {
    status: 'drifted', isActive: false, cloudFrontStatus: 'not_attached', statusMessage: /one\.example\.com was taken off.*found at 2026-.*left as they are/,
  });
  t.type((await world.domain(A))?.drift?.foundAt, 'number', 'when it was found is written down');
  await world.settle(t, replica);
  t.same(world.accepted.aliases, [B], 'it is left');
  await byHand(world, [A, B]);
  await world.until(t, replica, 'the report ends when it is right again', async () => await world.phase(A) === 'active');

  const theirs = await certificateFor(world, A, B);
  await byHand(world, [A, B], theirs);
  await world.until(t, replica, 'the certificate is everybody\'s: one who wants it repaired is enough', () => world.accepted.certificateArn === ours);
  await world.settle(t, replica);
  await world.checkTidy(t, { certificates: [theirs] });

  await world.stores.projects.update({ projectId: 'p2' }, { set: { onDomainDrift: 'report' } });
  await byHand(world, [A, B], theirs);
  await found(world, replica, A);
  await world.settle(t, replica);
  t.equal(world.accepted.certificateArn, theirs, 'left when all want that');
  t.match(await read(replica, repaired), { status: 'drifted', isActive: true, statusMessage: /another certificate.*left as they are/ });
  const third = await live(t, world, replica, 'three.example.net');
  t.same(world.certificate(world.accepted.certificateArn)?.names, [A, 'three.example.net', B], 'a new name needs one that covers all');
  t.equal((await read(replica, reported)).status, 'active', 'which ends the report');

  await byHand(world, [B, 'three.example.net']);
  await found(world, replica, A);
  await world.stores.projects.update({ projectId: 'p1' }, { remove: ['onDomainDrift'] });
  await world.until(t, replica, 'a changed mind has it repaired', async () => await world.phase(A) === 'active');
  await replica.operations.removeDomain('p1', third.domainId);
  await world.until(t, replica, 'gone', async () => await world.phase('three.example.net') === 'gone');
  await world.settle(t, replica);
  await world.checkTidy(t, { certificates: [theirs] });
});

void t.test('a name that stays off and cannot be proven does not hold up the others', async (t) => {
  const world = await DomainWorld.open(t, { settings: { graceForPendingMs: 5_000 } });
  const replica = world.replica();
  await world.stores.projects.update({ projectId: 'p1' }, { set: { onDomainDrift: 'report' } });
  const off = await live(t, world, replica, A);
  await live(t, world, replica, B, 'p2');
  await world.settle(t, replica);
  await byHand(world, [B]);
  await found(world, replica, A);
  world.cloud.zone.remove(off.dnsInstructions.recordName ?? '');
  await live(t, world, replica, 'three.example.net', 'p2');
  t.match(await read(replica, off), { status: 'pending_validation', statusMessage: /was gone/ });
});

void t.test('DELETE warns while DNS still points here', async (t) => {
  const world = await DomainWorld.open(t);
  const replica = world.replica();
  const view = await live(t, world, replica, A);
  world.cloud.zone.set({ name: A, type: 'CNAME', values: ['D111.cloudfront.net'] });
  const deleted = await replica.operations.removeDomain('p1', view.domainId);
  t.match(deleted, { status: 'deleting', warning: /DNS still points one\.example\.com at d111\.cloudfront\.net\. Remove that record/ });
  t.match(await replica.operations.removeDomain('p1', view.domainId), { warning: /Remove that record/ }, 'also when asked again');
  t.match(await read(replica, view), { warning: /Remove that record/ });
  world.cloud.zone.remove(A);
  world.clock.advance(2_000);
  await read(replica, view);
  t.match(await read(replica, view), { status: 'deleting', warning: null }, 'until it is gone');

  const other = await live(t, world, replica, B);
  const deaf = world.replica();
  const never = { ...deaf, dns: { lookup: () => world.clock.sleep(3_600_000).then(() => ({ kind: 'absent' as const })) } };
  const { removeDomain } = await import('../../src/operations/remove-domain.ts');
  const before = world.clock.now();
  t.match(await world.clock.run(removeDomain({ ...never.deps, dns: never.dns })('p1', other.domainId)), { status: 'deleting', warning: null });
  t.equal(world.clock.now() - before, world.settings.lookBoundMs, 'a silent DNS does not fail it');
});

void t.test('where a name points', async (t) => {
  const world = await DomainWorld.open(t);
  const { zone } = world.cloud;
  const at = (domain: string) => pointingOf(world.dns, { domain: domain as never, distributionDomain: 'd111.cloudfront.net' });
  zone.set({ name: 'd111.cloudfront.net', type: 'A', values: ['192.0.2.1', '192.0.2.2'] });
  zone.set({ name: 'example.com', type: 'A', values: ['192.0.2.2'] });
  t.equal(await at('example.com'), 'here', 'an apex by its addresses');
  zone.set({ name: 'example.com', type: 'A', values: ['192.0.2.9'] });
  t.equal(await at('example.com'), 'elsewhere');
  t.equal(await at('nothing.example.com'), 'elsewhere');
  zone.set({ name: 'a.example.com', type: 'CNAME', values: ['b.example.com'] });
  zone.set({ name: 'b.example.com', type: 'CNAME', values: ['d111.cloudfront.net'] });
  t.equal(await at('a.example.com'), 'here', 'through another name');
  zone.set({ name: 'b.example.com', type: 'CNAME', values: ['a.example.com'] });
  t.equal(await at('a.example.com'), 'elsewhere', 'a loop leads nowhere');
  zone.set({ name: 'b.example.com', type: 'FAULT', values: ['servfail'] });
  t.equal(await at('a.example.com'), 'unknown');
  zone.set({ name: 'd111.cloudfront.net', type: 'FAULT', values: ['servfail'] });
  t.equal(await at('example.com'), 'unknown');
});

void t.test('a removal waits for as long as AWS calls the certificate in use', async (t) => {
  const world = await DomainWorld.open(t, { cloud: { inUseLagMs: 20 * 60_000 }, settings: { inUseRetryMs: 60_000 } });
  const replica = world.replica();
  const view = await live(t, world, replica, A);
  await replica.operations.removeDomain('p1', view.domainId);
  replica.gate.calls.length = 0;
  for (let minutes = 0; minutes < 25 && await world.phase(A) !== 'gone'; minutes++) await world.tick(t, replica, 60_000);
  t.equal(await world.phase(A), 'gone');
  t.ok(calls(replica, 'certificates.remove') <= 60, 'without hurry');
  t.same(replica.cloudErrors, []);
  await world.settle(t, replica);
  await world.checkTidy(t);
});

void t.test('a certificate that the names of others stay on outlives its domain', async (t) => {
  const world = await DomainWorld.open(t);
  const replica = world.replica();
  const view = await live(t, world, replica, '*.example.com');
  await world.settle(t, replica);
  const ours = world.accepted.certificateArn;
  await byHand(world, ['*.example.com', 'theirs.example.com']);
  await world.settle(t, replica);
  await replica.operations.removeDomain('p1', view.domainId);
  await world.until(t, replica, 'gone all the same', async () => await world.phase('*.example.com') === 'gone');
  await world.settle(t, replica);
  t.same(world.accepted, { aliases: ['theirs.example.com'], certificateArn: ours }, 'theirs stays covered');
  await byHand(world, []);
  await world.settle(t, replica);
  t.equal(world.accepted.certificateArn, undefined);
  t.same(world.cloud.acm.all(), [], 'and the certificate goes with the last name that needed it');
});
