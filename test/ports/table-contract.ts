import type { Test } from 'tap';
import { queryContract } from './query-contract.ts';
import type { ContractSubject, Thing } from './things.ts';
import { createAll, newOwner } from './things.ts';
import { valueContract } from './value-contract.ts';

/** What every store has to do. Each implementation of `Table` has a test file that runs it. */
export async function tableContract(t: Test, subject: ContractSubject): Promise<void> {
  const { things, singles, clock, noRacesBecause, noDeepEqualityBecause } = subject;

  await t.test('get answers the item, and undefined when there is none', async (t) => {
    const item = { owner: newOwner(), thingId: 'a', revision: 1 };
    t.equal(await things.get(item), undefined);
    await things.create(item);
    t.same(await things.get({ owner: item.owner, thingId: 'a' }), item);
    t.equal(await things.get({ owner: item.owner, thingId: 'A' }), undefined);
    await t.rejects(things.get({ owner: item.owner }), { name: 'TypeError', message: /thingId/ }, 'half a key');
  });

  await t.test('create', async (t) => {
    const item = { owner: newOwner(), thingId: 'a', revision: 1 };
    await t.test('creates when no item has the key', async (t) => {
      t.same(await things.create(item), { created: true });
    });
    await t.test('answers the existing item otherwise, and leaves it', async (t) => {
      t.same(await things.create({ ...item, revision: 2 }), { created: false, existing: item });
      t.same(await things.get(item), item);
    });
    await t.test('counts the same item again as created, so that a repeated request is harmless', async (t) => {
      t.same(await things.create({ ...item }), { created: true });
    });
    await t.test('works where the key is one attribute', async (t) => {
      t.same(await singles.create({ id: 'x', holder: 'one' }), { created: true });
      const existing = { id: 'x', holder: 'one' };
      t.same(await singles.create({ id: 'x', holder: 'two' }), { created: false, existing });
      const all = { hash: 'x', order: 'ascending', limit: 5 } as const;
      t.same(await singles.query(all), [existing]);
      await t.rejects(singles.query({ ...all, range: { below: 'y' } }), /no range key/);
    });
  });

  await t.test('replace', async (t) => {
    const item = { owner: newOwner(), thingId: 'a', revision: 1, name: 'old' };
    const next = { owner: item.owner, thingId: 'a', revision: 2, count: 5 };
    await t.test('refuses a missing item', async (t) => {
      t.same(await things.replace(next, {}), { updated: false, current: undefined });
      t.equal(await things.get(next), undefined);
    });
    await t.test('refuses when the condition does not hold, with what is there', async (t) => {
      await things.create(item);
      t.same(await things.replace(next, { equals: { revision: 7 } }), { updated: false, current: item });
      t.same(await things.get(item), item);
    });
    await t.test('replaces the whole item when it holds', async (t) => {
      t.same(await things.replace(next, { equals: { revision: 1 } }), { updated: true, item: next });
      t.same(await things.get(item), next);
    });
    await t.test('recognises its own write, so that a repeated request is harmless', async (t) => {
      t.same(await things.replace({ ...next }, { equals: { revision: 1 } }), { updated: true, item: next });
    });
  });

  await t.test('update', async (t) => {
    const owner = newOwner();
    const key = { owner, thingId: 'a' };
    await t.test('refuses a missing item, with a condition and without', async (t) => {
      const refused = { updated: false, current: undefined };
      t.same(await things.update(key, { set: { count: 1 } }), refused);
      t.same(await things.update(key, { set: { count: 1 } }, { absent: ['name'] }), refused);
      t.equal(await things.get(key), undefined);
    });
    await t.test('sets, removes and adds in one, and answers the whole new item', async (t) => {
      await things.create({ ...key, revision: 1, name: 'n', count: 5, tags: ['kept'] });
      const change = { set: { done: true }, remove: ['name'], add: { revision: 1, count: -7, dueAt: 40 } } as const;
      const item = { ...key, revision: 2, count: -2, dueAt: 40, done: true, tags: ['kept'] };
      t.same(await things.update(key, change), { updated: true, item });
      t.same(await things.get(key), item);
    });
    await t.test('removing what is not there is fine, and so is changing nothing', async (t) => {
      const item = await things.get(key);
      t.same(await things.update(key, { remove: ['nothing', 'name'] }), { updated: true, item });
      t.same(await things.update(key, {}), { updated: true, item });
    });
    await t.test('an attribute set to undefined is removed', async (t) => {
      const { updated } = await things.update(key, { set: { done: undefined } as object });
      t.equal(updated, true);
      t.notOk('done' in (await things.get(key) ?? {}));
    });
    await t.test('refuses when the condition does not hold, with what is there', async (t) => {
      const current = await things.get(key);
      t.same(await things.update(key, { set: { count: 0 } }, { equals: { revision: 1 } }), { updated: false, current });
      t.same(await things.get(key), current);
    });
    await t.test('refuses to change a key attribute or to add to a text', async (t) => {
      const refused = { name: 'CloudError', kind: 'refused', awsName: 'ValidationException' };
      await t.rejects(things.update(key, { set: { thingId: 'b' } }), refused);
      await things.update(key, { set: { name: 'text' } });
      await t.rejects(things.update(key, { add: { name: 1 } }), refused);
    });
  });

  await t.test('remove', async (t) => {
    const item = { owner: newOwner(), thingId: 'a', revision: 1 };
    t.same(await things.remove(item), { removed: false, current: undefined }, 'a missing item');
    t.same(await things.remove(item, { equals: { revision: 1 } }), { removed: false, current: undefined });
    await things.create(item);
    t.same(await things.remove(item, { equals: { revision: 2 } }), { removed: false, current: item });
    t.same(await things.get(item), item, 'a refused remove leaves it');
    t.same(await things.remove(item, { equals: { revision: 1 } }), { removed: true });
    t.equal(await things.get(item), undefined);
    await things.create(item);
    t.same(await things.remove(item), { removed: true }, 'without a condition');
  });

  await t.test('a condition', async (t) => {
    const item: Thing = {
      owner: newOwner(), thingId: 'a', revision: 1, name: 'n', done: false, nothing: null,
      tags: ['x', 'y'], details: { deep: { list: [1, { a: true }], text: 'é' }, empty: {} },
    };
    await things.create(item);
    const cases: [title: string, when: object, expected: boolean][] = [
      ['of nothing holds', {}, true],
      ['on equal texts and numbers holds', { equals: { name: 'n', revision: 1 } }, true],
      ['fails when one of several parts does', { equals: { name: 'n', revision: 2 } }, false],
      ['tells a text from a number', { equals: { revision: '1' } }, false],
      ['on false holds for false', { equals: { done: false } }, true],
      ['on false fails for a missing attribute', { equals: { count: false } }, false],
      ['on null holds for null', { equals: { nothing: null } }, true],
      ['absent holds for a missing attribute', { absent: ['count', 'dueAt'] }, true],
      ['absent fails for an attribute that is there', { absent: ['count', 'name'] }, false],
      ['absent fails for null', { absent: ['nothing'] }, false],
      ['present holds for attributes that are there', { present: ['name', 'nothing', 'done'] }, true],
      ['present fails for a missing attribute', { present: ['name', 'count'] }, false],
      ['equals undefined holds for a missing attribute', { equals: { count: undefined } }, true],
      ['equals undefined fails for an attribute that is there', { equals: { name: undefined } }, false],
      ['needs all of its parts', { equals: { revision: 1 }, absent: ['count'], present: ['dueAt'] }, false],
    ];
    const deepCases: typeof cases = [
      ['on lists compares in order', { equals: { tags: ['x', 'y'] } }, true],
      ['on lists in another order fails', { equals: { tags: ['y', 'x'] } }, false],
      ['on maps compares deeply, whatever the order of names',
        { equals: { details: { empty: {}, deep: { text: 'é', list: [1, { a: true }] } } } }, true],
      ['on maps fails for a difference deep inside',
        { equals: { details: { deep: { list: [1, { a: false }], text: 'é' }, empty: {} } } }, false],
      ['on maps fails for one name too few', { equals: { details: { empty: {} } } }, false],
    ];
    const check = async (t: Test, checked: typeof cases) => {
      for (const [title, when, expected] of checked) {
        t.equal((await things.update(item, {}, when)).updated, expected, title);
      }
    };
    await check(t, cases);
    await t.test('on lists and maps', { skip: noDeepEqualityBecause ?? false }, (t) => check(t, deepCases));
  });

  await t.test('expiry', async (t) => {
    const owner = newOwner();
    const nowSeconds = Math.floor(clock.nowMs / 1000);
    const item = { owner, thingId: 'a', revision: 1, shard: 900, dueAt: 1, expiresAt: nowSeconds + 60 };
    const kept = { owner, thingId: 'b', revision: 1, shard: 900, dueAt: 2 };
    await createAll(things, item, kept);
    t.same(await things.get(item), item, 'an item is there until its time');
    clock.nowMs += 60_000;
    t.equal(await things.get(item), undefined, 'and not from its time on');
    const all = { order: 'ascending', limit: 10 } as const;
    t.same(await things.query({ hash: owner, ...all }), [kept]);
    t.same(await things.query({ index: 'byDue', hash: 900, ...all }), [kept]);
    t.same(await things.update(item, { set: { count: 1 } }), { updated: false, current: undefined });
    t.same(await things.replace({ ...item, revision: 3 }, {}), { updated: false, current: undefined });
    t.same(await things.remove(item), { removed: false, current: undefined });
    const again = { ...item, revision: 2, expiresAt: nowSeconds + 600 };
    t.same(await things.create(again), { created: true }, 'its key is free again');
    t.same(await things.get(item), again);
  });

  await queryContract(t, subject);
  await valueContract(t, subject);

  await t.test('a race', { skip: noRacesBecause ?? false }, async (t) => {
    const racers = Array.from({ length: 20 }, (_, index) => index);
    await t.test('of creates has one winner, and the others see its item', async (t) => {
      const owner = newOwner();
      const results = await Promise.all(racers.map((revision) => things.create({ owner, thingId: 'one', revision })));
      const winners = racers.filter((racer) => results[racer]?.created);
      t.equal(winners.length, 1);
      const stored = await things.get({ owner, thingId: 'one' });
      t.equal(stored?.revision, winners[0]);
      for (const result of results) if (!result.created) t.same(result.existing, stored);
    });
    await t.test('of updates on one revision has one winner', async (t) => {
      const key = { owner: newOwner(), thingId: 'one' };
      await things.create({ ...key, revision: 1 });
      const results = await Promise.all(racers.map((racer) => (
        things.update(key, { set: { count: racer }, add: { revision: 1 } }, { equals: { revision: 1 } })
      )));
      const winners = racers.filter((racer) => results[racer]?.updated);
      t.equal(winners.length, 1);
      t.same(await things.get(key), { ...key, revision: 2, count: winners[0] });
    });
    await t.test('of unconditional adds loses none', async (t) => {
      const key = { owner: newOwner(), thingId: 'one' };
      await things.create({ ...key, revision: 0 });
      await Promise.all(racers.map(() => things.update(key, { add: { count: 2 } })));
      t.equal((await things.get(key))?.count, 40);
    });
  });
}
