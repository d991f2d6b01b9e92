import t from 'tap';
import type { Test } from 'tap';
import { CloudError } from '../../src/ports/cloud-error.ts';
import type { DomainReplica } from '../support/domain-world.ts';
import { DomainWorld } from '../support/domain-world.ts';
import type { CallSite } from '../support/failing-world.ts';
import { foreignAlias, foreignCertificate } from '../support/foreign-names.ts';

const NAMES = ['one.example.com', 'two.example.org', 'three.example.net'] as const;
const RECORD = /^_.+\..+$/;

async function live(t: Test, world: DomainWorld, replica: DomainReplica, name: string, projectId = 'p1') {
  const view = await world.add(replica, name, projectId);
  world.setRecord(view);
  await world.until(t, replica, `${name} is active`, async () => await world.phase(name) === 'active');
  return view;
}

function changesOf(replica: DomainReplica): number {
  return replica.gate.calls.filter((name) => name === 'distributions.change').length;
}

function unavailable(kind: CloudError['kind'] = 'throttled', awsName = 'ThrottlingException', service = 'acm'): CloudError {
  return new CloudError({ kind, service, operation: 'Any', awsName, message: `${service}: ${awsName}` });
}

void t.test('a domain goes live with one DNS record, and goes away again', async (t) => {
  const world = await DomainWorld.open(t);
  const replica = world.replica();
  const { created, domain: view } = await world.clock.run(replica.operations.addDomain('p1', { domain: 'Shop.Example.com.' }));
  t.equal(created, true);
  t.match(view, {
    projectId: 'p1', domain: 'shop.example.com', status: 'pending_validation', isActive: false,
    certificateStatus: 'PENDING_VALIDATION', cloudFrontStatus: 'not_attached',
    dnsInstructions: { recordType: 'CNAME', recordName: RECORD, recordValue: /acm-validations\.aws$/ },
    cloudfrontCname: { recordType: 'CNAME', recordName: 'shop.example.com', recordValue: 'd111.cloudfront.net' },
  });
  world.setRecord(view);
  await world.until(t, replica, 'active', async () => await world.phase('shop.example.com') === 'active');
  t.match(await replica.operations.getDomain('p1', view.domainId), {
    status: 'active', isActive: true, cloudFrontStatus: 'deployed', certificateStatus: 'ISSUED',
    certificateArn: world.accepted.certificateArn, warning: null,
    certificateExpiresAt: world.cloud.acm.view(world.accepted.certificateArn ?? '').certificate.notAfter,
  });
  await world.settle(t, replica);
  await world.checkTidy(t);
  t.equal(changesOf(replica), 1, 'the distribution was changed once');
  t.equal(world.cloud.acm.all().length, 1, 'its own certificate serves a name that is alone');

  t.equal((await replica.operations.removeDomain('p1', view.domainId)).status, 'deleting');
  t.equal((await replica.operations.removeDomain('p1', view.domainId)).status, 'deleting', 'twice is harmless');
  await world.until(t, replica, 'gone', async () => await world.phase('shop.example.com') === 'gone');
  await t.rejects(replica.operations.getDomain('p1', view.domainId), { code: 'domain_not_found' });
  await world.settle(t, replica);
  await world.checkTidy(t);
  t.same(world.accepted, { aliases: [], certificateArn: undefined });
  t.same(replica.cloudErrors, []);
  t.not((await live(t, world, replica, 'shop.example.com')).domainId, view.domainId, 'its project may have it again at once');
});

void t.test('three domains one after the other stay served, and so do two when the middle one goes', async (t) => {
  const world = await DomainWorld.open(t);
  const replica = world.replica();
  const views = [];
  for (const name of NAMES) views.push(await live(t, world, replica, name));
  await world.settle(t, replica);
  await world.checkTidy(t);
  t.same(world.accepted.aliases, [...NAMES].sort());
  t.equal(world.cloud.acm.all().length, 1, 'one certificate is left, for all of them');
  const domains = await world.allDomains();
  t.same(domains.map(({ servingCertificateArn }) => servingCertificateArn), NAMES.map(() => world.accepted.certificateArn));

  await replica.operations.removeDomain('p1', views[1]?.domainId ?? '');
  await world.until(t, replica, 'the middle one is gone', async () => await world.phase(NAMES[1]) === 'gone');
  await world.settle(t, replica);
  await world.checkTidy(t);
  t.same(world.certificate(world.accepted.certificateArn)?.names, [NAMES[0], NAMES[2]], 'its certificate can be renewed');
  t.same(replica.cloudErrors, []);
});

