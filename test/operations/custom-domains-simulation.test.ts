import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import type { Test } from 'tap';
import type { CustomDomain } from '../../src/domain/custom-domain.ts';
import { AnchorError } from '../../src/domain/errors.ts';
import { CloudError } from '../../src/ports/cloud-error.ts';
import { DomainWorld } from '../support/domain-world.ts';
import type { DomainReplica } from '../support/domain-world.ts';
import type { CallSite, Fault } from '../support/failing-world.ts';
import { Crash } from '../support/failing-world.ts';
import { seededRandom } from '../support/seeded-random.ts';

/** Replay one with `SEED=<number>`; run more with `SEEDS=<count>`, others with `FIRST_SEED=<number>`. */
const FIRST = Number(process.env.SEED ?? process.env.FIRST_SEED ?? 1);
const COUNT = process.env.SEED === undefined ? Number(process.env.SEEDS ?? 3) : 1;
const SEEDS = Array.from({ length: COUNT }, (_, at) => FIRST + at);
const NAMES = ['a.example.com', 'b.example.com', '*.example.com', 'example.org', 'c.example.net'];
const REPLICAS = 3;
const STEPS = 80;

/** With `both`, the first project's domains are tenants and the second's on the distribution. */
function modeOf(seed: number): 'distribution' | 'tenant' | 'both' {
  return (['both', 'distribution', 'tenant'] as const)[seed % 3] ?? 'both';
}

type Random = () => number;

function oneOf<T>(random: Random, items: readonly T[]): T | undefined {
  return items[Math.floor(random() * items.length)];
}

/** Throttles, stale ETags, answers that never come though the call took effect, other replicas in between, and deaths. */
function mischief(random: Random, die: () => never): Fault {
  const remote = ({ name }: CallSite) => /^(certificates|distributions|tenants)\./.test(name);
  return {
    before: async (call) => {
      for (let turns = Math.floor(random() * 4); turns > 0; turns--) await turn();
      if (remote(call) && random() < 0.04) throw failure('throttled', call);
      if (call.name.endsWith('.change') && random() < 0.05) throw failure('stale', call);
    },
    after: async (call) => {
      for (let turns = Math.floor(random() * 4); turns > 0; turns--) await turn();
      if (remote(call) && random() < 0.04) throw failure('unknown_outcome', call);
      if (random() < 0.002) die();
    },
  };
}

function failure(kind: CloudError['kind'], { name }: CallSite): CloudError {
  return new CloudError({ kind, service: 'simulated', operation: name, awsName: kind, message: `${name}: ${kind}` });
}

function newReplica(world: DomainWorld, random: Random): DomainReplica {
  const replica: DomainReplica = world.replica(mischief(random, () => replica.gate.kill()));
  return replica;
}

/** What owners do; refusals are part of the game. */
async function ownersDo(world: DomainWorld, random: Random, { operations }: DomainReplica): Promise<void> {
  const domains = await world.allDomains();
  const some = oneOf(random, domains);
  const dice = random();
  try {
    if (dice < 0.3) {
      await world.clock.run(operations.addDomain(random() < 0.7 ? 'p1' : 'p2', {
        domain: oneOf(random, NAMES) ?? '', takeOver: random() < 0.5,
      }));
    } else if (dice < 0.5 && some?.phase === 'challenging') {
      proveControl(world, some);
    } else if (dice < 0.6 && some?.validation) {
      world.cloud.zone.set({ name: some.validation.name, type: 'CNAME', values: [some.validation.value] });
    } else if (dice < 0.66 && some?.validation) {
      world.cloud.zone.remove(some.validation.name);
    } else if (dice < 0.76 && some) {
      await operations.removeDomain(some.projectId, some.domainId);
    } else if (dice < 0.86 && some) {
      await world.clock.run(operations.getDomain(some.projectId, some.domainId));
    } else if (dice < 0.92 && some) {
      await world.clock.run(operations.verifyDomain(some.projectId, some.domainId));
    }
  } catch (error) {
    if (!(error instanceof AnchorError || error instanceof Crash || error instanceof CloudError)) throw error;
  }
}

