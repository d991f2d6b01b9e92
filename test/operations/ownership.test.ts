import t from 'tap';
import type { Test } from 'tap';
import { contenderKey } from '../../src/domain/hostname-claim.ts';
import type { Hostname } from '../../src/domain/hostname.ts';
import type { DomainView } from '../../src/domain/domain-view.ts';
import type { DomainInput } from '../../src/operations/operations.ts';
import type { DomainReplica } from '../support/domain-world.ts';
import { DomainWorld } from '../support/domain-world.ts';

const NAME = 'shop.example.com';
const DAY_MS = 86_400_000;

/** Quiet comes sooner: a late change is not waited for that long. */
async function open(t: Test): Promise<DomainWorld> {
  return DomainWorld.open(t, { settings: { strayMs: 4_000 } });
}

async function live(
  t: Test, world: DomainWorld, replica: DomainReplica, name: string, projectId = 'p1', more: Omit<DomainInput, 'domain'> = {},
): Promise<DomainView> {
  const view = await world.add(replica, name, projectId, more);
  world.setRecord(view);
  await becomes(t, world, replica, view, 'active');
  return view;
}

async function becomes(t: Test, world: DomainWorld, replica: DomainReplica, { domainId }: DomainView, phase: string): Promise<void> {
  await world.until(t, replica, `${domainId} is ${phase}`, async () => (
    ((await world.stores.domains.get({ domainId }))?.phase ?? 'gone') === phase
  ));
}

async function remove(t: Test, world: DomainWorld, replica: DomainReplica, view: DomainView): Promise<void> {
  await replica.operations.removeDomain(view.projectId, view.domainId);
  await becomes(t, world, replica, view, 'gone');
}

function requests(replica: DomainReplica): number {
  return replica.gate.calls.filter((call) => call === 'certificates.request').length;
}

async function claimOf(world: DomainWorld, hostname: string) {
  return world.stores.hostnames.get({ hostname });
}

void t.test('a name that was removed is its project\'s again at once, and another\'s only with a proof', async (t) => {
  const world = await open(t);
  const replica = world.replica();
  const first = await live(t, world, replica, NAME);
  await remove(t, world, replica, first);
  t.match(await claimOf(world, NAME), { projectId: 'p1', domainId: first.domainId, releasedAt: Number }, 'a tombstone stays');

  const other = world.replica();
  const theirs = await world.add(other, NAME, 'p2');
  t.match(theirs, {
    status: 'pending_ownership', isActive: false, certificateArn: null, statusMessage: /Another project held shop\.example\.com/,
    ownershipChallenge: {
      reason: 'formerly_held', recordType: 'TXT', recordName: '_anchor-challenge.shop.example.com', recordValue: /^token/,
      message: /Add this TXT record/, endsAt: world.clock.now() + 7 * DAY_MS,
    },
    dnsInstructions: { recordName: null, message: /once the one under ownershipChallenge is seen/ },
  });
  for (let looks = 0; looks < 15; looks++) await world.tick(t, other, 240_000);
  t.equal(requests(other), 0, 'no certificate is asked for, although Amazon would issue it at once');
  t.equal(await world.phase(NAME), 'challenging');
  t.same(world.accepted.aliases, []);
  t.match(await other.operations.addDomain('p2', { domain: NAME }), { created: false, domain: { domainId: theirs.domainId } });

  const back = await live(t, world, replica, NAME);
  t.not(back.domainId, first.domainId, 'the contender did not hold it up');
  await remove(t, world, replica, back);
  const again = await other.operations.getDomain('p2', theirs.domainId);
  t.not(again.ownershipChallenge?.recordValue, theirs.ownershipChallenge?.recordValue, 'a holder since then asks for a new proof');
  world.prove(theirs);
  world.clock.advance(DAY_MS);
  await other.worker.runUntilIdle();
  t.equal(await world.phase(NAME), 'challenging', 'the old proof is worth nothing');
  world.prove(again);
  world.clock.advance(2 * DAY_MS / 24);
  await becomes(t, world, other, theirs, 'active');
  await world.settle(t, other);
  await world.checkTidy(t);
  t.match(await claimOf(world, NAME), { projectId: 'p2', domainId: theirs.domainId, provenAt: Number });
  t.notOk((await other.operations.getDomain('p2', theirs.domainId)).ownershipChallenge);
  t.equal((await world.add(replica, NAME, 'p1', { takeOver: true })).ownershipChallenge?.reason, 'held', 'and back the same way');
});