void t.test('names that are ready together are taken up in one change', async (t) => {
  const world = await DomainWorld.open(t);
  const replica = world.replica();
  for (const name of NAMES) world.setRecord(await world.add(replica, name));
  await world.until(t, replica, 'all active', async () => (await world.allDomains()).every(({ phase }) => phase === 'active'));
  t.ok(changesOf(replica) <= 2, `${changesOf(replica)} changes`);
  await world.settle(t, replica);
  await world.checkTidy(t);
});

void t.test('a domain can be removed in every phase', async (t) => {
  for (const phase of ['requesting', 'validating', 'joining', 'deploying', 'active', 'failed'] as const) {
    const world = await DomainWorld.open(t);
    const replica = world.replica();
    await live(t, world, replica, NAMES[0]);
    const stuck = phase === 'requesting'
      ? world.replica({ before: ({ name }) => { if (name === 'certificates.request') throw unavailable(); } }) : replica;
    const view = await world.add(stuck, NAMES[1]);
    if (phase === 'failed') {
      const arn = (await world.domain(NAMES[1]))?.ownCertificateArn ?? '';
      world.cloud.acm.end({ certificateArn: arn, status: 'FAILED', failureReason: 'CAA_ERROR' });
    } else if (phase !== 'requesting' && phase !== 'validating') {
      world.setRecord(view);
    }
    for (let ticks = 0; await world.phase(NAMES[1]) !== phase; ticks++) {
      if (ticks > 200) throw new Error(`never ${phase}: ${await world.dump()}`);
      world.clock.advance(100);
      await replica.worker.runUntilIdle(1);
    }
    await replica.operations.removeDomain('p1', view.domainId);
    await world.until(t, replica, `gone from ${phase}`, async () => await world.phase(NAMES[1]) === 'gone');
    await world.settle(t, replica);
    await world.checkTidy(t);
    t.equal(await world.phase(NAMES[0]), 'active');
  }
});

void t.test('what others have on the distribution stays as it is', async (t) => {
  const world = await DomainWorld.open(t);
  const replica = world.replica();
  const arn = await foreignAlias(world, 'theirs.example.com');
  const view = await live(t, world, replica, NAMES[0]);
  t.same(world.accepted.aliases, [NAMES[0], 'theirs.example.com']);
  await world.settle(t, replica);
  await world.checkTidy(t, { aliases: ['theirs.example.com'], certificates: [arn] });
  await replica.operations.removeDomain('p1', view.domainId);
  await world.until(t, replica, 'gone', async () => await world.phase(NAMES[0]) === 'gone');
  await world.settle(t, replica);
  t.same(world.accepted, { aliases: ['theirs.example.com'], certificateArn: arn }, 'their certificate is back');
  await world.checkTidy(t, { aliases: ['theirs.example.com'], certificates: [arn] });
});

void t.test('a name that is on the distribution already stays there when its domain goes', async (t) => {
  const world = await DomainWorld.open(t);
  const replica = world.replica();
  const arn = await foreignAlias(world, NAMES[0]);
  const view = await live(t, world, replica, NAMES[0]);
  await world.settle(t, replica);
  await replica.operations.removeDomain('p1', view.domainId);
  await world.until(t, replica, 'gone', async () => await world.phase(NAMES[0]) === 'gone');
  await world.settle(t, replica);
  t.same(world.accepted, { aliases: [NAMES[0]], certificateArn: arn });
  await world.checkTidy(t, { aliases: [NAMES[0]], certificates: [arn] });
});

