import t from 'tap';
import type { Test } from 'tap';
import type { Edge, EdgeMember } from '../../src/domain/edge.ts';
import { newEdge } from '../../src/domain/edge.ts';
import type { Hostname } from '../../src/domain/hostname.ts';
import type { CustomDomain } from '../../src/domain/custom-domain.ts';
import { joinEdge, leaveEdge, wakeEdge } from '../../src/operations/edge-membership.ts';
import { reconcileDomain } from '../../src/operations/reconcile-domain.ts';
import { reconcileEdge } from '../../src/operations/reconcile-edge.ts';
import type { CloudErrorKind } from '../../src/ports/cloud-error.ts';
import { CloudError } from '../../src/ports/cloud-error.ts';
import { DomainWorld } from '../support/domain-world.ts';
import type { DomainReplica } from '../support/domain-world.ts';

const A = 'a.example.com' as Hostname;
const B = 'b.example.com' as Hostname;

function member(changes: Partial<EdgeMember> = {}): EdgeMember {
  return { domainId: 'dom_a', projectId: 'p1', state: 'joining', since: 1, ...changes };
}

async function withEdge(world: DomainWorld, changes: Partial<Edge>): Promise<void> {
  await world.stores.edges.create({ ...newEdge(world.distributionId), baseline: { kind: 'default' }, ...changes });
}

/** Fails every call of this name with this error. */
function failing(world: DomainWorld, call: string, kind: CloudErrorKind, awsName: string, retryAfterSeconds?: number): DomainReplica {
  return world.replica({ before: ({ name }) => {
    if (name === call) throw new CloudError({ kind, service: 'aws', operation: name, awsName, message: `aws: ${awsName}`, retryAfterSeconds });
  } });
}

async function pass(t: Test, world: DomainWorld, replica: DomainReplica, expected: string): Promise<Edge> {
  t.equal(await reconcileEdge(replica.deps, world.distributionId), expected);
  const edge = await world.edge();
  if (!edge) throw new Error('no edge');
  return edge;
}

/** An issued certificate for these names. */
async function issue(world: DomainWorld, ...names: [string, ...string[]]): Promise<string> {
  const arn = await world.certificates.request({ names, token: `t${names.join('').replace(/\W/g, '')}`.slice(0, 32), projectId: 'p1' });
  world.clock.advance(2_000);
  for (const { record } of (await world.certificates.describe(arn))?.validations ?? []) {
    if (record) world.cloud.zone.set({ name: record.name, type: record.type, values: [record.value] });
  }
  world.clock.advance(2_000);
  return arn;
}

void t.test('a distribution nobody knows has nothing to do', async (t) => {
  const world = await DomainWorld.open(t);
  t.equal(await reconcileEdge(world.replica().deps, 'E0'), 'gone');
  t.equal(await reconcileDomain(world.replica().deps, 'dom_0'), 'gone');
});

void t.test('what cannot be seen is looked for later and later', async (t) => {
  const world = await DomainWorld.open(t);
  await withEdge(world, { members: { [A]: member() } });
  const replica = failing(world, 'distributions.read', 'unavailable', 'ServiceUnavailable');
  const first = await pass(t, world, replica, 'later');
  const second = await pass(t, world, replica, 'later');
  t.same([first.attempts, second.attempts], [1, 2]);
  t.ok((second.dueAt ?? 0) > (first.dueAt ?? 0));
  t.equal(replica.cloudErrors.length, 2);
});

void t.test('a distribution that was deleted is said to be gone', async (t) => {
  const world = await DomainWorld.open(t);
  await world.stores.edges.create({ ...newEdge('E0'), members: { [A]: member({ state: 'served' }) } });
  for (const expected of ['again', 'again', 'later']) t.equal(await reconcileEdge(world.replica().deps, 'E0'), expected);
  t.match(await world.stores.edges.get({ distributionId: 'E0' }), { reason: /no distribution E0/ });
});

void t.test('a stale ETag is read again at once, and after some time not so often', async (t) => {
  const world = await DomainWorld.open(t);
  const own = await issue(world, A);
  await withEdge(world, { members: { [A]: member({ state: 'attaching', ownCertificateArn: own }) } });
  const replica = failing(world, 'distributions.change', 'stale', 'PreconditionFailed');
  for (let tries = 1; tries <= 3; tries++) t.equal((await pass(t, world, replica, 'again')).attempts, tries);
  t.equal((await pass(t, world, replica, 'later')).reason, undefined, 'and nobody is bothered with it');
  t.equal((await pass(t, world, world.replica(), 'again')).attempts, 0);
});

void t.test('a refusal is told, and tried again as late as AWS asks', async (t) => {
  const world = await DomainWorld.open(t);
  const own = await issue(world, A);
  await withEdge(world, { members: { [A]: member({ state: 'attaching', ownCertificateArn: own }) } });
  t.match(await pass(t, world, failing(world, 'distributions.change', 'refused', 'TooManyDistributionCNAMEs'), 'later'),
    { reason: /TooManyDistributionCNAMEs/, attempts: 1 });
  const throttled = await pass(t, world, failing(world, 'distributions.change', 'throttled', 'Throttling', 120), 'later');
  t.match(throttled, { attempts: 2, dueAt: world.clock.now() + 120_000 });
});

