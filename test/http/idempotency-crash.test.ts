import t, { type Test } from 'tap';
import { crashAt } from '../support/failing-world.ts';
import { send, surfaceOf, type Request } from '../support/keyed-world.ts';
import { LEASE_MS, LiveWorld, type Replica } from '../support/live-world.ts';

interface Story {
  readonly name: string;
  readonly image: boolean;
  /** What happened before, without a key. */
  readonly before: readonly Request[];
  readonly request: Request;
  readonly kind: 'rollback' | 'promote' | 'undo';
  /** The version that is live once the request has been served. */
  readonly target: string;
}

/**
 * `full`: dies before every call as well as after it, and the retry meets every crash both before and after its repair in
 * the background, not by turns.
 */
const EXTENT = process.env['CRASH_MATRIX'] ?? 'short';

const key = '"one-and-the-same"';
const rollbackTo = (targetDeploymentId: string): Request => ({ path: 'rollback', body: { targetDeploymentId } });

const STORIES: readonly Story[] = [
  ...[false, true].flatMap((image) => [[], [rollbackTo('dep-2')]].map((before): Story => ({
    name: `rollback of ${image ? 'two functions' : 'one function'}, aliases ${before.length ? 'known' : 'not known'}`,
    image, before, request: { ...rollbackTo('dep-1'), key }, kind: 'rollback', target: '1',
  }))),
  {
    name: 'promote', image: true, before: [{ path: 'rollback', body: { targetDeploymentId: 'dep-2', pin: false } }],
    request: { path: 'promote', body: { deploymentId: 'dep-1', override: true }, key }, kind: 'promote', target: '1',
  },
  {
    name: 'undo', image: true, before: [rollbackTo('dep-2'), rollbackTo('dep-1')],
    request: { path: 'rollback/undo', key }, kind: 'undo', target: '2',
  },
];

const idle = await LiveWorld.open();
const serving = { current: idle.replica() };
const app = await surfaceOf(serving);
t.after(async () => {
  await app.close();
  await idle.close();
});

/** Sends it to this replica. */
async function ask(replica: Replica, request: Request) {
  serving.current = replica;
  return send(app, replica, request);
}

async function opened({ image, before }: Story): Promise<LiveWorld> {
  const world = await LiveWorld.open({ image });
  const replica = world.replica();
  for (const request of before) await ask(replica, request);
  await replica.background.drain();
  return world;
}

async function callsOf(story: Story): Promise<readonly string[]> {
  const world = await opened(story);
  const replica = world.replica();
  await ask(replica, story.request);
  await replica.background.drain();
  await world.close();
  return replica.gate.calls;
}

/** Of all operations, those that this request may have made. */
async function operationsOf(world: LiveWorld, { before }: Story) {
  const all = await world.stores.operations.query({ hash: 'p', order: 'ascending', limit: 100 });
  return all.slice(before.length);
}

async function check(t: Test, story: Story, crash: Parameters<typeof crashAt>, background: boolean, what: string) {
  const world = await opened(story);
  const rollbacksBefore = (await world.deployments()).filter((each) => each.isRollback).length;
  const dying = world.replica(crashAt(...crash));
  const first = await ask(dying, story.request);
  await dying.background.drain();
  world.nowMs += 3 * LEASE_MS;
  if (background) await world.settle();

  const retry = await ask(world.replica(), story.request);
  t.equal(retry.status, 200, `${what}: the retry is answered ${retry.payload}`);
  const [server, image = server] = world.live.split('/');
  t.strictSame([server, image], [story.target, story.target], `${what}: live is what was asked for`);
  t.equal((await world.project()).live?.server.version, server, `${what}: and the project says so`);
  if (first.status === 200) t.equal(retry.payload, first.payload, `${what}: the answer that was given is given again`);

  const third = await ask(world.replica(), story.request);
  t.strictSame([third.status, third.payload, third.isReplay], [200, retry.payload, true], `${what}: and again`);

  await world.settle();
  const operations = await operationsOf(world, story);
  const succeeded = operations.filter(({ state }) => state === 'succeeded');
  t.equal(succeeded.length, 1, `${what}: it was done once`);
  t.ok(operations.every(({ state }) => state === 'succeeded' || state === 'undone'), `${what}: all have ended`);
  t.match(JSON.parse(retry.payload), { operationId: succeeded[0]?.operationId }, `${what}: the answer names it`);
  const records = (await world.deployments()).filter((each) => each.isRollback).length - rollbacksBefore;
  t.equal(records, story.kind === 'rollback' ? 1 : 0, `${what}: a rollback leaves one record`);
  t.notOk((await world.project()).operation, `${what}: nothing is open`);
  await world.close();
}

for (const story of STORIES) {
  void t.test(`crash matrix, the request sent again: ${story.name}`, async (t) => {
    const calls = await callsOf(story);
    t.ok(calls.includes('store.idempotency.create') && calls.includes('store.idempotency.update'));
    for (const moment of EXTENT === 'full' ? ['before', 'after'] as const : ['after'] as const) {
      for (const [index, name] of calls.entries()) {
        // A request was answered long before its events are recorded, which `events.test.ts` is about.
        if (EXTENT !== 'full' && /\.(events|feeds)\./.test(name)) continue;
        for (const background of EXTENT === 'full' ? [false, true] : [index % 2 === 0]) {
          const what = `${moment} call ${index + 1} ${name}${background ? ', repaired in the background' : ''}`;
          await check(t, story, [index + 1, moment], background, what);
        }
      }
    }
  });
}