void t.test('a foreign name that cannot be proven any more is named, and stays covered', async (t) => {
  const world = await DomainWorld.open(t, { settings: { graceForPendingMs: 5_000 } });
  const replica = world.replica();
  const arn = await foreignAlias(world, 'theirs.example.com');
  const record = world.cloud.acm.view(arn).validationRecords.get('theirs.example.com');
  world.cloud.zone.remove(record?.name ?? '');
  const view = await world.add(replica, NAMES[0]);
  world.setRecord(view);
  await world.until(t, replica, 'the reason names it', async () => (
    /theirs\.example\.com/.test((await replica.operations.getDomain('p1', view.domainId)).statusMessage)
  ));
  t.same(world.accepted, { aliases: ['theirs.example.com'], certificateArn: arn }, 'nothing was touched');
  world.cloud.zone.set({ name: record?.name ?? '', type: 'CNAME', values: [record?.value ?? ''] });
  await world.until(t, replica, 'active', async () => await world.phase(NAMES[0]) === 'active');
});

void t.test('a name whose record has vanished does not hold the others back', async (t) => {
  const world = await DomainWorld.open(t, { settings: { edgeBatchWindowMs: 3_000, graceForPendingMs: 5_000 } });
  const replica = world.replica();
  const views = [];
  for (const name of NAMES) views.push(await world.add(replica, name));
  for (const view of views) world.setRecord(view);
  await world.until(t, replica, 'all proven', async () => (await world.allDomains()).every(({ phase }) => phase === 'joining'));
  world.cloud.zone.remove(views[1]?.dnsInstructions.recordName ?? '');
  await world.until(t, replica, 'the others are active', async () => (
    await world.phase(NAMES[0]) === 'active' && await world.phase(NAMES[2]) === 'active'
  ));
  const waiting = await replica.operations.getDomain('p1', views[1]?.domainId ?? '');
  t.match(waiting, { status: 'pending_validation', statusMessage: /was gone/ });
  await world.settle(t, replica);
  t.equal(await world.phase(NAMES[1]), 'validating', 'it does not come back without its record');
  world.cloud.zone.set({ name: waiting.dnsInstructions.recordName ?? '', type: 'CNAME', values: [waiting.dnsInstructions.recordValue ?? ''] });
  await world.until(t, replica, 'it joins once its record is back', async () => await world.phase(NAMES[1]) === 'active');
  await world.settle(t, replica);
  await world.checkTidy(t);
});

void t.test('a served name whose record has vanished keeps its certificate, and everybody is told', async (t) => {
  const world = await DomainWorld.open(t, { settings: { graceForPendingMs: 5_000 } });
  const replica = world.replica();
  const first = await live(t, world, replica, NAMES[0]);
  world.cloud.zone.remove(first.dnsInstructions.recordName ?? '');
  const second = await world.add(replica, NAMES[1]);
  world.setRecord(second);
  await world.until(t, replica, 'the owner is warned', async () => (
    /Set the record again/.test((await replica.operations.getDomain('p1', first.domainId)).statusMessage)
  ));
  await world.until(t, replica, 'the one who waits is told', async () => (
    new RegExp(NAMES[0]).test((await replica.operations.getDomain('p1', second.domainId)).statusMessage)
  ));
  t.equal((await replica.operations.getDomain('p1', first.domainId)).isActive, true);
  world.setRecord(first);
  await world.until(t, replica, 'both active', async () => (await world.allDomains()).every(({ phase }) => phase === 'active'));
  await world.settle(t, replica);
  await world.checkTidy(t);
  t.match((await replica.operations.getDomain('p1', first.domainId)).statusMessage, /is served over HTTPS/);
});