void t.test('a certificate that CloudFront goes on refusing is replaced', async (t) => {
  const world = await DomainWorld.open(t);
  const own = await issue(world, A);
  await withEdge(world, { members: { [A]: member({ state: 'attaching', ownCertificateArn: own }) } });
  const replica = failing(world, 'distributions.change', 'refused', 'InvalidViewerCertificate');
  for (let tries = 1; tries < 5; tries++) t.same((await pass(t, world, replica, 'later')).retired, [], 'ACM may be ahead of CloudFront');
  const edge = await pass(t, world, replica, 'again');
  t.match(edge, { retired: [own], holdUntil: world.clock.now() + world.settings.replanAfterMs });
  t.equal(edge.members[A]?.ownCertificateArn, undefined);
});

void t.test('the certificate found there is not insisted on when it is gone', async (t) => {
  const world = await DomainWorld.open(t);
  const ours = await issue(world, A, 'x.example.org');
  const state = await world.distributions.read(world.distributionId);
  if (!state) throw new Error('no distribution');
  await world.distributions.change(state, { aliases: [A, 'x.example.org'], viewerCertificate: { kind: 'acm', certificateArn: ours } });
  world.clock.advance(10_000);
  await withEdge(world, {
    members: { [A]: member({ state: 'leaving' }) }, foreign: ['x.example.org'],
    serving: { certificateArn: ours, names: [A, 'x.example.org'], deployed: true, notAfter: world.clock.now() * 2 },
    baseline: { kind: 'other', settings: { IAMCertificateId: 'gone' } }, attempts: 4,
  });
  const edge = await pass(t, world, failing(world, 'distributions.change', 'refused', 'InvalidViewerCertificate'), 'later');
  t.equal(edge.baseline, undefined);
  await pass(t, world, world.replica(), 'again');
  t.same(world.accepted, { aliases: ['x.example.org'], certificateArn: ours }, 'what others have stays covered');
});

void t.test('a request that is refused is searched for before it is made again', async (t) => {
  const world = await DomainWorld.open(t);
  const next = { generation: 1, names: [A, B] as [string, string], projectId: 'p1', plannedAt: 1, requestedAt: world.clock.now() };
  await withEdge(world, { members: { [A]: member(), [B]: member({ domainId: 'dom_b' }) }, next, generation: 1 });
  const refused = await pass(t, world, failing(world, 'certificates.request', 'refused', 'LimitExceededException'), 'later');
  t.match(refused, { reason: /LimitExceededException/, attempts: 1 });
  const replica = world.replica();
  t.equal((await pass(t, world, replica, 'again')).next?.requestedAt, world.clock.now());
  t.ok(replica.gate.calls.includes('certificates.findByToken'));
  t.match(await pass(t, world, failing(world, 'certificates.request', 'throttled', 'Throttling'), 'later'),
    { next: { requestedAt: world.clock.now() }, attempts: 2 }, 'a throttle changes nothing');
  t.ok((await pass(t, world, replica, 'again')).next?.certificateArn);
});

void t.test('a retired certificate in use is tried again later, and others first', async (t) => {
  const world = await DomainWorld.open(t);
  const [used, free] = [await issue(world, A), await issue(world, B)];
  const other = await world.newDistribution('user');
  const state = await world.distributions.read(other);
  if (!state) throw new Error('no distribution');
  await world.distributions.change(state, { aliases: [], viewerCertificate: { kind: 'acm', certificateArn: used } });
  await withEdge(world, { retired: [used, free] });
  await pass(t, world, world.replica(), 'again');
  t.match(await pass(t, world, world.replica(), 'again'), { retired: [free, used], retiredTriedAt: world.clock.now() });
  t.match(await pass(t, world, world.replica(), 'later'), { dueAt: world.clock.now() + world.settings.inUseRetryMs });
  world.clock.advance(world.settings.inUseRetryMs);
  t.match(await pass(t, world, failing(world, 'certificates.remove', 'throttled', 'Throttling'), 'later'), { retired: [free, used] });
  t.same((await pass(t, world, world.replica(), 'again')).retired, [used]);
});

function domain(changes: Partial<CustomDomain>): CustomDomain {
  return {
    domainId: 'dom_a', projectId: 'p1', domain: A, distributionId: '', distributionDomain: 'd.cloudfront.net', desired: 'present',
    phase: 'joining', certificateGeneration: 1, certificateStatus: 'ISSUED', ownCertificateArn: 'arn:own',
    cloudFrontStatus: 'not_attached', createdAt: 1, updatedAt: 1, revision: 1, attempts: 0, ...changes,
  };
}

