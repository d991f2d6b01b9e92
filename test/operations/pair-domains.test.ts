import t from 'tap';
import type { Test } from 'tap';
import { DomainWorld } from '../support/domain-world.ts';
import type { DomainReplica } from '../support/domain-world.ts';
import type { CallSite } from '../support/failing-world.ts';

const APEX = 'example.com';
const WWW = 'www.example.com';
/** `CRASH_STRIDE=1` dies after every write; by default after every seventh one. */
const STRIDE = Number(process.env.CRASH_STRIDE ?? 7);

async function gone(t: Test, world: DomainWorld, replica: DomainReplica, ...names: string[]): Promise<void> {
  await world.until(t, replica, `${names.join(' and ')} gone`, async () => (
    (await Promise.all(names.map((name) => world.phase(name)))).every((phase) => phase === 'gone')
  ));
}

void t.test('an apex brings its www along, and takes it away again', async (t) => {
  const world = await DomainWorld.open(t);
  const replica = world.replica();
  const apex = await world.add(replica, APEX, 'p1', { www: 'also' });
  const www = await world.domain(WWW);
  t.match(apex, { status: 'pending_validation', pair: {
    domain: WWW, role: 'apex', state: 'added', domainId: www?.domainId, message: /records of its own/ } });
  t.match(await replica.operations.getDomain('p1', www?.domainId ?? ''), {
    domain: WWW, pair: { domain: APEX, role: 'www', state: 'added', domainId: apex.domainId, message: /deleted with it/ } });
  t.match(await world.add(replica, APEX, 'p1', { www: 'also' }), { domainId: apex.domainId, pair: { state: 'added' } }, 'asking again is harmless');
  await world.until(t, replica, 'www has its record', async () => (await world.domain(WWW))?.validation !== undefined);
  for (const { domainId } of [apex, { domainId: www?.domainId ?? '' }]) {
    world.setRecord(await replica.operations.getDomain('p1', domainId));
  }
  await world.until(t, replica, 'both active', async () => (await world.allDomains()).every(({ phase }) => phase === 'active'));
  await replica.operations.removeDomain('p1', apex.domainId);
  await gone(t, world, replica, APEX, WWW);
  await world.settle(t, replica);
  await world.checkTidy(t);
});

void t.test('a www that was there before stays, and one that is deleted leaves the apex', async (t) => {
  const world = await DomainWorld.open(t);
  const replica = world.replica();
  const before = await world.add(replica, WWW);
  const plain = await world.add(replica, APEX);
  t.notOk(plain.pair);
  const apex = await world.add(replica, APEX, 'p1', { www: 'also' });
  t.match(apex, { domainId: plain.domainId, pair: { state: 'own', domainId: before.domainId, message: /stays on its own/ } },
    'a domain that is there is given its pair');
  await replica.operations.removeDomain('p1', apex.domainId);
  await gone(t, world, replica, APEX);
  t.equal(await world.phase(WWW), 'validating');
  await replica.operations.removeDomain('p1', before.domainId);
  await gone(t, world, replica, WWW);

  const again = await world.add(replica, APEX, 'p1', { www: 'also' });
  await replica.operations.removeDomain('p1', again.pair?.domainId ?? '');
  await t.rejects(world.clock.run(replica.operations.addDomain('p1', { domain: WWW })), { code: 'domain_deleting' });
  await gone(t, world, replica, WWW);
  t.match(await replica.operations.getDomain('p1', again.domainId), { pair: { state: 'parted', message: /not tied/ } });
  t.match(await world.add(replica, APEX, 'p1', { www: 'also' }), { pair: { state: 'added' } }, 'and can have one again');
  t.match(await world.add(replica, APEX, 'p1', { www: 'also' }), { pair: { state: 'added' } });
});

void t.test('a www that cannot be had does not hold the apex up', async (t) => {
  const world = await DomainWorld.open(t);
  const replica = world.replica();
  const theirs = await world.add(replica, WWW, 'p2');
  const apex = await world.add(replica, APEX, 'p1', { www: 'also' });
  t.match(apex, { dnsValidation: {}, pair: { state: 'refused', domainId: null, message: /"takeOver": true/ } });
  const contending = await world.add(replica, APEX, 'p1', { www: 'also', takeOver: true });
  const www = await replica.operations.getDomain('p1', contending.pair?.domainId ?? '');
  t.match(www, { status: 'pending_ownership', ownershipChallenge: { reason: 'held' } }, 'unless it is asked for');
  await replica.operations.removeDomain('p1', apex.domainId);
  await gone(t, world, replica, APEX);
  t.match(await replica.operations.getDomain('p2', theirs.domainId), { status: 'pending_validation' });
});

