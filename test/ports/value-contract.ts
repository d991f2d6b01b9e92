import type { Test } from 'tap';
import type { ContractSubject, Thing } from './things.ts';
import { newOwner } from './things.ts';

/** What every store has to keep as it was given. */
export async function valueContract(t: Test, subject: ContractSubject): Promise<void> {
  const { things, noDeepEqualityBecause } = subject;

  await t.test('values come back as they were', async (t) => {
    const owner = newOwner();
    const details = {
      'empty text': '', 'empty list': [], 'empty map': {}, 'null': null, 'yes': true, 'no': false,
      'numbers': [0, -1, 0.1, 1e-7, 1.5e15, Number.MAX_SAFE_INTEGER],
      'unicode': 'Grüße, 世界 😀 \u0000\u001f\u2028 "quoted" \\ end',
      'größe 😀': { 'a.b': { '#c': ['d', { e: 'f' }] } },
      '__proto__x': 1, 'constructor': 'x', '10': 'ten', '9': 'nine',
    };
    const thingId = 'größe/😀 "quoted" \\';
    const item = { owner, thingId, revision: 1, name: 'select', tags: [''], done: false, details };
    t.same(await things.create(item), { created: true });
    t.strictSame(await things.get(item), item);
    t.strictSame(await things.query({ hash: owner, order: 'ascending', limit: 1 }), [item]);
    const change = { set: { details: { ...details, more: 1 } } };
    const updated = await things.update(item, change, { equals: { name: 'select' } });
    t.strictSame(updated, { updated: true, item: { ...item, details: { ...details, more: 1 } } });
    await t.test('and equal themselves', { skip: noDeepEqualityBecause ?? false }, async (t) => {
      const where = { details: { ...details, more: 1 } };
      t.equal((await things.query({ hash: owner, where, order: 'ascending', limit: 1 })).length, 1);
      t.equal((await things.update(item, {}, { equals: where })).updated, true);
    });
  });

  await t.test('an item may have 100 KB', async (t) => {
    const item = { owner: newOwner(), thingId: 'big', revision: 1, details: { text: 'ü'.repeat(50_000) } };
    t.same(await things.create(item), { created: true });
    t.same(await things.get(item), item);
  });

  await t.test('attributes that are undefined are not stored', async (t) => {
    const stored = { owner: newOwner(), thingId: 'a', revision: 1, details: { here: 1 } };
    const item = { ...stored, name: undefined, details: { here: 1, gone: undefined } };
    await things.create(item as unknown as Thing);
    t.strictSame(await things.get(stored), stored);
    const replaced = await things.replace({ ...item, revision: 2 } as unknown as Thing, {});
    t.strictSame(replaced, { updated: true, item: { ...stored, revision: 2 } });
  });

  await t.test('what no store can keep is refused instead of changed', async (t) => {
    const item = { owner: newOwner(), thingId: 'a', revision: 1 };
    await t.rejects(things.create({ ...item, dueAt: NaN }), { name: 'TypeError' });
    await t.rejects(things.create({ ...item, dueAt: 1e16 }), { name: 'TypeError' });
    await things.create(item);
    await t.rejects(things.update(item, { set: { dueAt: Infinity } }), { name: 'TypeError' });
    await t.rejects(things.update(item, { add: { count: NaN } }), { name: 'TypeError' });
    t.same(await things.get(item), item);
  });

  await t.test('changing an answer or a written item never changes the store', async (t) => {
    const item = { owner: newOwner(), thingId: 'a', revision: 1, tags: ['x'] };
    await things.create(item);
    item.tags.push('later');
    const stored = { ...item, tags: ['x'] };
    const answers = [
      await things.get(item),
      ...await things.query({ hash: item.owner, order: 'ascending', limit: 1 }),
      (await things.update(item, {}) as { item: Thing }).item,
      (await things.replace(stored, {}) as { item: Thing }).item,
    ];
    for (const answer of answers) {
      t.same(answer, stored);
      (answer as unknown as { tags: string[] }).tags.push('mine');
    }
    t.same(await things.get(item), stored);
    t.same(stored.tags, ['x'], 'nor the item that was written');
  });
}
