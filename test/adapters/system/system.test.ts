import t from 'tap';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { systemIds } from '../../../src/adapters/system/ids.ts';
import { systemTokens } from '../../../src/adapters/system/tokens.ts';

void t.test('the clock', async (t) => {
  const clock = systemClock();

  await t.test('tells the time in milliseconds', async (t) => {
    const before = Date.now();
    const now = clock.now();
    t.ok(Number.isInteger(now) && now >= before && now <= Date.now());
  });

  await t.test('sleeps no shorter than asked, and gives way to other work even for nothing', async (t) => {
    const startedAt = performance.now();
    await clock.sleep(20);
    // Node's timers count whole milliseconds.
    t.ok(performance.now() - startedAt >= 19);
    const order: string[] = [];
    setImmediate(() => order.push('other work'));
    await clock.sleep(0);
    await clock.sleep(-5);
    t.same(order, ['other work']);
  });

  await t.test('wakes at once when aborted, before or during the sleep, and never rejects', async (t) => {
    await clock.sleep(3_600_000, AbortSignal.abort());
    const controller = new AbortController();
    const sleeping = clock.sleep(3_600_000, controller.signal);
    controller.abort();
    t.equal(await sleeping, undefined);
  });

  await t.test('can sleep for longer than a timer of Node can', async (t) => {
    const controller = new AbortController();
    let awake = false;
    const sleeping = clock.sleep(2 ** 40, controller.signal).then(() => { awake = true; });
    await clock.sleep(20);
    t.equal(awake, false, 'a timer that long would have fired at once');
    controller.abort();
    await sleeping;
  });
});

void t.test('tokens', async (t) => {
  const tokens = systemTokens();
  const many = Array.from({ length: 1_000 }, () => tokens.next());
  t.equal(new Set(many).size, many.length, 'are never the same');
  for (const token of many) if (!/^[0-9a-f]{40}$/.test(token)) t.fail(token);
});

void t.test('ids', async (t) => {
  const ids = systemIds();
  t.match(ids.next('dep'), /^dep_[0-9a-f]{32}$/);
  t.match(ids.next('prj'), /^prj_[0-9a-f]{32}$/);

  const many = Array.from({ length: 20_000 }, () => ids.next('op'));
  t.equal(new Set(many).size, many.length, 'are unique');
  t.same(many.toSorted(), many, 'sort by creation, also within one millisecond');

  const realNow = Date.now;
  t.teardown(() => { Date.now = realNow; });
  const before = ids.next('dom');
  Date.now = () => realNow() - 3_600_000;
  t.ok(ids.next('dom') > before, 'and when the clock is set back');
});