void t.test('membership is written on condition, and never over another domain', async (t) => {
  const world = await DomainWorld.open(t);
  const { distributionId } = world;
  const { deps } = world.replica();
  const mine = domain({ distributionId });
  t.equal(await leaveEdge(deps, mine), 'again', 'there is nothing to leave');
  t.equal(await joinEdge(deps, mine), 'done');
  t.match((await world.edge())?.members[A], { domainId: 'dom_a', state: 'joining', ownCertificateArn: 'arn:own' });
  t.equal(await joinEdge(deps, mine), 'again', 'it is a member');
  t.equal(await joinEdge(deps, domain({ distributionId, domainId: 'dom_z' })), 'again', 'another has the name');
  t.equal(await leaveEdge(deps, domain({ distributionId, domainId: 'dom_z' })), 'again');
  const { ownCertificateArn: _, ...bare } = mine;
  t.equal(await joinEdge(deps, { ...bare, domain: B, domainId: 'dom_b' }), 'done');
  t.equal(await leaveEdge(deps, mine), 'done');
  t.same(Object.keys((await world.edge())?.members ?? {}), [B], 'it was never sent to CloudFront');

  const racing = world.replica({ before: async ({ name }) => {
    if (name === 'stores.edges.replace') await world.stores.edges.update({ distributionId }, { add: { revision: 1 } });
    if (name === 'stores.edges.create') await world.stores.edges.create({ ...newEdge('E2'), generation: 7 });
  } });
  t.equal(await joinEdge(racing.deps, mine), 'again', 'somebody else wrote meanwhile');
  t.equal(await joinEdge(racing.deps, domain({ distributionId: 'E2' })), 'again', 'or made the item');
});

void t.test('a distribution is woken unless it waits out a failure', async (t) => {
  const world = await DomainWorld.open(t);
  const { deps } = world.replica();
  const mine = { distributionId: world.distributionId, domain: A };
  await wakeEdge(deps, mine);
  t.equal(await world.edge(), undefined);
  const now = world.clock.now();
  await withEdge(world, {});
  await wakeEdge(deps, mine);
  t.equal((await world.edge())?.dueAt, now);
  await world.stores.edges.update({ distributionId: world.distributionId }, { set: { attempts: 1, dueAt: now + 9 } });
  await wakeEdge(deps, mine);
  t.equal((await world.edge())?.dueAt, now + 9);

  const held = { since: now, triedAt: now, lookAt: now + 60_000, target: 'd1.cloudfront.net' };
  const members = { [A]: member({ state: 'held', held }) };
  await world.stores.edges.update({ distributionId: world.distributionId }, { set: { attempts: 0, dueAt: now, members } });
  await wakeEdge(deps, mine);
  t.match(await world.edge(), { dueAt: now, members: { [A]: { state: 'held', held: { ...held, lookAt: now } } } },
    'a name held elsewhere is looked at');
  await wakeEdge(deps, { ...mine, verifiedAt: now });
  const { revision } = await world.edge() ?? {};
  t.match(await world.edge(), { members: { [A]: { held: { askedAt: undefined } } } }, 'what was tried since it was verified is not tried again');
  await wakeEdge(deps, { ...mine, verifiedAt: now + 1 });
  t.match(await world.edge(), { dueAt: now, members: { [A]: { held: { askedAt: now + 1 } } } }, 'its owner wants it tried');
  await wakeEdge(deps, { ...mine, verifiedAt: now + 1 });
  t.equal((await world.edge())?.revision, (revision ?? 0) + 1, 'once');
});

void t.test('a domain waits for what the distribution cannot do at once', async (t) => {
  const world = await DomainWorld.open(t);
  const { distributionId } = world;
  await world.stores.domains.create(domain({ distributionId, desired: 'absent', phase: 'leaving' }));
  await withEdge(world, { members: { [A]: member({ state: 'served' }) } });
  const racing = world.replica({ before: async ({ name }) => {
    if (name === 'stores.edges.replace') await world.stores.edges.update({ distributionId }, { add: { revision: 1 } });
  } });
  t.equal(await reconcileDomain(racing.deps, 'dom_a'), 'again');
  t.equal(await reconcileDomain(world.replica().deps, 'dom_a'), 'later');
  t.equal((await world.edge())?.members[A]?.state, 'leaving');

  const own = await issue(world, B);
  await world.stores.domains.create(domain({ distributionId, domainId: 'dom_b', domain: B, desired: 'absent', phase: 'releasing', ownCertificateArn: own }));
  const throttled = failing(world, 'certificates.remove', 'throttled', 'Throttling');
  t.equal(await reconcileDomain(throttled.deps, 'dom_b'), 'later');
  t.match(await world.domain(B), { attempts: 1, ownCertificateArn: own });
  const meddling = world.replica({ before: async ({ name }) => {
    if (name === 'stores.domains.remove') await world.stores.domains.update({ domainId: 'dom_b' }, { add: { revision: 1 } });
  } });
  t.equal(await reconcileDomain(meddling.deps, 'dom_b'), 'again', 'its certificate is deleted');
  t.equal(await reconcileDomain(meddling.deps, 'dom_b'), 'again', 'somebody wrote while it was to be forgotten');
  t.equal(await reconcileDomain(world.replica().deps, 'dom_b'), 'gone');
});