void t.test('outside changes are put right', async (t) => {
  const world = await DomainWorld.open(t);
  const replica = world.replica();
  for (const name of NAMES) await live(t, world, replica, name);
  await world.settle(t, replica);
  const before = world.accepted;
  const state = await world.distributions.read(world.distributionId);
  if (!state) throw new Error('no distribution');
  const changed = await world.distributions.change(state, { aliases: [NAMES[0]], viewerCertificate: state.viewerCertificate });
  t.not(changed.aliases.length, before.aliases.length);
  for (let ticks = 0; world.accepted.aliases.length < 3 && ticks < 100; ticks++) {
    world.clock.advance(1_000);
    await replica.worker.runUntilIdle(5);
  }
  t.same(world.accepted, before, 'the aliases are back');
  world.clock.advance(world.cloud.settings.deployTimeMs);

  const arn = await foreignCertificate(world, ['theirs.example.com', ...NAMES]);
  const again = await world.distributions.read(world.distributionId);
  if (!again) throw new Error('no distribution');
  await world.distributions.change(again, {
    aliases: [...NAMES, 'theirs.example.com'], viewerCertificate: { kind: 'acm', certificateArn: arn },
  });
  await world.until(t, replica, 'our certificate is back, and covers the new alias too', () => (
    world.accepted.certificateArn !== arn && world.accepted.aliases.length === 4
  ));
  await world.settle(t, replica);
  await world.checkTidy(t, { aliases: ['theirs.example.com'], certificates: [arn] });
});

void t.test('a certificate that fails ends in words', async (t) => {
  const world = await DomainWorld.open(t);
  const replica = world.replica();
  const view = await world.add(replica, NAMES[0]);
  world.cloud.zone.set({ name: NAMES[0], type: 'CAA', values: ['0 issue "letsencrypt.org"'] });
  world.setRecord(view);
  await world.until(t, replica, 'failed', async () => await world.phase(NAMES[0]) === 'failed');
  t.match(await replica.operations.getDomain('p1', view.domainId), { status: 'failed', statusMessage: /CAA/, nextCheckAt: null });
  const slow = await world.add(replica, NAMES[1]);
  world.clock.advance(73 * 3_600_000);
  await world.until(t, replica, 'timed out', async () => await world.phase(NAMES[1]) === 'failed');
  t.match(await replica.operations.getDomain('p1', slow.domainId), { statusMessage: /72 hours/ });
});

void t.test('POST answers whatever AWS does', async (t) => {
  await t.test('throttled', async (t) => {
    const world = await DomainWorld.open(t);
    const replica = world.replica({ before: ({ name }) => { if (name.startsWith('certificates.')) throw unavailable(); } });
    const view = await world.add(replica, NAMES[0]);
    t.match(view, { status: 'pending_validation', dnsValidation: null, statusMessage: /tried again by itself/ });
    t.equal(replica.cloudErrors.length, 1, 'and does not insist');
    t.match(await replica.operations.getDomain('p1', view.domainId), { dnsValidation: null });
    t.equal(replica.cloudErrors.length, 1, 'a look does not insist either');
    const healthy = world.replica();
    await world.until(t, healthy, 'the worker fills the record in', async () => (
      (await world.domain(NAMES[0]))?.validation !== undefined
    ));
  });
  await t.test('silent', async (t) => {
    const world = await DomainWorld.open(t);
    const replica = world.replica({ before: async ({ name }) => {
      if (name === 'certificates.request') await world.clock.sleep(600_000);
    } });
    const before = world.clock.now();
    const view = await world.add(replica, NAMES[0]);
    t.equal(world.clock.now() - before, world.settings.pollForRecordMs);
    t.match(view, { dnsValidation: null, statusMessage: /being asked for/ });
    const healthy = world.replica();
    await world.until(t, healthy, 'validating', async () => await world.phase(NAMES[0]) === 'validating');
    world.clock.advance(600_000);
    await world.settle(t, healthy);
    t.equal(world.cloud.acm.all().length, 1, 'the late request brought no second certificate');
  });
  await t.test('slow to name the record', async (t) => {
    const world = await DomainWorld.open(t, { cloud: { validationRecordDelayMs: 20_000 } });
    const replica = world.replica();
    const view = await world.add(replica, NAMES[0]);
    t.match(view, { dnsValidation: null, certificateStatus: 'PENDING_VALIDATION', dnsInstructions: { recordName: null, message: /few seconds/ } });
    await world.until(t, replica, 'filled in', async () => (await world.domain(NAMES[0]))?.validation !== undefined);
  });
  await t.test('refusing', async (t) => {
    const world = await DomainWorld.open(t);
    const refusing = { before: ({ name }: CallSite) => {
      if (name === 'certificates.request') throw unavailable('refused', 'LimitExceededException');
    } };
    const replica = world.replica(refusing);
    const view = await world.add(replica, NAMES[0]);
    t.match(view, { status: 'pending_validation', statusMessage: /LimitExceededException/ });
    await replica.operations.removeDomain('p1', view.domainId);
    await world.until(t, replica, 'it can be removed all the same', async () => await world.phase(NAMES[0]) === 'gone');
    t.same(world.cloud.acm.all(), []);
  });
});

