import type { DistributionState } from '../src/domain/distribution.ts';
import type { DomainView } from '../src/domain/domain-view.ts';
import { DomainWorld, type DomainReplica } from '../test/support/domain-world.ts';

export interface ReadyTogether {
  readonly domains: number;
  readonly distributions: number;
  readonly replicas: number;
  /** Changes sent to each distribution until all were active, refused ones included. */
  readonly changes: readonly number[];
  /** From the records in DNS to the last domain active. */
  readonly seconds: number;
}

const TICK_MS = 500;
const LONGEST_MS = 600_000;

/**
 * Domains whose records appear at the same moment, from POST to active, on the embedded cloud: the real
 * operations and worker, the real SDK clients and wire protocols, and a cloud as strict as AWS.
 */
export async function readyTogether(domains: number, distributions: number, replicas: number): Promise<ReadyTogether> {
  const world = new DomainWorld({ settings: { distributionNameLimit: 100 }, cloud: { namesPerCertificate: 100 } });
  const changes = new Map<string, number>();
  const all = Array.from({ length: replicas }, () => world.replica({
    before: ({ name, args }) => {
      const { distributionId = '' } = (args[0] ?? {}) as Partial<DistributionState>;
      if (name === 'distributions.change') changes.set(distributionId, (changes.get(distributionId) ?? 0) + 1);
    },
  }));
  const [first] = all as [DomainReplica];
  const projectIds: string[] = [];
  for (let n = 0; n < distributions; n++) projectIds.push(await newProject(world, n));
  const added: DomainView[] = [];
  for (let n = 0; n < domains; n++) {
    added.push(await world.add(first, `site-${n}.example.com`, projectIds[n % distributions]));
  }
  for (const view of added) world.setRecord(view);
  const readyAt = world.clock.now();
  while (await waiting(world, projectIds) > 0) {
    if (world.clock.now() - readyAt > LONGEST_MS) throw new Error('the domains do not become active');
    world.clock.advance(TICK_MS);
    await Promise.all(all.map(({ worker }) => worker.runUntilIdle(10)));
  }
  const seconds = (world.clock.now() - readyAt) / 1_000;
  world.close();
  return { domains, distributions, replicas, changes: [...changes.values()], seconds };
}

async function newProject(world: DomainWorld, n: number): Promise<string> {
  const projectId = `project-${n}`;
  await world.stores.projects.create({
    projectId, collection: 'project', createdKey: projectId, name: projectId,
    distributionId: await world.newDistribution(projectId), distributionDomain: `d${n}.cloudfront.net`,
    createdAt: 1, updatedAt: 1, revision: 1, fence: 0,
  });
  return projectId;
}

async function waiting(world: DomainWorld, projectIds: readonly string[]): Promise<number> {
  const found = await Promise.all(projectIds.map((hash) => (
    world.stores.domains.query({ index: 'byProject', hash, order: 'ascending', limit: 200 }))));
  return found.flat().filter(({ phase }) => phase !== 'active').length;
}
