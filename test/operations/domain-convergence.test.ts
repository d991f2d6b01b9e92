import fc from 'fast-check';
import t from 'tap';
import type { Test } from 'tap';
import type { CustomDomain } from '../../src/domain/custom-domain.ts';
import { AnchorError } from '../../src/domain/errors.ts';
import { DomainWorld } from '../support/domain-world.ts';
import type { DomainReplica } from '../support/domain-world.ts';

/** `CONVERGENCE_RUNS=<count>` for more; `CONVERGENCE_SEED=<number>` replays the seed that a run prints. */
const RUNS = Number(process.env.CONVERGENCE_RUNS ?? 6);
const SEED = Number(process.env.CONVERGENCE_SEED ?? Math.floor(Math.random() * 2 ** 31));
const NAMES = ['a.example.com', 'b.example.com', '*.example.com', 'example.org'];
const DAY_MS = 86_400_000;

const name = fc.nat({ max: NAMES.length - 1 });
const deed = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('add' as const), name, project: fc.constantFrom('p1', 'p2') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), name }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('set record' as const), name }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drop record' as const), name }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('take alias off' as const), name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('revoke' as const), name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete certificate' as const), name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('report drift' as const), project: fc.constantFrom('p1', 'p2') }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 100, max: 8_000 }), rounds: fc.nat({ max: 8 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('months pass' as const), days: fc.integer({ min: 20, max: 220 }) }) },
);
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

async function work(world: DomainWorld, replica: DomainReplica, ms: number): Promise<void> {
  world.clock.advance(ms);
  await replica.worker.runUntilIdle(10);
}

async function doIt(world: DomainWorld, replica: DomainReplica, what: Deed): Promise<void> {
  if (what.kind === 'wait') {
    for (let round = 0; round <= what.rounds; round++) await work(world, replica, what.ms);
  } else if (what.kind === 'months pass') {
    await work(world, replica, what.days * DAY_MS);
  } else if (what.kind === 'report drift') {
    await world.stores.projects.update({ projectId: what.project }, { set: { onDomainDrift: 'report' } });
  } else if (what.kind === 'add') {
    await world.clock.run(replica.operations.addDomain(what.project, { domain: NAMES[what.name] ?? '' })).catch(refused);
  } else {
    const record = await world.domain(NAMES[what.name] ?? '');
    if (record) await doTo(world, replica, record, what.kind);
  }
}

async function doTo(
  world: DomainWorld, replica: DomainReplica, record: CustomDomain,
  kind: 'remove' | 'set record' | 'drop record' | 'take alias off' | 'revoke' | 'delete certificate',
): Promise<void> {
  const { projectId, domainId, validation, domain } = record;
  const arn = record.servingCertificateArn ?? record.ownCertificateArn;
  switch (kind) {
    case 'remove':
      await replica.operations.removeDomain(projectId, domainId);
      break;
    case 'set record':
      if (validation) world.cloud.zone.set({ name: validation.name, type: 'CNAME', values: [validation.value] });
      break;
    case 'drop record':
      if (validation) world.cloud.zone.remove(validation.name);
      break;
    case 'take alias off': {
      const state = await world.distributions.read(world.distributionId);
      if (!state?.aliases.includes(domain)) break;
      const { aliases, viewerCertificate } = state;
      // CloudFront refuses it under a certificate that has ended.
      await world.distributions.change(state, { aliases: aliases.filter((alias) => alias !== domain), viewerCertificate }).catch(() => undefined);
      break;
    }
    case 'revoke':
      if (arn !== undefined && world.certificate(arn)?.status === 'ISSUED') world.cloud.acm.end({ certificateArn: arn, status: 'REVOKED' });
      break;
    case 'delete certificate':
      if (arn !== undefined) await world.certificates.remove(arn).catch(() => undefined);
  }
}

function refused(error: unknown): void {
  if (!(error instanceof AnchorError)) throw error;
}

/** Owners do as told, nobody meddles, every project has its drift repaired. */
async function fairEnd(t: Test, world: DomainWorld, replica: DomainReplica): Promise<void> {
  for (const projectId of ['p1', 'p2']) await world.stores.projects.update({ projectId }, { remove: ['onDomainDrift'] });
  for (let rounds = 0, quiet = 0; quiet < 15; rounds++) {
    if (rounds > 1_500) throw new Error(`never quiet\n${await world.dump()}`);
    const domains = await world.allDomains();
    for (const each of domains) await doTo(world, replica, each, 'set record');
    // A certificate revoked long before its end is noticed when its end comes near.
    await work(world, replica, rounds < 400 ? 3_000 : DAY_MS);
    quiet = domains.every((each) => isSettled(world, each)) && await isEdgeQuiet(world) ? quiet + 1 : 0;
  }
  const failed = (await world.allDomains()).filter(({ phase }) => phase === 'failed');
  for (const each of failed) await replica.operations.removeDomain(each.projectId, each.domainId);
  for (let rounds = 0; failed.length > 0 && rounds < 40; rounds++) await work(world, replica, 3_000);
  await world.checkServed(t);
  await world.checkTidy(t);
}

function isSettled(world: DomainWorld, { phase, renewalAtRiskSince, servingCertificateArn }: CustomDomain): boolean {
  if (phase === 'failed') return true;
  return phase === 'active' && renewalAtRiskSince === undefined && world.certificate(servingCertificateArn)?.status === 'ISSUED';
}

async function isEdgeQuiet(world: DomainWorld): Promise<boolean> {
  const edge = await world.edge();
  return !edge?.next && (edge?.retired.length ?? 0) === 0 && Object.keys(edge?.departed ?? {}).length === 0;
}

async function converges(t: Test, deeds: readonly Deed[]): Promise<void> {
  const world = await DomainWorld.open(t, { settings: { graceForPendingMs: 4_000, edgeBatchWindowMs: 2_000 } });
  const replica = world.replica();
  for (const each of deeds) await doIt(world, replica, each);
  await fairEnd(t, world, replica);
  const before = JSON.stringify([world.accepted, world.cloud.acm.all().map(({ arn }) => arn), await looks(world)]);
  replica.gate.calls.length = 0;
  for (let looked = 0; looked < 5; looked++) await work(world, replica, 60_000);
  t.equal(JSON.stringify([world.accepted, world.cloud.acm.all().map(({ arn }) => arn), await looks(world)]), before, 'nothing changes');
  const changes = replica.gate.calls.filter((call) => /^(certificates\.(request|remove)|distributions\.change)$/.test(call));
  t.same(changes, [], 'and nothing outside is touched: there are only looks');
  world.close();
  if (!t.passing()) throw new Error(`not as it should be\n${JSON.stringify(deeds)}`);
}

async function looks(world: DomainWorld): Promise<unknown[]> {
  return (await world.allDomains()).map(({ phase, domain, servingCertificateArn }) => [domain, phase, servingCertificateArn]);
}

t.setTimeout(RUNS * 60_000);
void t.test('from whatever state, in a fair world, every domain comes to rest and then nothing more is done', async (t) => {
  t.comment(`seed ${SEED}: replay with CONVERGENCE_SEED=${SEED} CONVERGENCE_RUNS=${RUNS}`);
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 5, maxLength: 40, size: 'max' }), async (deeds) => converges(t, deeds)),
    { numRuns: RUNS, endOnFailure: true, seed: SEED },
  );
});