void t.test('www is for an apex, and is refused where nothing could carry it out', async (t) => {
  const world = await DomainWorld.open(t);
  const { operations } = world.replica();
  await t.rejects(operations.addDomain('p1', { domain: 'shop.example.com', www: 'also' }), {
    code: 'invalid_request', errors: [{ field: 'body/www', message: /shop\.example\.com is none/ }],
  });
  await t.rejects(operations.addDomain('p1', { domain: APEX, www: 'redirect' }), {
    code: 'invalid_request', errors: [{ field: 'body/www', message: /Use "also".*next\.config\.js/ }],
  });
  t.same(await world.allDomains(), []);
  t.match((await world.add(world.replica(), APEX, 'p1', { www: 'none' })).pair, undefined);
});

void t.test('a process may die at any point of adding and deleting a pair', async (t) => {
  const isWrite = ({ name }: CallSite) => /stores\.\w+\.(create|replace|update|remove)$/.test(name);
  const tell = async (world: DomainWorld, doomed: DomainReplica) => {
    const alive = world.replica();
    await world.clock.run(doomed.operations.addDomain('p1', { domain: APEX, www: 'also' })).catch(() => undefined);
    await world.clock.run(alive.operations.addDomain('p1', { domain: APEX, www: 'also' }));
    t.match((await world.domain(APEX))?.pair, { state: 'added' });
    t.match((await world.domain(WWW))?.pair, { state: 'added' });
    const { domainId = '' } = await world.domain(APEX) ?? {};
    await doomed.operations.removeDomain('p1', domainId).catch(() => undefined);
    await doomed.worker.runUntilIdle(10);
    await alive.operations.removeDomain('p1', domainId).catch(() => undefined);
    await gone(t, world, alive, APEX, WWW);
  };
  let writes = 0;
  const calm = await DomainWorld.open(t);
  await tell(calm, calm.replica({ after: (call) => { if (isWrite(call)) writes += 1; } }));
  for (let fatal = 1; fatal <= writes; fatal += STRIDE) {
    const world = await DomainWorld.open(t);
    let count = 0;
    const doomed: DomainReplica = world.replica({ after: (call) => { if (isWrite(call) && ++count === fatal) doomed.gate.kill(); } });
    await tell(world, doomed);
    world.close();
  }
  t.ok(writes > 10, `${writes} writes`);
});

void t.test('a www that was not begun when its apex was deleted never is', async (t) => {
  const world = await DomainWorld.open(t);
  const dying: DomainReplica = world.replica({ before: ({ name, args }) => {
    const [made] = args as [{ hostname?: string }];
    if (name === 'stores.hostnames.create' && made.hostname === WWW) dying.gate.kill();
  } });
  await t.rejects(world.clock.run(dying.operations.addDomain('p1', { domain: APEX, www: 'also' })), { name: 'Crash' });
  const replica = world.replica();
  await replica.operations.removeDomain('p1', (await world.domain(APEX))?.domainId ?? '');
  await gone(t, world, replica, APEX);
  t.equal(await world.stores.hostnames.get({ hostname: WWW }), undefined);
});

void t.test('a www that was begun when its apex was deleted goes along', async (t) => {
  const world = await DomainWorld.open(t);
  const dying: DomainReplica = world.replica({ after: ({ name, args }) => {
    const [made] = args as [{ domain?: string }];
    if (name === 'stores.domains.create' && made.domain === WWW) dying.gate.kill();
  } });
  await t.rejects(world.clock.run(dying.operations.addDomain('p1', { domain: APEX, www: 'also' })), { name: 'Crash' });
  const apex = await world.domain(APEX);
  t.equal(apex?.pair?.state, 'wanted');
  const replica = world.replica();
  await replica.operations.removeDomain('p1', apex?.domainId ?? '');
  await gone(t, world, replica, APEX, WWW);
});
