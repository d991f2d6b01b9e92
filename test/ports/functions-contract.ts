import type { Test } from 'tap';
import type { Functions } from '../../src/ports/functions.ts';
import { rejectsAs } from './rejects-as.ts';

/** A world with one function that has published versions 1 and 2 and its alias on 2, without weights. */
export interface FunctionsWorld {
  readonly functions: Functions;
  readonly functionName: string;
  /** Puts a version into a state that the platform reaches by itself. */
  readonly putVersionInto: (version: string, state: string, reason: string) => Promise<void>;
  /** Keeps so many instances of the alias warm. */
  readonly provision: (requested: number) => Promise<void>;
}

/** What every implementation of the `Functions` port must do. A new world for every test. */
export async function functionsContract(t: Test, newWorld: (t: Test) => Promise<FunctionsWorld>): Promise<void> {
  await t.test('reads where the alias is', async (t) => {
    const { functions, functionName } = await newWorld(t);
    const alias = await functions.readAlias(functionName);
    t.match(alias, { version: '2', weights: {}, revisionId: /./ });
    t.same(await functions.readAlias(functionName), alias, 'reading changes nothing');
  });

  await t.test('moves the alias and answers what it is now', async (t) => {
    const { functions, functionName } = await newWorld(t);
    const before = await functions.readAlias(functionName);
    const moved = await functions.moveAlias(functionName, { version: '1', weights: {}, revisionId: before.revisionId });
    t.match(moved, { version: '1', weights: {} });
    t.not(moved.revisionId, before.revisionId, 'with a new revision');
    t.same(await functions.readAlias(functionName), moved);
  });

  await t.test('moves the alias whatever its revision when none is given', async (t) => {
    const { functions, functionName } = await newWorld(t);
    await functions.moveAlias(functionName, { version: '1', weights: {} });
    await functions.moveAlias(functionName, { version: '2', weights: {} });
    t.equal((await functions.readAlias(functionName)).version, '2');
  });

  await t.test('a move without weights takes the ones that were there away', async (t) => {
    const { functions, functionName } = await newWorld(t);
    const canary = await functions.moveAlias(functionName, { version: '2', weights: { 1: 0.25 } });
    t.same(canary.weights, { 1: 0.25 });
    t.same((await functions.readAlias(functionName)).weights, { 1: 0.25 });
    t.same((await functions.moveAlias(functionName, { version: '1', weights: {} })).weights, {});
    t.same((await functions.readAlias(functionName)).weights, {});
  });

  await t.test('refuses a move that rests on an older revision, and moves nothing', async (t) => {
    const { functions, functionName } = await newWorld(t);
    const read = await functions.readAlias(functionName);
    const others = await functions.moveAlias(functionName, { version: '1', weights: {} });
    const late = functions.moveAlias(functionName, { version: '2', weights: {}, revisionId: read.revisionId });
    await rejectsAs(t, late, 'stale');
    t.same(await functions.readAlias(functionName), others);
  });

  await t.test('refuses to move the alias to a version that does not exist, and moves nothing', async (t) => {
    const { functions, functionName } = await newWorld(t);
    const before = await functions.readAlias(functionName);
    await rejectsAs(t, functions.moveAlias(functionName, { version: '99', weights: {} }), 'not_found');
    t.same(await functions.readAlias(functionName), before);
  });

  await t.test('knows no alias of a function that does not exist', async (t) => {
    const { functions } = await newWorld(t);
    await rejectsAs(t, functions.readAlias('nobody'), 'not_found');
    await rejectsAs(t, functions.moveAlias('nobody', { version: '1', weights: {} }), 'not_found');
  });

  await t.test('describes a version, with its state and why', async (t) => {
    const { functions, functionName, putVersionInto } = await newWorld(t);
    const active = await functions.describeVersion(functionName, '1');
    t.match(active, { version: '1', state: 'Active', stateReason: undefined, codeSha256: /./, role: /./ });
    t.equal(active?.architectures.length, 1);
    await putVersionInto('1', 'Failed', 'the image is gone');
    t.match(await functions.describeVersion(functionName, '1'), { state: 'Failed', stateReason: 'the image is gone' });
  });

  await t.test('answers undefined for a version or a function that does not exist', async (t) => {
    const { functions, functionName } = await newWorld(t);
    t.equal(await functions.describeVersion(functionName, '99'), undefined);
    t.equal(await functions.describeVersion('nobody', '1'), undefined);
  });

  await t.test('says how many instances are kept warm for the alias', async (t) => {
    const { functions, functionName, provision } = await newWorld(t);
    t.equal(await functions.provisionedConcurrency(functionName), undefined, 'none');
    await provision(5);
    t.same(await functions.provisionedConcurrency(functionName), { requested: 5, status: 'READY' });
    await rejectsAs(t, functions.provisionedConcurrency('nobody'), 'not_found');
  });
}