void t.test('GET looks now, at most every so often, and moves the domain on', async (t) => {
  const world = await DomainWorld.open(t);
  const replica = world.replica();
  const view = await world.add(replica, NAMES[0]);
  world.setRecord(view);
  world.clock.advance(2_000);
  replica.gate.calls.length = 0;
  const views = await Promise.all([1, 2, 3].map(() => replica.operations.getDomain('p1', view.domainId)));
  t.equal(replica.gate.calls.filter((name) => name === 'certificates.describe').length, 1, 'one of many looks');
  t.equal(await world.phase(NAMES[0]), 'joining');
  t.equal((await replica.operations.getDomain('p1', view.domainId)).status, 'deploying', String(views.length));
  world.clock.advance(2_000);
  await replica.worker.runUntilIdle(3);
  t.equal(await world.phase(NAMES[0]), 'deploying');
  const edge = await world.edge();
  await world.stores.edges.update({ distributionId: world.distributionId }, { set: { dueAt: world.clock.now() + 60_000 } });
  world.clock.advance(2_000);
  await replica.operations.getDomain('p1', view.domainId);
  t.equal((await world.edge())?.dueAt, world.clock.now(), `the distribution is due (revision ${edge?.revision})`);

  const dead = world.replica({ before: async ({ name }) => {
    if (name.startsWith('certificates.')) await world.clock.sleep(600_000);
  } });
  const second = await world.add(dead, NAMES[1]);
  world.clock.advance(5_000);
  const before = world.clock.now();
  t.match(await world.clock.run(dead.operations.getDomain('p1', second.domainId)), { status: 'pending_validation' });
  t.equal(world.clock.now() - before, world.settings.lookBoundMs, 'a slow AWS does not fail it');
});

void t.test('DELETE is written between the worker\'s own writes', async (t) => {
  const world = await DomainWorld.open(t);
  const view = await world.add(world.replica(), NAMES[0]);
  let races = 1;
  const racing = world.replica({ before: async ({ name }) => {
    if (name === 'stores.domains.update' && races-- > 0) {
      await world.stores.domains.update({ domainId: view.domainId }, { add: { revision: 1 } });
    }
  } });
  t.equal((await racing.operations.removeDomain('p1', view.domainId)).status, 'deleting');
  const other = await world.add(world.replica(), NAMES[1]);
  races = 100;
  const lost = world.replica({ before: async ({ name }) => {
    if (name === 'stores.domains.update') await world.stores.domains.update({ domainId: other.domainId }, { add: { revision: 1 } });
  } });
  await t.rejects(lost.operations.removeDomain('p1', other.domainId), { code: 'project_busy' });
});

void t.test('lists are paged, newest first', async (t) => {
  const world = await DomainWorld.open(t);
  const replica = world.replica();
  for (const name of NAMES) await world.add(replica, name);
  const first = await replica.operations.listDomains('p1', { limit: 2 });
  t.same(first.items.map(({ domain }) => domain), [NAMES[2], NAMES[1]]);
  const second = await replica.operations.listDomains('p1', { limit: 2, cursor: first.nextCursor });
  t.same(second.items.map(({ domain }) => domain), [NAMES[0]]);
  t.equal(second.nextCursor, undefined);
  await t.rejects(replica.operations.listDomains('none', { limit: 2 }), { code: 'project_not_found' });
});

