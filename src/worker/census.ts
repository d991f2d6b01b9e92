import type { CustomDomain } from '../domain/custom-domain.ts';
import { DOMAIN_STATUSES, type DomainStatus } from '../domain/domain-view.ts';
import type { Project } from '../domain/project.ts';
import { statusOf } from '../domain/view-domain.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics, WaitingDeliveries } from '../ports/metrics.ts';
import { DUE_SHARDS, type Stores } from '../ports/stores.ts';
import type { SweepStep } from './due-sweep.ts';

export interface CensusParts {
  readonly stores: Pick<Stores, 'projects' | 'domains' | 'deliveries'>;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'counted' | 'looks'>;
}

const PAGE = 100;
/** In one pass of the worker, whose other work must not wait for long. */
const PAGES_A_PASS = 10;
/** From one count to the next: at least a minute, and for each domain so long that an hour is enough for 100,000. */
const LEAST_REST_MS = 60_000;
const REST_PER_DOMAIN_MS = 36;

type Tally = Record<DomainStatus, number>;

/**
 * Counts the domains by their status, a few pages in every pass and then not again for a while, so that no look at the
 * metrics reads the store and 100,000 domains cost each replica some thirty reads a second at most. Nothing is read while
 * nobody has looked at the latest count. A domain that changes meanwhile is counted as it was when its page was read.
 */
export function census({ stores, clock, metrics }: CensusParts): SweepStep {
  let round: Round | undefined;
  let restUntil = -Infinity;
  let looksBefore = 0;
  return {
    name: 'census',
    run: async (signal) => {
      if (!round && (clock.now() < restUntil || metrics.looks() === looksBefore)) return 0;
      const current = round ?? newRound(stores);
      // A round that fails is begun anew, as its pages would go on behind the one that is missing.
      round = undefined;
      for (let pages = 0; pages < PAGES_A_PASS && !signal.aborted; pages++) {
        const page = await current.pages.next();
        if (page.done) {
          const deliveries = await waitingDeliveries(stores, clock.now());
          metrics.counted({ at: clock.now(), domains: current.tally, deliveries });
          looksBefore = metrics.looks();
          restUntil = clock.now() + Math.max(LEAST_REST_MS, totalOf(current.tally) * REST_PER_DOMAIN_MS);
          return 0;
        }
        for (const domain of page.value) current.tally[statusOf(domain)] += 1;
      }
      round = current;
      return 0;
    },
  };
}

interface Round {
  readonly pages: AsyncGenerator<readonly CustomDomain[]>;
  readonly tally: Tally;
}

function newRound(stores: CensusParts['stores']): Round {
  const tally = Object.fromEntries(DOMAIN_STATUSES.map((status) => [status, 0])) as Tally;
  return { pages: pagesOfDomains(stores), tally };
}

function totalOf(tally: Tally): number {
  return Object.values(tally).reduce((sum, count) => sum + count, 0);
}

async function* pagesOfDomains({ projects, domains }: CensusParts['stores']): AsyncGenerator<readonly CustomDomain[]> {
  let after: Pick<Project, 'createdKey'> | undefined;
  do {
    const some: Project[] = await projects.query({
      index: 'byCreation', hash: 'project', order: 'ascending', limit: PAGE, ...(after && { range: { above: after.createdKey } }),
    });
    for (const { projectId } of some) yield* pagesOf(domains, projectId);
    after = some.length < PAGE ? undefined : some.at(-1);
  } while (after);
}

async function* pagesOf(domains: Stores['domains'], projectId: string): AsyncGenerator<readonly CustomDomain[]> {
  let after: Pick<CustomDomain, 'domainId'> | undefined;
  do {
    const page: CustomDomain[] = await domains.query({
      index: 'byProject', hash: projectId, order: 'ascending', limit: PAGE, ...(after && { range: { above: after.domainId } }),
    });
    yield page;
    after = page.length < PAGE ? undefined : page.at(-1);
  } while (after);
}

/** Whatever is in the index of what is due is pending. */
async function waitingDeliveries({ deliveries }: CensusParts['stores'], now: number): Promise<WaitingDeliveries> {
  const shards = await Promise.all(Array.from({ length: DUE_SHARDS }, (_, shard) => (
    deliveries.query({ index: 'byDue', hash: shard, order: 'ascending', limit: PAGE }))));
  const waiting = shards.flat();
  const oldest = Math.min(now, ...waiting.map(({ createdAt }) => createdAt));
  return { pending: waiting.length, oldestMs: now - oldest };
}