void t.test('a name that is held changes hands once control is proven and the certificate issued', async (t) => {
  const world = await open(t);
  const replica = world.replica();
  const mine = await live(t, world, replica, NAME);
  await t.rejects(replica.operations.addDomain('p2', { domain: NAME }), { code: 'hostname_taken', message: /"takeOver": true/ });
  world.cloud.zone.remove(mine.dnsInstructions.recordName ?? '');
  const theirs = await world.add(replica, NAME, 'p2', { takeOver: true });
  t.match(theirs, { status: 'pending_ownership', ownershipChallenge: { reason: 'held' }, statusMessage: /keeps the name until/ });
  world.prove(theirs);
  world.clock.advance(2_000);
  const proven = await replica.operations.getDomain('p2', theirs.domainId);
  t.match(proven, { status: 'pending_validation' }, 'GET looks at once');
  t.notOk(proven.ownershipChallenge);
  await becomes(t, world, replica, theirs, 'validating');
  await world.settle(t, replica);
  t.match(await replica.operations.getDomain('p1', mine.domainId), { isActive: true }, 'the holder is served all the while');
  t.match(await claimOf(world, NAME), { domainId: mine.domainId });

  world.setRecord(await replica.operations.getDomain('p2', theirs.domainId));
  await world.until(t, replica, 'the new one waits for the old one to leave', async () => (
    /being taken off where it was/.test((await replica.operations.getDomain('p2', theirs.domainId)).statusMessage)
  ));
  await becomes(t, world, replica, mine, 'leaving');
  t.match(await replica.operations.getDomain('p1', mine.domainId), { status: 'deleting', statusMessage: /proved by a DNS record/ });
  await becomes(t, world, replica, theirs, 'active');
  await world.settle(t, replica);
  t.match(await replica.operations.getDomain('p1', mine.domainId), {
    status: 'failed', isActive: false, statusMessage: /has taken it over/, dnsValidation: null, nextCheckAt: null,
  }, 'its former owner is told for as long as it likes');
  await world.checkTidy(t);
  await remove(t, world, replica, mine);
  t.match(await claimOf(world, NAME), { projectId: 'p2', domainId: theirs.domainId }, 'which touches nothing');
  t.match(await replica.operations.getDomain('p2', theirs.domainId), { status: 'active' });
});

void t.test('the two may be on different distributions', async (t) => {
  const world = await open(t);
  const replica = world.replica();
  const other = await world.newDistribution('other');
  await world.stores.projects.update({ projectId: 'p1' }, { set: { distributionId: other } });
  const mine = await world.add(replica, NAME);
  world.setRecord(mine);
  for (let ticks = 0; await world.phase(NAME) !== 'deploying'; ticks++) {
    if (ticks > 100) throw new Error(await world.dump());
    world.clock.advance(200);
    await replica.worker.runUntilIdle(1);
  }
  const theirs = await world.add(replica, NAME, 'p2', { takeOver: true });
  world.prove(theirs);
  for (let ticks = 0; (await world.stores.domains.get({ domainId: theirs.domainId }))?.phase !== 'active'; ticks++) {
    if (ticks > 300) throw new Error(await world.dump());
    world.clock.advance(500);
    await replica.worker.runUntilIdle(10);
  }
  t.equal((await world.stores.domains.get({ domainId: mine.domainId }))?.phase, 'failed');
  t.same(world.accepted.aliases, [NAME], 'CloudFront never refused it as held elsewhere');
});

void t.test('several contend: who proves control and is issued first gets the name, and the others prove anew', async (t) => {
  const world = await open(t);
  const replica = world.replica();
  await world.stores.projects.create({ ...await project(world, 'p1'), projectId: 'p3', createdKey: 'p3' });
  const mine = await live(t, world, replica, NAME);
  const [second, third] = [
    await world.add(replica, NAME, 'p2', { takeOver: true }), await world.add(replica, NAME, 'p3', { takeOver: true }),
  ];
  world.prove(second);
  world.prove(third);
  t.same(second.ownershipChallenge?.recordName, third.ownershipChallenge?.recordName, 'one record name, two values');
  world.clock.advance(2_000);
  await world.until(t, replica, 'one has it', async () => (await claimOf(world, NAME))?.projectId !== 'p1');
  const winner = (await claimOf(world, NAME))?.projectId === 'p2' ? second : third;
  const loser = winner === second ? third : second;
  await world.until(t, replica, 'the slower one is asked for a new proof', async () => {
    const now = await replica.operations.getDomain(loser.projectId, loser.domainId);
    return now.status === 'pending_ownership'
      && now.ownershipChallenge?.recordValue !== loser.ownershipChallenge?.recordValue;
  });
  await becomes(t, world, replica, winner, 'active');
  await becomes(t, world, replica, mine, 'failed');
  world.prove(await replica.operations.getDomain(loser.projectId, loser.domainId));
  await becomes(t, world, replica, loser, 'active');
  await becomes(t, world, replica, winner, 'failed');
  t.match(await claimOf(world, NAME), { domainId: loser.domainId });
});