/** What others do at the console: a name is taken off by hand, or its tenant disabled. */
async function outsidersDo(world: DomainWorld, random: Random): Promise<void> {
  if (random() > 0.04) return;
  const some = oneOf(random, (await world.allDomains()).filter(({ phase }) => phase === 'active'));
  if (!some) return;
  world.disturbed.set(some.domainId, world.clock.now());
  if (some.edgeMode === 'tenant') {
    const tenant = await world.tenant(some.domain);
    if (tenant) await world.tenants.change(tenant, { enabled: false });
    return;
  }
  const state = await world.distributions.read(world.distributionId);
  if (!state) return;
  const { aliases, viewerCertificate } = state;
  await world.distributions.change(state, { aliases: aliases.filter((alias) => alias !== some.domain), viewerCertificate });
}

function proveControl({ cloud }: DomainWorld, { challenge }: CustomDomain): void {
  if (!challenge) return;
  const before = cloud.zone.resolve(challenge.recordName, 'TXT');
  const values = new Set([...before.kind === 'answer' ? before.values : [], challenge.token]);
  cloud.zone.set({ name: challenge.recordName, type: 'TXT', values: [...values] });
}

async function simulate(t: Test, seed: number): Promise<void> {
  const mode = modeOf(seed);
  const world = await DomainWorld.open(t, { mode: mode === 'distribution' ? mode : 'tenant', seed, settings: { graceForPendingMs: 4_000, edgeBatchWindowMs: 2_000 } });
  if (mode === 'both') await world.stores.projects.update({ projectId: 'p2' }, { remove: ['edge'] });
  const random = seededRandom(seed);
  const replicas = Array.from({ length: REPLICAS }, () => newReplica(world, random));
  for (let step = 0; step < STEPS; step++) {
    await ownersDo(world, random, oneOf(random, replicas) as DomainReplica);
    await outsidersDo(world, random);
    world.clock.advance(Math.floor(random() * 3_000));
    await Promise.all(replicas.filter(() => random() < 0.7).map((replica) => replica.worker.runUntilIdle(3)));
    await world.checkServed(t);
    for (const [at, replica] of replicas.entries()) if (replica.gate.dead) replicas[at] = newReplica(world, random);
  }
  await fairEnd(t, world);
  world.close();
}

/** Nobody fails any more and every owner does as told: all that are wanted are served, and nothing else is left. */
async function fairEnd(t: Test, world: DomainWorld): Promise<void> {
  const replica = world.replica();
  const end = world.clock.now() + 3_600_000;
  for (let quiet = 0; quiet < 20;) {
    if (world.clock.now() > end) throw new Error(`never quiet\n${await world.dump()}`);
    const domains = await world.allDomains();
    for (const domain of domains) {
      const { validation } = domain;
      proveControl(world, domain);
      if (validation) world.cloud.zone.set({ name: validation.name, type: 'CNAME', values: [validation.value] });
    }
    await world.tick(t, replica, 3_000);
    const edge = await world.edge();
    const done = domains.every(({ phase, takenOverAt }) => phase === 'active' || takenOverAt !== undefined) && !edge?.next && (edge?.retired.length ?? 0) === 0
      && Object.keys(edge?.departed ?? {}).length === 0;
    quiet = done ? quiet + 1 : 0;
  }
  await world.checkTidy(t);
  for (const { domain, phase } of await world.allDomains()) if (phase === 'active') t.ok(world.servedUnder(domain), `${domain} is served`);
  const changes = () => replica.gate.calls.filter((name) => /\.(change|create|request)$/.test(name) && !name.startsWith('stores.')).length;
  const before = changes();
  for (let ticks = 0; ticks < 10; ticks++) await world.tick(t, replica, 20_000);
  t.equal(changes(), before, 'then nothing more is done');
}

t.setTimeout(SEEDS.length * 30_000);
void t.test('replicas, owners and faults at random end well', async (t) => {
  for (const seed of SEEDS) {
    await t.test(`seed ${seed} (replay with SEED=${seed}), mode ${modeOf(seed)}`, async (t) => simulate(t, seed));
  }
});
