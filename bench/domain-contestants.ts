import { createCallBudgets } from '../src/adapters/budget/call-budgets.ts';
import { CERTIFICATE_CALLS, DISTRIBUTION_CALLS, paced } from '../src/adapters/budget/paced-port.ts';
import { type AwsCall, ratesWith } from '../src/domain/call-rates.ts';
import { AWS_DOMAIN_SETTINGS } from '../src/domain/domain-settings.ts';
import type { DomainDeps } from '../src/operations/domain-deps.ts';
import { createPendingWatch } from '../src/operations/pending-watch.ts';
import type { CallBudget } from '../src/ports/call-budget.ts';
import type { Clock } from '../src/ports/clock.ts';
import { isCloudError } from '../src/ports/cloud-error.ts';
import { DUE_SHARDS, type Stores } from '../src/ports/stores.ts';
import { allSweeps } from '../src/worker/sweeps.ts';
import { createWorker, type Worker } from '../src/worker/worker.ts';
import { lookAtOne } from './describe-loop.ts';
import { AWS_TAKES, type StandInAws } from './stand-in-aws.ts';

/** What both may use of the account's rates, all replicas together: the server's default. */
const RATES = ratesWith({}, 90);
const [LEASE_MS, INTERVAL_MS, CONCURRENCY] = [60_000, 5_000, 4];
/** Between two rounds of the loop over all pending domains. */
const LOOP_PAUSE_MS = 10_000;
const PAGE = 100;

export interface Surroundings {
  readonly aws: StandInAws;
  readonly stores: Stores;
  readonly clock: Clock;
}

/** As `compose` puts it together, with the server's defaults on AWS. */
export function anchorReplica({ aws, stores, clock }: Surroundings, replica: number, replicas: number): Worker {
  const fail = (error: unknown): never => { throw error; };
  const { worker: budget } = createCallBudgets({
    table: stores.budgets, replicaId: `replica-${replica}`, rates: RATES, clock, workerWaitMs: LEASE_MS / 3, onStoreError: fail,
  });
  const deps: DomainDeps = {
    stores, clock,
    certificates: paced(aws.certificates, CERTIFICATE_CALLS, budget),
    distributions: paced(aws.distributions, DISTRIBUTION_CALLS, budget),
    tenants: { read: noTenants, create: noTenants, change: noTenants, remove: noTenants },
    dns: { lookup: async () => ({ kind: 'unknown', reason: 'not asked in the benchmark' }) },
    ids: { next: (prefix) => prefix },
    tokens: { next: () => '' }, platformDomains: [],
    defaults: {
      serverFunctionName: undefined, imageFunctionName: undefined, distributionId: undefined, distributionDomain: undefined,
    },
    settings: { ...AWS_DOMAIN_SETTINGS, distributionNameLimit: 100 },
    onCloudError: (_key, error) => { if (!isCloudError(error, 'throttled', 'stale')) throw error; },
  };
  const log = { error: (details: object) => fail((details as { err?: unknown }).err) };
  const steps = allSweeps({
    deps, pending: createPendingWatch(deps), tendProject: async () => undefined, leaseMs: LEASE_MS,
    concurrency: CONCURRENCY, place: replica / replicas, log,
  });
  return createWorker({ steps, clock, intervalMs: INTERVAL_MS, log });
}

async function noTenants(): Promise<never> {
  throw new Error('the benchmark has no tenants');
}

/** One of the loops that share the shards, and the rates, among them. */
export class DescribeLoop {
  /** When each domain that was put on its distribution is deployed there. */
  readonly activeAt = new Map<string, number>();
  readonly #stores: Stores;
  readonly #clock: Clock;
  readonly #world: Parameters<typeof lookAtOne>[0];
  readonly #shards: readonly number[];

  constructor({ aws, stores, clock }: Surroundings, budget: CallBudget, replica: number, replicas: number) {
    this.#stores = stores;
    this.#clock = clock;
    this.#world = {
      certificates: paced(aws.certificates, CERTIFICATE_CALLS, budget),
      distributions: paced(aws.distributions, DISTRIBUTION_CALLS, budget),
    };
    this.#shards = Array.from({ length: DUE_SHARDS }, (_, shard) => shard).filter((shard) => shard % replicas === replica);
  }

  async round(): Promise<void> {
    for (const hash of this.#shards) {
      for (let above = 0, full = true; full;) {
        const page = await this.#stores.domains.query({ index: 'byDue', hash, range: { above }, order: 'ascending', limit: PAGE });
        for (const record of page) {
          above = record.dueAt ?? above;
          if (!await lookAtOne(this.#world, record)) continue;
          this.activeAt.set(record.domainId, this.#clock.now() + AWS_TAKES.deployMs);
          await this.#stores.domains.update({ domainId: record.domainId }, { set: { phase: 'active' }, remove: ['dueAt', 'dueShard'] });
        }
        full = page.length === PAGE;
      }
    }
  }

  async rounds(until: () => boolean): Promise<void> {
    while (!until()) {
      await this.round();
      if (!until()) await this.#clock.sleep(LOOP_PAUSE_MS);
    }
  }
}

/** Calls at even distances, of all loops together, as if they could agree at no cost. */
export function evenPace(clock: Clock): CallBudget {
  const freeAt = new Map<string, number>();
  return {
    take: async (call) => {
      const at = Math.max(clock.now(), freeAt.get(call) ?? 0);
      freeAt.set(call, at + Math.ceil(1_000 / RATES[call as AwsCall]));
      await clock.sleep(at - clock.now());
    },
  };
}
