import type { Test } from 'tap';
import type { CustomDomain } from '../../src/domain/custom-domain.ts';
import type { EdgeStanding } from '../../src/domain/domain-step.ts';
import type { DomainEdge } from '../../src/ports/edge.ts';

/** A world in which nobody but the contract asks anything of CloudFront; a new one for every test. */
export interface EdgeWorld {
  readonly edge: DomainEdge;
  /** A domain that is about to join, its own certificate issued; a new id each time, also for the same name. */
  readonly readyDomain: (name: string) => Promise<CustomDomain>;
  /** Time passes, and what works in the background does so. */
  readonly work: () => Promise<void>;
  /** The certificate under which viewers are served this name now. */
  readonly servedUnder: (name: string) => string | undefined;
  /** Somebody else has this name on a distribution of theirs. */
  readonly holdElsewhere: (name: string) => Promise<void>;
  /** Everything in the account that is not ours, as it is now. */
  readonly foreign: () => unknown;
}

const ONE = 'one.example.com';
const TWO = 'two.example.org';
const MOST_ROUNDS = 100;

/** What every way onto CloudFront must do. */
export async function edgeContract(t: Test, newWorld: (t: Test) => Promise<EdgeWorld>): Promise<void> {
  await t.test('a domain joins and is served, under a certificate that is named', async (t) => {
    const world = await newWorld(t);
    const domain = await world.readyDomain(ONE);
    t.match(await seen(world, domain), { state: 'absent', full: false });
    t.equal(await world.edge.join(domain), 'done');
    t.not((await seen(world, domain)).state, 'served', 'CloudFront takes its time');
    const standing = await until(world, domain, 'served');
    t.ok(standing.servingCertificateArn);
    t.equal(standing.servingCertificateArn, world.servedUnder(ONE));
    t.equal(standing.drift, undefined);
  });

  await t.test('a domain that was served leaves until nothing is left', async (t) => {
    const world = await newWorld(t);
    const domain = await served(world, ONE);
    t.equal(await world.edge.leave(domain), 'done');
    await world.edge.leave(domain);
    t.not((await seen(world, domain)).state, 'absent', 'asking twice is no faster');
    await gone(world, domain);
    t.equal(world.servedUnder(ONE), undefined);
    t.equal(await world.edge.leave(domain), 'again', 'there is nothing to leave any more');
    t.equal((await seen(world, domain)).state, 'absent');
  });

  await t.test('a second domain comes and goes, and the first is served throughout', async (t) => {
    const world = await newWorld(t);
    const first = await served(world, ONE);
    const second = await world.readyDomain(TWO);
    const check = () => t.ok(world.servedUnder(ONE), 'the first is served');
    await world.edge.join(second);
    await until(world, second, 'served', check);
    await gone(world, second, check);
    t.equal((await seen(world, first)).state, 'served');
  });

  await t.test('a join may be repeated at any time', async (t) => {
    const world = await newWorld(t);
    const domain = await world.readyDomain(ONE);
    await world.edge.join(domain);
    await world.edge.join(domain);
    await until(world, domain, 'served');
    await world.edge.join(domain);
    await until(world, domain, 'served');
    t.ok(world.servedUnder(ONE));
    await gone(world, domain);
    t.equal(world.servedUnder(ONE), undefined, 'one leave undoes them all');
  });

  await t.test('a name that somebody else holds is refused or waits to be moved, and stays theirs', async (t) => {
    const world = await newWorld(t);
    await world.holdElsewhere(ONE);
    const theirs = world.foreign();
    const domain = await world.readyDomain(ONE);
    const answer = await world.edge.join(domain);
    if (typeof answer === 'string') t.match((await until(world, domain, 'held')).held, { target: /\.cloudfront\.net$/ });
    else t.match(answer, { kind: 'held', reason: new RegExp(`${ONE}.*\\.$`) });
    await gone(world, domain);
    t.same(world.foreign(), theirs);
  });

  await t.test('a domain that leaves before it has arrived is not served in the end', async (t) => {
    const world = await newWorld(t);
    const domain = await world.readyDomain(ONE);
    await world.edge.join(domain);
    await world.edge.leave(domain);
    await gone(world, domain);
    for (let rounds = 0; rounds < 20; rounds++) await world.work();
    t.equal((await seen(world, domain)).state, 'absent');
    t.equal(world.servedUnder(ONE), undefined);
  });

  await t.test('a domain takes nothing from another of the same name', async (t) => {
    const world = await newWorld(t);
    const first = await served(world, ONE);
    const second = await world.readyDomain(ONE);
    await world.edge.join(second);
    await world.work();
    await world.edge.leave(second);
    for (let rounds = 0; rounds < 20; rounds++) await world.work();
    t.equal((await seen(world, first)).state, 'served');
    t.ok(world.servedUnder(ONE));
  });

  await t.test('what others have is left as it is', async (t) => {
    const world = await newWorld(t);
    await world.holdElsewhere('theirs.example.net');
    const theirs = world.foreign();
    const domain = await served(world, ONE);
    t.same(world.foreign(), theirs, 'while ours is served');
    await gone(world, domain);
    t.same(world.foreign(), theirs, 'and after it has gone');
    t.ok(world.servedUnder('theirs.example.net'));
  });
}

async function seen({ edge }: EdgeWorld, domain: CustomDomain): Promise<EdgeStanding> {
  const observed = await edge.standing(domain);
  if (observed.kind !== 'found') throw new Error(`the standing is ${observed.kind}`);
  return observed.value;
}

async function served(world: EdgeWorld, name: string): Promise<CustomDomain> {
  const domain = await world.readyDomain(name);
  await world.edge.join(domain);
  await until(world, domain, 'served');
  return domain;
}

async function until(
  world: EdgeWorld, domain: CustomDomain, state: EdgeStanding['state'], check?: () => void,
): Promise<EdgeStanding> {
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds++) {
    const standing = await seen(world, domain);
    check?.();
    if (standing.state === state) return standing;
    await world.work();
  }
  throw new Error(`never ${state}: ${JSON.stringify(await seen(world, domain))}`);
}

/** One step after the other, as the domain's own decisions take them. */
async function gone(world: EdgeWorld, domain: CustomDomain, check?: () => void): Promise<void> {
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds++) {
    const { state } = await seen(world, domain);
    check?.();
    if (state === 'absent') return;
    if (state !== 'leaving') await world.edge.leave(domain);
    await world.work();
  }
  throw new Error(`never gone: ${JSON.stringify(await seen(world, domain))}`);
}