void t.test('a name is held once', async (t) => {
  const world = await DomainWorld.open(t);
  const replica = world.replica();
  const { operations } = replica;
  const view = await world.add(replica, NAMES[0]);
  const again = await operations.addDomain('p1', { domain: NAMES[0].toUpperCase() });
  t.match(again, { created: false, domain: { domainId: view.domainId } }, 'asking again answers the same');
  await t.rejects(operations.addDomain('p2', { domain: NAMES[0] }), { code: 'hostname_taken' });
  await t.rejects(operations.getDomain('p2', view.domainId), { code: 'domain_not_found' });
  await t.rejects(operations.removeDomain('none', view.domainId), { code: 'project_not_found' });
  await operations.removeDomain('p1', view.domainId);
  await t.rejects(operations.addDomain('p1', { domain: NAMES[0] }), { code: 'domain_deleting' });
  await t.rejects(operations.addDomain('p2', { domain: NAMES[0] }), { code: 'hostname_taken' });

  const both = await world.clock.run(Promise.all([1, 2, 3].map(() => operations.addDomain('p1', { domain: NAMES[1] }))));
  t.equal(new Set(both.map(({ domain }) => domain.domainId)).size, 1, 'together as well');
  t.equal((await world.allDomains()).filter(({ domain }) => domain === NAMES[1]).length, 1);
});

void t.test('a claim without its domain is completed by its project and later taken over by others', async (t) => {
  const world = await DomainWorld.open(t);
  const dying = world.replica({ before: ({ name }) => { if (name === 'stores.domains.create') dying.gate.kill(); } });
  await t.rejects(dying.operations.addDomain('p1', { domain: NAMES[0] }), { name: 'Crash' });
  const { operations } = world.replica();
  await t.rejects(operations.addDomain('p2', { domain: NAMES[0] }), { code: 'hostname_taken' });
  const claim = await world.stores.hostnames.get({ hostname: NAMES[0] });
  const mine = await world.clock.run(operations.addDomain('p1', { domain: NAMES[0] }));
  t.match(mine, { created: true, domain: { domainId: claim?.domainId } });

  const dyingToo = world.replica({ before: ({ name }) => { if (name === 'stores.domains.create') dyingToo.gate.kill(); } });
  await t.rejects(dyingToo.operations.addDomain('p1', { domain: NAMES[1] }), { name: 'Crash' });
  world.clock.advance(world.settings.claimTakeoverMs);
  const theirs = await world.clock.run(operations.addDomain('p2', { domain: NAMES[1] }));
  t.match(theirs, { created: true, domain: { projectId: 'p2' } });
});

void t.test('a writer who lost its claim while it slept takes nothing', async (t) => {
  const world = await DomainWorld.open(t);
  const sleepy = world.replica({ before: async ({ name }) => {
    if (name === 'stores.domains.create') await world.clock.sleep(world.settings.claimTakeoverMs + 1);
  } });
  const late = sleepy.operations.addDomain('p1', { domain: NAMES[0] });
  late.catch(() => undefined);
  while (world.clock.sleepers === 0) await new Promise((resolve) => setImmediate(resolve));
  world.clock.advance(world.settings.claimTakeoverMs);
  const replica = world.replica();
  const view = await world.add(replica, NAMES[0], 'p2');
  await t.rejects(world.clock.run(late), { code: 'domain_deleting' });
  world.setRecord(view);
  await world.until(t, replica, 'active', async () => (
    (await world.allDomains()).map(({ phase, projectId }) => `${projectId} ${phase}`).join() === 'p2 active'
  ));
  await world.settle(t, replica);
  await world.checkTidy(t);
});

void t.test('POST refuses with the remedy', async (t) => {
  const world = await DomainWorld.open(t, { settings: { distributionNameLimit: 2 } });
  const replica = world.replica();
  const { operations } = replica;
  await t.rejects(operations.addDomain('none', { domain: NAMES[0] }), { code: 'project_not_found' });
  await t.rejects(operations.addDomain('p1', { domain: '10.0.0.1' }), {
    code: 'invalid_hostname', errors: [{ field: 'body/domain', message: /IP address/ }],
  });
  await live(t, world, replica, NAMES[0]);
  await world.add(replica, NAMES[1]);
  await t.rejects(operations.addDomain('p1', { domain: NAMES[2] }), { code: 'distribution_full' });
  await t.rejects(world.clock.run(operations.addDomain('p1', { domain: NAMES[1] })).then(() => { throw new Error('known'); }),
    { message: 'known' }, 'a name that is there already is answered all the same');
  await world.stores.projects.update({ projectId: 'p1' }, { remove: ['distributionId', 'distributionDomain'] });
  await t.rejects(operations.addDomain('p1', { domain: NAMES[2] }), { code: 'distribution_not_configured' });
  await world.stores.projects.update({ projectId: 'p1' }, { set: { closing: true } });
  await t.rejects(operations.addDomain('p1', { domain: NAMES[2] }), { code: 'project_busy' });
});

