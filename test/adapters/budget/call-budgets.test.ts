import t from 'tap';
import { createCallBudgets, type CallBudgets } from '../../../src/adapters/budget/call-budgets.ts';
import { CERTIFICATE_CALLS, DISTRIBUTION_CALLS, paced } from '../../../src/adapters/budget/paced-port.ts';
import type { DistributionState } from '../../../src/domain/distribution.ts';
import { AWS_CALL_RATES, nextSlots, ratesWith } from '../../../src/domain/call-rates.ts';
import type { SpentCalls } from '../../../src/domain/call-rates.ts';
import { isBudgetSpent } from '../../../src/ports/call-budget.ts';
import type { CallBudget } from '../../../src/ports/call-budget.ts';
import type { Certificates } from '../../../src/ports/certificates.ts';
import type { Distributions } from '../../../src/ports/distributions.ts';
import type { Table } from '../../../src/ports/table.ts';
import { memoryStores } from '../../support/memory-table.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const DESCRIBE = 'acm:DescribeCertificate';
const UPDATE = 'cloudfront:UpdateDistribution';
const SECOND = 1_000;

/** Replicas on one store. Rates: 8 a second in common and 2 for people, as 10 are allowed in all. */
function world(more: { workerWaitMs?: number; table?: (table: Table<SpentCalls>) => Table<SpentCalls> } = {}) {
  const clock = new VirtualClock();
  const store = memoryStores(() => clock.now()).budgets;
  const writes = { count: 0 };
  const failing = { now: false };
  const counted: Table<SpentCalls> = {
    ...bound(store),
    create: async (item) => attempt(() => store.create(item)),
    update: async (...args) => attempt(() => store.update(...args)),
  };
  async function attempt<R>(write: () => Promise<R>): Promise<R> {
    if (failing.now) throw new Error('no store');
    writes.count += 1;
    return write();
  }
  const errors: unknown[] = [];
  let replicas = 0;
  const replica = (): CallBudgets => createCallBudgets({
    table: more.table?.(counted) ?? counted, replicaId: `replica-${replicas++}`, clock, rates: ratesWith({}, 100), workerWaitMs: more.workerWaitMs ?? 60 * SECOND,
    onStoreError: (error) => errors.push(error),
  });
  return { clock, store, writes, failing, errors, replica };
}

function bound<T extends object>(table: Table<T>): Table<T> {
  return {
    get: (...args) => table.get(...args), create: (...args) => table.create(...args),
    replace: (...args) => table.replace(...args), update: (...args) => table.update(...args),
    remove: (...args) => table.remove(...args), query: (...args) => table.query(...args),
  };
}

/** When each call may be sent, in milliseconds from now. */
async function times(clock: VirtualClock, budgets: readonly CallBudget[], call: string, each: number): Promise<number[]> {
  const begunAt = clock.now();
  const sent: number[] = [];
  await clock.run(Promise.all(budgets.flatMap((budget) => Array.from({ length: each }, async () => {
    await budget.take(call);
    sent.push(clock.now() - begunAt);
  }))));
  return sent.sort((one, other) => one - other);
}

/** The most that were sent within any second. */
function mostInASecond(sent: readonly number[]): number {
  return Math.max(...sent.map((from) => sent.filter((at) => at >= from && at < from + SECOND).length));
}

void t.test('three busy replicas together keep the rate, at few writes', async (t) => {
  const { clock, writes, replica } = world();
  const sent = await times(clock, [replica().worker, replica().worker, replica().worker], DESCRIBE, 60);
  t.equal(sent.length, 180);
  t.ok((sent.at(-1) ?? 0) >= 170 / 7.5 * SECOND, 'three quarters of the published rate');
  t.ok((sent.at(-1) ?? 0) < 35 * SECOND, 'and not much less');
  t.ok(mostInASecond(sent.filter((at) => at > 2 * SECOND)) <= 10);
  t.ok(mostInASecond(sent) <= 16, 'a burst of one second at the start');
  t.ok(writes.count < 80, `${writes.count} writes for 180 calls`);
});

void t.test('who has been idle may send a second\'s worth at once; nobody writes meanwhile', async (t) => {
  const { clock, writes, replica } = world();
  const { worker } = replica();
  clock.advance(60 * SECOND);
  t.equal(writes.count, 0);
  const sent = await times(clock, [worker], DESCRIBE, 9);
  t.equal(sent.filter((at) => at === 0).length, 7);
  clock.advance(60 * SECOND);
  const before = writes.count;
  clock.advance(60 * SECOND);
  t.equal(writes.count, before);
  t.equal((await times(clock, [worker], DESCRIBE, 1))[0], 0, 'slots that were not used have lapsed');
  t.equal(writes.count, before + 1, 'one call alone costs one write');
});

void t.test('a call that is allowed less than once a second waits for its turn', async (t) => {
  const { clock, replica } = world();
  const sent = await times(clock, [replica().worker, replica().worker], UPDATE, 2);
  t.ok(sent.every((at, index) => at >= index * 2_600), String(sent));
});

void t.test('nobody waits longer than he can: the budget is spent', async (t) => {
  const { clock, writes, replica } = world({ workerWaitMs: SECOND });
  const { worker } = replica();
  const answers = await clock.run(Promise.all(Array.from({ length: 40 }, () => worker.take(DESCRIBE).then(() => 'sent', (error: unknown) => error))));
  const refused = answers.filter((answer) => answer !== 'sent');
  t.ok(refused.length > 15 && refused.length < 30, `${refused.length} refused`);
  t.ok(refused.every(isBudgetSpent));
  t.match(refused[0], { kind: 'throttled', service: 'acm', operation: 'DescribeCertificate', retryAfterSeconds: 2 });
  const before = writes.count;
  await t.rejects(Promise.all(Array.from({ length: 20 }, () => worker.take(UPDATE))), 'and for other calls');
  t.ok(writes.count <= before + 1, 'what is known to be spent is not asked for');
});