void t.test('a name taken over again before the first holder is off is put on CloudFront once it is', async (t) => {
  const world = await DomainWorld.open(t, { cloud: { deployTimeMs: 12_000 }, settings: { strayMs: 4_000 } });
  const replica = world.replica();
  await world.stores.projects.create({ ...await project(world, 'p1'), projectId: 'p3', createdKey: 'p3' });
  const mine = await live(t, world, replica, NAME);
  const second = await world.add(replica, NAME, 'p2', { takeOver: true });
  world.prove(second);
  await becomes(t, world, replica, second, 'joining');
  const third = await world.add(replica, NAME, 'p3', { takeOver: true });
  world.prove(third);
  await becomes(t, world, replica, third, 'joining');
  await becomes(t, world, replica, third, 'active');
  for (const lost of [mine, second]) {
    t.match(await replica.operations.getDomain(lost.projectId, lost.domainId), { status: 'failed', statusMessage: /taken it over/ });
  }
  await world.settle(t, replica);
  t.same(world.accepted.aliases, [NAME]);
});

void t.test('a project that deletes what was taken from it is not told any more', async (t) => {
  const world = await open(t);
  const replica = world.replica();
  const mine = await live(t, world, replica, NAME);
  const theirs = await world.add(replica, NAME, 'p2', { takeOver: true });
  world.prove(theirs);
  await world.until(t, replica, 'it leaves', async () => (
    (await world.stores.domains.get({ domainId: mine.domainId }))?.phase === 'leaving'
  ));
  await remove(t, world, replica, mine);
  await becomes(t, world, replica, theirs, 'active');
});

void t.test('the new owner may give up at any point of it', async (t) => {
  for (const phase of ['challenging', 'validating', 'joining', 'active'] as const) {
    const world = await open(t);
    const replica = world.replica();
    const mine = await live(t, world, replica, NAME);
    world.cloud.zone.remove(mine.dnsInstructions.recordName ?? '');
    const theirs = await world.add(replica, NAME, 'p2', { takeOver: true });
    if (phase !== 'challenging') {
      world.prove(theirs);
      await becomes(t, world, replica, theirs, 'validating');
    }
    if (phase === 'joining' || phase === 'active') {
      world.setRecord(mine);
      await becomes(t, world, replica, theirs, phase);
    }
    await remove(t, world, replica, theirs);
    await world.settle(t, replica);
    const taken = phase === 'joining' || phase === 'active';
    t.equal((await world.stores.domains.get({ domainId: mine.domainId }))?.phase, taken ? 'failed' : 'active');
    t.equal(await claimOf(world, contenderKey(NAME as Hostname, 'p2')), undefined, 'nothing is left beside the claim');
    await world.checkTidy(t);
  }
});

void t.test('one that took the name, died before it noted so and is then deleted leaves nobody believing to have it', async (t) => {
  const world = await open(t);
  const replica = world.replica();
  const first = await live(t, world, replica, NAME);
  const dying = world.replica({ after: async ({ name }) => {
    if (name === 'stores.hostnames.replace') dying.gate.kill();
  } });
  const second = await world.add(dying, NAME, 'p2', { takeOver: true });
  world.prove(second);
  while (!dying.gate.dead) await world.tick(t, dying);
  t.match(await claimOf(world, NAME), { domainId: second.domainId });
  await remove(t, world, replica, second);
  await becomes(t, world, replica, first, 'failed');
  t.match(await replica.operations.getDomain('p1', first.domainId), { statusMessage: /^Another project proved/ });
  await world.settle(t, replica);
  await world.checkTidy(t);
});