void t.test('a project that closes or goes while a domain is added takes the name along', async (t) => {
  for (const change of ['closes', 'goes'] as const) {
    const world = await DomainWorld.open(t);
    const close = () => change === 'closes'
      ? world.stores.projects.update({ projectId: 'p1' }, { set: { closing: true } })
      : world.stores.projects.remove({ projectId: 'p1' });
    const early = world.replica({ after: async ({ name }) => { if (name === 'stores.hostnames.create') await close(); } });
    await t.rejects(early.operations.addDomain('p1', { domain: NAMES[0] }),
      { code: change === 'closes' ? 'project_busy' : 'project_not_found' });
    t.equal(await world.stores.hostnames.get({ hostname: NAMES[0] }), undefined, 'the claim is undone');
  }
  const world = await DomainWorld.open(t);
  const late = world.replica({ after: async ({ name }) => {
    if (name === 'stores.domains.create') await world.stores.projects.remove({ projectId: 'p1' });
  } });
  await t.rejects(world.clock.run(late.operations.addDomain('p1', { domain: NAMES[0] })), { code: 'project_not_found' });
  const replica = world.replica();
  await world.until(t, replica, 'gone', async () => await world.phase(NAMES[0]) === 'gone');
  t.same(world.cloud.acm.all(), []);
  t.match(await world.stores.hostnames.get({ hostname: NAMES[0] }), { projectId: 'p1', releasedAt: Number }, 'a tombstone');
});

void t.test('a certificate request whose answer was lost is found again after the token has expired', async (t) => {
  for (const wanted of ['present', 'absent'] as const) {
    const world = await DomainWorld.open(t);
    const dying = world.replica({ after: ({ name }) => { if (name === 'certificates.request') dying.gate.kill(); } });
    await t.rejects(world.clock.run(dying.operations.addDomain('p1', { domain: NAMES[0] })), { name: 'Crash' });
    t.equal(world.cloud.acm.all().length, 1);
    world.clock.advance(2 * 3_600_000);
    const replica = world.replica();
    const [record] = await world.allDomains();
    if (wanted === 'absent') await replica.operations.removeDomain('p1', record?.domainId ?? '');
    const phase = wanted === 'present' ? 'validating' : 'gone';
    await world.until(t, replica, phase, async () => await world.phase(NAMES[0]) === phase);
    t.equal(world.cloud.acm.all().length, wanted === 'present' ? 1 : 0);
  }
});

void t.test('more names than one certificate holds wait for room', async (t) => {
  const world = await DomainWorld.open(t, { settings: { distributionNameLimit: 2, edgeBatchWindowMs: 3_000 } });
  const replica = world.replica();
  for (const [at, name] of NAMES.entries()) world.setRecord(await world.add(replica, name, at === 2 ? 'p2' : 'p1'));
  await world.until(t, replica, 'two active', async () => (
    (await world.allDomains()).filter(({ phase }) => phase === 'active').length === 2
  ));
  const waiting = (await world.allDomains()).find(({ phase }) => phase === 'joining');
  await world.settle(t, replica);
  t.match(await world.domain(waiting?.domain ?? ''), { phase: 'joining', reason: /as many names/ });
  const [active] = (await world.allDomains()).filter(({ phase }) => phase === 'active');
  await replica.operations.removeDomain(active?.projectId ?? '', active?.domainId ?? '');
  await world.until(t, replica, 'taken up', async () => await world.phase(waiting?.domain ?? '') === 'active', 600_000);
});