void t.test('people have a reserve, and share the rest', async (t) => {
  const { clock, replica } = world();
  const { worker, people } = replica();
  const working = times(clock, [worker], DESCRIBE, 200);
  const asking = Promise.all(Array.from({ length: 2 }, async () => {
    const from = clock.now();
    await people.take(DESCRIBE);
    return clock.now() - from;
  }));
  t.same(await asking, [0, 0], 'though the worker has taken everything for a while');
  await working;
  clock.advance(60 * SECOND);
  t.equal((await times(clock, [people], DESCRIBE, 9)).filter((at) => at === 0).length, 9, 'more than the reserve when the worker is idle');
  const crowd = await clock.run(Promise.all(Array.from({ length: 60 }, () => people.take(DESCRIBE).then(() => 'sent', () => 'spent'))));
  t.ok(crowd.includes('sent') && crowd.includes('spent'), 'they, too, wait no longer than they would');
});

void t.test('without the store calls go on, at a quarter of the rate', async (t) => {
  const { clock, failing, errors, writes, replica } = world({ workerWaitMs: SECOND });
  const { worker } = replica();
  failing.now = true;
  const sent = await times(clock, [worker], DESCRIBE, 2);
  t.same(sent, [0, 134 * 4]);
  t.equal(errors.length, 1, 'it is told once');
  const crowd = await clock.run(Promise.all(Array.from({ length: 9 }, () => worker.take(DESCRIBE).then(() => 'sent', () => 'spent'))));
  t.ok(crowd.includes('spent'));
  failing.now = false;
  clock.advance(6 * SECOND);
  await times(clock, [worker], DESCRIBE, 1);
  t.equal(writes.count, 1, 'and with the store again once it is back');
});

void t.test('who loses every race for a slot goes on alone for a while', async (t) => {
  const { clock, errors, replica } = world({ table: (table) => ({
    ...table, create: async (item) => ({ created: false, existing: item }), update: async () => ({ updated: false, current: undefined }),
  }) });
  t.same(await times(clock, [replica().worker], DESCRIBE, 2), [0, 134 * 4]);
  t.same(errors, [], 'that is no failure of the store');
});

void t.test('a process that stops lets go of whoever waits', async (t) => {
  const { replica } = world();
  const budgets = replica();
  await budgets.worker.take(UPDATE);
  const waiting = budgets.worker.take(UPDATE).catch((error: unknown) => error);
  await new Promise(setImmediate);
  budgets.letGo();
  t.match(await waiting, { awsName: 'CallBudgetSpent', retryAfterSeconds: 0 }, 'so that another replica takes it at once');
  t.ok(isBudgetSpent(await budgets.worker.take(DESCRIBE).catch((error: unknown) => error)));
  await budgets.people.take(DESCRIBE);
  t.pass('requests that are still running are served');
});

void t.test('slots', async (t) => {
  t.same(nextSlots(undefined, 10_000, 100, 3), { from: 9_100, count: 3 }, 'nobody has taken any');
  t.same(nextSlots(10_500, 10_000, 100, 3), { from: 10_500, count: 3 }, 'others have');
  t.same(nextSlots(5_000, 10_000, 100, 3), { from: 9_100, count: 3 }, 'long ago');
  t.same(nextSlots(5_000, 10_000, 2_000, 1), { from: 10_000, count: 1 }, 'at less than one a second nothing is saved up');
  t.same(nextSlots(10_000 + 61_000, 10_000, 100, 1), { from: 9_100, count: 1 }, 'a replica whose clock was wrong stops nobody');
  t.equal(ratesWith({ [UPDATE]: 4 }, 50)[UPDATE], 2);
  t.equal(ratesWith({}, 90)[DESCRIBE], 9);
});

void t.test('every call of a port takes its place first', async (t) => {
  const taken: string[] = [];
  const budget = { take: async (call: string) => { taken.push(call); } };
  const answering = <T extends object>(names: readonly (keyof T)[]) => (
    Object.fromEntries(names.map((name) => [name, async (...args: unknown[]) => [name, ...args]])) as T);
  const certificates = paced(answering<Certificates>(['request', 'describe', 'findByToken', 'listPending', 'remove']), CERTIFICATE_CALLS, budget);
  const distributions = paced(answering<Distributions>(['read', 'change', 'conflicts', 'move', 'invalidate']), DISTRIBUTION_CALLS, budget);
  t.same(await certificates.describe('arn:1'), ['describe', 'arn:1'], 'what was asked and answered stays as it is');
  await certificates.listPending();
  await certificates.findByToken({ names: ['a'], token: 't' });
  await distributions.read('E1');
  await distributions.move({ distributionId: 'E1' } as DistributionState, 'www.example.com');
  t.same(taken, [DESCRIBE, 'acm:ListCertificates', 'acm:ListCertificates', 'acm:ListTagsForCertificate', 'cloudfront:GetDistribution',
    'cloudfront:UpdateDomainAssociation', 'cloudfront:AssociateAlias']);
  const spent = paced(answering<Distributions>(['read']), DISTRIBUTION_CALLS as never, { take: async () => { throw new Error('spent'); } });
  await t.rejects(spent.read('E1'), /spent/, 'or is not sent');
  const { replica } = world();
  await t.rejects(replica().people.take('s3:PutObject'), /has no rate/);
  t.ok(Object.keys(AWS_CALL_RATES).length > 5);
});