void t.test('a proof that does not come ends, and blocked nobody', async (t) => {
  const world = await open(t);
  const replica = world.replica();
  const mine = await live(t, world, replica, NAME);
  await remove(t, world, replica, mine);
  const theirs = await world.add(replica, NAME, 'p2');
  const lookup = t.capture(world.dns, 'lookup', async () => ({ kind: 'unknown' as const, reason: 'SERVFAIL' }));
  world.clock.advance(8 * DAY_MS);
  await replica.worker.runUntilIdle(2);
  t.ok(lookup().length > 0);
  t.match(await replica.operations.listDomains('p2', { limit: 1 }), { items: [{ status: 'pending_ownership' }] },
    'nothing is concluded from a look-up that failed');
  lookup.restore();
  world.clock.advance(DAY_MS);
  await replica.worker.runUntilIdle();
  t.match(await replica.operations.getDomain('p2', theirs.domainId), {
    status: 'failed', statusMessage: /was not seen in the 7 days.*add it again/, nextCheckAt: null,
  });
  await live(t, world, replica, NAME);
});

void t.test('a name below or beside one that another project holds needs a proof', async (t) => {
  const world = await DomainWorld.open(t, { settings: { distributionNameLimit: 100 } });
  const replica = world.replica();
  for (const name of ['example.com', '*.wild.example.org', 'gone.example.net', 'me.github.io']) await world.add(replica, name);
  const gone = await world.domain('gone.example.net');
  await replica.operations.removeDomain('p1', gone?.domainId ?? '');
  await world.until(t, replica, 'gone', async () => await world.phase('gone.example.net') === 'gone');
  for (const [name, reason, decidedBy] of [
    ['a.b.example.com', 'parent_held', 'example.com'],
    ['*.example.com', 'parent_held', 'example.com'],
    ['*.b.example.com', 'parent_held', 'example.com'],
    ['x.wild.example.org', 'parent_held', '*.wild.example.org'],
    ['x.y.wild.example.org', 'parent_held', '*.wild.example.org'],
    ['wild.example.org', 'twin_held', '*.wild.example.org'],
    ['*.gone.example.net', 'formerly_held', 'gone.example.net'],
    ['*.me.github.io', 'parent_held', 'me.github.io'],
  ] as const) {
    const view = await world.add(replica, name, 'p2');
    t.match(view, { status: 'pending_ownership', ownershipChallenge: { reason, message: new RegExp(decidedBy.replace('*', '\\*')) } }, name);
    t.equal((await world.domain(name))?.challenge?.decidedBy, decidedBy);
    t.equal(view.ownershipChallenge?.recordName, `_anchor-challenge.${name.replace('*.', '')}`);
    t.equal(await claimOf(world, name), undefined, 'and does not hold the name meanwhile');
  }
  for (const name of ['example.org', 'other.example.org', 'x.gone.example.net', 'you.github.io']) {
    t.equal((await world.add(replica, name, 'p2')).status, 'pending_validation', `${name} belongs to nobody's name`);
  }
  t.equal((await world.add(replica, 'a.b.c.example.com')).status, 'pending_validation', 'own names above never block');
});

void t.test('a name below another project\'s goes its way once proven', async (t) => {
  const world = await open(t);
  const replica = world.replica();
  await live(t, world, replica, 'example.com');
  const below = await world.add(replica, NAME, 'p2');
  world.prove(below);
  await world.until(t, replica, 'its certificate is asked for', async () => (await world.domain(NAME))?.validation !== undefined);
  t.match(await claimOf(world, NAME), { projectId: 'p2', provenAt: Number }, 'the free name is claimed with the proof');
  world.setRecord(await replica.operations.getDomain('p2', below.domainId));
  await becomes(t, world, replica, below, 'active');
  await world.settle(t, replica);
  await world.checkTidy(t);
});

void t.test('of two projects that add a name and its wildcard together neither slips through', async (t) => {
  const world = await open(t);
  let waiting = 0;
  const meet = { after: async ({ name }: { name: string }) => {
    if (name !== 'stores.hostnames.create' || ++waiting > 2) return;
    while (waiting < 2) await new Promise((resolve) => setImmediate(resolve));
  } };
  const both = await world.clock.run(Promise.all([
    world.replica(meet).operations.addDomain('p1', { domain: 'example.com' }),
    world.replica(meet).operations.addDomain('p2', { domain: '*.example.com' }),
  ]));
  t.ok(both.some(({ domain }) => domain.status === 'pending_ownership'), both.map(({ domain }) => domain.status).join());
});

