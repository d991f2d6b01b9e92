import type { Test } from 'tap';
import type { ContractSubject } from './things.ts';
import { createAll, idsOf, newOwner } from './things.ts';

let shards = 100;

/** What every store has to answer to queries. */
export async function queryContract(t: Test, subject: ContractSubject): Promise<void> {
  const { things, noDeepEqualityBecause } = subject;

  await t.test('query', async (t) => {
    const owner = newOwner();
    await createAll(things, ...[...'abcde'].map((thingId, revision) => ({ owner, thingId, revision })));
    const ask = async (more: object) => (
      idsOf(await things.query({ hash: owner, order: 'ascending', limit: 10, ...more })).join('')
    );
    t.equal(await ask({}), 'abcde', 'in the order of the range key');
    t.equal(await ask({ order: 'descending' }), 'edcba');
    t.equal(await ask({ limit: 2 }), 'ab');
    t.equal(await ask({ limit: 2, order: 'descending' }), 'ed');
    t.equal(await ask({ limit: 0 }), '');
    t.equal(await ask({ hash: 'nobody' }), '');
    t.equal(await ask({ range: { below: 'c' } }), 'ab', 'below is exclusive');
    t.equal(await ask({ range: { above: 'c' } }), 'de', 'above is exclusive');
    t.equal(await ask({ range: { atMost: 'c' } }), 'abc', 'atMost is inclusive');
    t.equal(await ask({ range: { above: 'a', below: 'd' } }), 'bc');
    t.equal(await ask({ range: { above: 'a', atMost: 'd' } }), 'bcd');
    t.equal(await ask({ range: { above: 'a', below: 'd' }, limit: 1 }), 'b', 'an excluded end takes no place');
    t.equal(await ask({ range: { above: 'a', below: 'd' }, limit: 1, order: 'descending' }), 'c');
    t.equal(await ask({ range: { below: 'd', atMost: 'b' } }), 'ab', 'the tighter of two upper bounds');
    t.equal(await ask({ range: { below: 'b', atMost: 'd' } }), 'a');
    t.equal(await ask({ range: { above: 'd', below: 'b' } }), '', 'crossed bounds');
    t.equal(await ask({ range: { above: 'b', atMost: 'b' } }), '');
    await t.rejects(ask({ index: 'byNobody' }), { name: 'TypeError', message: /no index byNobody/ });
  });

  await t.test('texts are ordered by their UTF-8 bytes', async (t) => {
    const owner = newOwner();
    const ordered = ['', 'B', 'a', 'ä', '\uffee', '😀'].map((text) => `x${text}`);
    await createAll(things, ...ordered.toReversed().map((thingId) => ({ owner, thingId, revision: 1 })));
    t.same(idsOf(await things.query({ hash: owner, order: 'ascending', limit: 10 })), ordered);
    const between = { above: 'xa', atMost: 'x\uffee' };
    const found = await things.query({ hash: owner, range: between, order: 'ascending', limit: 10 });
    t.same(idsOf(found), ['xä', 'x\uffee']);
  });

  await t.test('where filters, and limit counts what passes', async (t) => {
    const owner = newOwner();
    for (let i = 0; i < 130; i++) {
      const rare = i % 60 === 59;
      await things.create({
        owner, thingId: String(i).padStart(3, '0'), revision: i, done: rare,
        details: { at: { i: rare ? 'x' : 'y' } }, ...(rare && { name: 'rare' }),
      });
    }
    const ask = async (where: object, limit: number) => (
      idsOf(await things.query({ hash: owner, where, order: 'ascending', limit })).join(' ')
    );
    t.equal(await ask({ done: true }, 10), '059 119', 'over several pages of read items');
    t.equal(await ask({ done: true }, 1), '059');
    await t.test('by nested values', { skip: noDeepEqualityBecause ?? false }, async (t) => {
      t.equal(await ask({ details: { at: { i: 'x' } } }, 10), '059 119');
    });
    t.equal(await ask({ done: true, name: 'rare', revision: 119 }, 10), '119', 'by all of them');
    t.equal(await ask({ name: 'none' }, 10), '');
    t.equal(await ask({ done: true, name: undefined }, 10), '', 'undefined is a missing attribute');
    t.equal(await ask({ thingId: '003' }, 10), '003', 'by a key attribute');
    t.equal(await ask({ done: false }, 130), Array.from({ length: 130 }, (_, i) => i)
      .filter((i) => i % 60 !== 59).map((i) => String(i).padStart(3, '0')).join(' '));
  });

  await t.test('an index', async (t) => {
    const owner = newOwner();
    const shard = ++shards;
    await createAll(
      things,
      { owner, thingId: 'late', revision: 1, shard, dueAt: 1000.5, name: 'm' },
      { owner, thingId: 'soon', revision: 1, shard, dueAt: 9, name: 'z' },
      { owner, thingId: 'mid', revision: 1, shard, dueAt: 200, name: 'a' },
      { owner, thingId: 'other', revision: 1, shard: shard + 1000, dueAt: 5 },
      { owner, thingId: 'idle', revision: 1, shard },
      { owner, thingId: 'astray', revision: 1, dueAt: 5 },
    );
    const due = async (more: object = {}) => (
      idsOf(await things.query({ index: 'byDue', hash: shard, order: 'ascending', limit: 10, ...more })).join(' ')
    );
    await t.test('has the items with both of its attributes, in the order of its range', async (t) => {
      t.equal(await due(), 'soon mid late');
      t.equal(await due({ order: 'descending', limit: 2 }), 'late mid');
      t.equal(await due({ range: { atMost: 200 } }), 'soon mid');
      t.equal(await due({ range: { above: 9, below: 1000.5 } }), 'mid');
      t.equal(await due({ where: { owner: 'nobody' } }), '');
      const named = await things.query({ index: 'byName', hash: owner, order: 'ascending', limit: 10 });
      t.same(idsOf(named), ['mid', 'late', 'soon']);
    });
    await t.test('answers whole items', async (t) => {
      const [first] = await things.query({ index: 'byDue', hash: shard, order: 'ascending', limit: 1 });
      t.same(first, await things.get({ owner, thingId: 'soon' }));
    });
    await t.test('follows every kind of write', async (t) => {
      await things.update({ owner, thingId: 'soon' }, { remove: ['dueAt'] });
      await things.update({ owner, thingId: 'idle' }, { set: { dueAt: 1 } });
      await things.replace({ owner, thingId: 'mid', revision: 2, shard, dueAt: 5000 }, {});
      t.equal(await due(), 'idle late mid');
      await things.remove({ owner, thingId: 'late' });
      t.equal(await due(), 'idle mid');
    });
  });
}
