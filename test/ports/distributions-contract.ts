import type { Test } from 'tap';
import type { DistributionState, ViewerCertificate } from '../../src/domain/distribution.ts';
import type { Distributions } from '../../src/ports/distributions.ts';
import { rejectsAs } from './rejects-as.ts';

/** A world with two deployed distributions, both on the default certificate and without aliases. */
export interface DistributionsWorld {
  readonly distributions: Distributions;
  readonly distributionId: string;
  readonly otherDistributionId: string;
  /** At most this many aliases on a distribution. */
  readonly aliasLimit: number;
  /** The ARN of a new issued certificate for these names. */
  readonly issuedCertificate: (...names: readonly [string, ...string[]]) => Promise<string>;
  readonly letDeployFinish: () => Promise<void>;
  readonly setTxt: (name: string, value: string) => Promise<void>;
  /** The platform changes the distribution's revision by itself. */
  readonly touch: (distributionId: string) => Promise<void>;
}

/** What every implementation of the `Distributions` port must do. A new world for every test. */
export async function distributionsContract(
  t: Test, newWorld: (t: Test) => Promise<DistributionsWorld>,
): Promise<void> {
  await t.test('reads what is there', async (t) => {
    const world = await newWorld(t);
    const state = await read(world);
    t.match(state, {
      distributionId: world.distributionId, etag: /./, domainName: /^[a-z0-9]+\.cloudfront\.net$/, aliases: [],
      viewerCertificate: { kind: 'default' }, deployed: true,
    });
    t.same(await read(world), state, 'reading changes nothing');
    t.equal(await world.distributions.read('E00000000NOBODY'), undefined);
  });

  await t.test('sets aliases and a certificate that covers them, and says when they are deployed', async (t) => {
    const world = await newWorld(t);
    const before = await read(world);
    const viewerCertificate = await acm(world, 'a.example.com', 'b.example.com');
    const aliases = ['b.example.com', 'a.example.com'];
    const changed = await world.distributions.change(before, { aliases, viewerCertificate });
    t.match(changed, { viewerCertificate, deployed: false, domainName: before.domainName });
    t.same(changed.aliases, ['a.example.com', 'b.example.com'], 'sorted');
    t.not(changed.etag, before.etag);
    t.same(await read(world), changed);
    await world.letDeployFinish();
    t.same(await read(world), { ...changed, deployed: true });
  });

  await t.test('one change can follow another from the state that the first one answered', async (t) => {
    const world = await newWorld(t);
    const viewerCertificate = await acm(world, 'a.example.com', 'b.example.com');
    const one = { aliases: ['a.example.com'], viewerCertificate };
    const both = { aliases: ['a.example.com', 'b.example.com'], viewerCertificate };
    const first = await world.distributions.change(await read(world), one);
    const second = await world.distributions.change(first, both);
    t.same((await read(world)).aliases, second.aliases);
  });

  await t.test('goes back to the default certificate when the last alias leaves', async (t) => {
    const world = await newWorld(t);
    const viewerCertificate = await acm(world, 'a.example.com');
    const on = await world.distributions.change(await read(world), { aliases: ['a.example.com'], viewerCertificate });
    const off = await world.distributions.change(on, { aliases: [], viewerCertificate: { kind: 'default' } });
    t.match(off, { aliases: [], viewerCertificate: { kind: 'default' } });
    t.same(await read(world), off);
  });

  await t.test('refuses a change that rests on an older read, and changes nothing', async (t) => {
    const world = await newWorld(t);
    const old = await read(world);
    await world.touch(world.distributionId);
    const viewerCertificate = await acm(world, 'a.example.com');
    await rejectsAs(t, world.distributions.change(old, { aliases: ['a.example.com'], viewerCertificate }), 'stale');
    const unread = { ...old, etag: '' };
    await rejectsAs(t, world.distributions.change(unread, { aliases: ['a.example.com'], viewerCertificate }), 'stale',
      { awsName: 'InvalidIfMatchVersion' });
    t.same((await read(world)).aliases, []);
  });

  await t.test('refuses a certificate that does not cover every alias', async (t) => {
    const world = await newWorld(t);
    const viewerCertificate = await acm(world, 'a.example.com');
    const change = { aliases: ['a.example.com', 'b.example.com'], viewerCertificate };
    const awsName = 'InvalidViewerCertificate';
    await rejectsAs(t, world.distributions.change(await read(world), change), 'refused', { awsName });
    const bare = { aliases: ['a.example.com'], viewerCertificate: { kind: 'default' } } as const;
    await rejectsAs(t, world.distributions.change(await read(world), bare), 'refused', { awsName });
    t.same((await read(world)).aliases, []);
  });

  await t.test('refuses an alias that another distribution has', async (t) => {
    const world = await newWorld(t);
    const change = { aliases: ['a.example.com'], viewerCertificate: await acm(world, 'a.example.com') };
    await world.distributions.change(await read(world, world.otherDistributionId), change);
    const late = world.distributions.change(await read(world), change);
    await rejectsAs(t, late, 'conflict', { awsName: 'CNAMEAlreadyExists' });
  });

  await t.test('tells who has a name, partly hidden, once its certificate covers it', async (t) => {
    const world = await newWorld(t);
    const { distributions, distributionId, otherDistributionId } = world;
    const viewerCertificate = await acm(world, 'a.example.com', '*.example.com');
    const aliases = ['a.example.com', '*.example.com'];
    await distributions.change(await read(world, otherDistributionId), { aliases, viewerCertificate });
    const awsName = 'InvalidArgument';
    await rejectsAs(t, distributions.conflicts(distributionId, 'a.example.com'), 'refused', { awsName });
    await distributions.change(await read(world), { aliases: [], viewerCertificate });
    const conflicts = await distributions.conflicts(distributionId, 'a.example.com');
    t.same(conflicts.map(({ name }) => name).sort(), [...aliases].sort());
    for (const { kind, id, accountId } of conflicts) {
      t.match({ kind, id, accountId }, { kind: 'distribution', id: /^\*+\w+$/, accountId: /^\*+\d+$/ });
      t.ok(otherDistributionId.endsWith(id.replace(/^\*+/, '')));
    }
    t.same((await distributions.conflicts(distributionId, 'b.example.com')).map(({ name }) => name), ['*.example.com']);
    await rejectsAs(t, distributions.conflicts('E00000000NOBODY', 'a.example.com'), 'not_found');
  });

  await t.test('moves a name here from a distribution that is in use', async (t) => {
    const world = await newWorld(t);
    const { distributions, distributionId, otherDistributionId } = world;
    const viewerCertificate = await acm(world, 'a.example.com', 'b.example.com');
    const aliases = ['a.example.com', 'b.example.com'];
    await distributions.change(await read(world, otherDistributionId), { aliases, viewerCertificate });
    const awsName = 'IllegalUpdate';
    const { domainName } = await read(world);
    await world.setTxt('_a.example.com', domainName);
    await rejectsAs(t, distributions.move(await read(world), 'a.example.com'), 'refused', { awsName });
    const covered = await distributions.change(await read(world), { aliases: [], viewerCertificate });
    await rejectsAs(t, distributions.move(covered, 'b.example.com'), 'refused', { awsName });
    await world.touch(distributionId);
    await rejectsAs(t, distributions.move(covered, 'a.example.com'), 'stale');
    await distributions.move(await read(world), 'a.example.com');
    t.same((await read(world)).aliases, ['a.example.com']);
    t.same((await read(world, otherDistributionId)).aliases, ['b.example.com']);
    const moved = await read(world);
    await distributions.move(moved, 'a.example.com');
    t.same((await read(world)).aliases, moved.aliases, 'again changes nothing');
  });

  await t.test('refuses more aliases than a distribution may have', async (t) => {
    const world = await newWorld(t);
    const aliases = Array.from({ length: world.aliasLimit + 1 }, (_, index) => `n${index}.example.com`);
    const change = { aliases, viewerCertificate: await acm(world, '*.example.com') };
    const tooMany = world.distributions.change(await read(world), change);
    await rejectsAs(t, tooMany, 'refused', { awsName: 'TooManyDistributionCNAMEs' });
  });

  await t.test('a repeated invalidation answers the one that exists', async (t) => {
    const { distributions, distributionId } = await newWorld(t);
    const batch = { paths: ['/a/*', '/b'], callerReference: 'op_1' };
    const invalidationId = await distributions.invalidate(distributionId, batch);
    t.match(invalidationId, /^I[A-Z0-9]+$/);
    t.equal(await distributions.invalidate(distributionId, batch), invalidationId);
    const other = await distributions.invalidate(distributionId, { ...batch, callerReference: 'op_2' });
    t.not(other, invalidationId);
    const awsName = 'InvalidationBatchAlreadyExists';
    await rejectsAs(t, distributions.invalidate(distributionId, { ...batch, paths: ['/c'] }), 'conflict', { awsName });
  });

  await t.test('says why an invalidation is not accepted', async (t) => {
    const { distributions, distributionId } = await newWorld(t);
    const batch = { paths: ['/*'], callerReference: 'op_1' };
    await rejectsAs(t, distributions.invalidate('E00000000NOBODY', batch), 'not_found');
    await rejectsAs(t, distributions.invalidate(distributionId, { ...batch, paths: ['no-slash'] }), 'refused');
    for (let each = 1; each <= 15; each++) {
      await distributions.invalidate(distributionId, { paths: ['/*'], callerReference: `op_${each}` });
    }
    const many = distributions.invalidate(distributionId, { ...batch, callerReference: 'op_16' });
    await rejectsAs(t, many, 'throttled', { awsName: 'TooManyInvalidationsInProgress' });
  });
}

async function read(world: DistributionsWorld, distributionId = world.distributionId): Promise<DistributionState> {
  const state = await world.distributions.read(distributionId);
  if (!state) throw new Error(`the world has no distribution ${distributionId}`);
  return state;
}

async function acm(world: DistributionsWorld, ...names: readonly [string, ...string[]]): Promise<ViewerCertificate> {
  return { kind: 'acm', certificateArn: await world.issuedCertificate(...names) };
}