void t.test('two projects that contend for a tombstone get one holder', async (t) => {
  for (let round = 0; round < 4; round++) {
    const world = await open(t);
    const replica = world.replica();
    const mine = await live(t, world, replica, NAME);
    await remove(t, world, replica, mine);
    let turns = round;
    const slow = { before: async () => {
      for (let left = (turns = (turns * 5 + 3) % 7); left > 0; left--) await new Promise((resolve) => setImmediate(resolve));
    } };
    const theirs = await world.add(replica, NAME, 'p2');
    world.prove(theirs);
    world.clock.advance(2_000);
    const [back] = await world.clock.run(Promise.all([
      world.replica(slow).operations.addDomain('p1', { domain: NAME }).catch((error: unknown) => error as Error),
      world.replica(slow).worker.runUntilIdle(10),
    ]));
    await world.settle(t, replica);
    const holding = (await world.allDomains()).filter(({ phase }) => phase === 'active');
    t.equal(holding.length, 1, `one is active (the first was answered ${back instanceof Error ? back.message : back.domain.status})`);
    t.equal((await claimOf(world, NAME))?.domainId, holding[0]?.domainId);
  }
});

void t.test('what a maker that died left behind is not mistaken for a name nobody had', async (t) => {
  const world = await open(t);
  const replica = world.replica();
  await remove(t, world, replica, await live(t, world, replica, NAME));
  const dying = world.replica({ before: ({ name }) => { if (name === 'stores.domains.create') dying.gate.kill(); } });
  await t.rejects(dying.operations.addDomain('p1', { domain: NAME }), { name: 'Crash' });
  t.match(await claimOf(world, NAME), { heldBefore: true });
  await t.rejects(replica.operations.addDomain('p2', { domain: NAME }), { code: 'hostname_taken' });
  world.clock.advance(world.settings.claimTakeoverMs);
  const theirs = await world.add(replica, NAME, 'p2');
  t.match(theirs, { ownershipChallenge: { reason: 'formerly_held' } });
  world.prove(theirs);
  await becomes(t, world, replica, theirs, 'active');

  await remove(t, world, replica, theirs);
  const closing = world.replica({ after: async ({ name }) => {
    if (name === 'stores.hostnames.replace') await world.stores.projects.update({ projectId: 'p2' }, { set: { closing: true } });
  } });
  await t.rejects(closing.operations.addDomain('p2', { domain: NAME }), { code: 'project_busy' });
  t.match(await claimOf(world, NAME), { projectId: 'p2', releasedAt: Number }, 'a claim that is undone is a tombstone again');
});

void t.test('a contention without its domain is completed by its project', async (t) => {
  const world = await open(t);
  const replica = world.replica();
  await live(t, world, replica, NAME);
  const dying = world.replica({ before: ({ name }) => { if (name === 'stores.domains.create') dying.gate.kill(); } });
  await t.rejects(dying.operations.addDomain('p2', { domain: NAME, takeOver: true }), { name: 'Crash' });
  const left = await claimOf(world, contenderKey(NAME as Hostname, 'p2'));
  t.match(await world.add(replica, NAME, 'p2', { takeOver: true }), { domainId: left?.domainId, status: 'pending_ownership' });
});

void t.test('a name that everybody wants at the same moment is asked for again', async (t) => {
  const world = await open(t);
  const theirs = { hostname: NAME, projectId: 'p2', domainId: 'dom_x', claimedAt: world.clock.now() };
  const unlucky = world.replica({
    before: async ({ name }) => { if (name === 'stores.hostnames.create') await world.stores.hostnames.create(theirs); },
    after: async ({ name }) => { if (name === 'stores.hostnames.create') await world.stores.hostnames.remove({ hostname: NAME }); },
  });
  await t.rejects(unlucky.operations.addDomain('p1', { domain: NAME }), { code: 'project_busy' });
  t.same(await world.allDomains(), []);
});

void t.test('names of the platform itself are refused', async (t) => {
  const world = await open(t);
  const { operations } = world.replica();
  for (const domain of ['platform.example', 'www.platform.example', '*.platform.example']) {
    await t.rejects(operations.addDomain('p1', { domain }), { code: 'invalid_hostname', message: /belong to the platform/ });
  }
  await world.stores.projects.update({ projectId: 'p1' }, { set: { distributionDomain: 'edge.example.org' } });
  await t.rejects(operations.addDomain('p1', { domain: 'edge.example.org' }), { code: 'invalid_hostname' });
  await t.rejects(operations.addDomain('p1', { domain: '*.example.org' }), { code: 'invalid_hostname' }, 'a wildcard over it too');
});

async function project(world: DomainWorld, projectId: string) {
  const found = await world.stores.projects.get({ projectId });
  if (!found) throw new Error('no project');
  return found;
}
