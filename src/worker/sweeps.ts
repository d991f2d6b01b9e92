import type { DomainDeps } from '../operations/domain-deps.ts';
import { reconcileDomain } from '../operations/reconcile-domain.ts';
import { reconcileEdge } from '../operations/reconcile-edge.ts';
import type { SweepStep, WorkerLog } from './due-sweep.ts';
import { dueSweep } from './due-sweep.ts';

export interface SweepParts {
  readonly deps: DomainDeps;
  /** All background work of one project; has leases of its own. */
  readonly tendProject: (projectId: string) => Promise<unknown>;
  /** How long a domain or distribution stays with the replica that took it. */
  readonly leaseMs: number;
  readonly concurrency: number;
  readonly log: WorkerLog;
}

/** All background work: projects, domains, and the distributions that domains have made due. */
export function allSweeps({ deps, tendProject, leaseMs, concurrency, log }: SweepParts): SweepStep[] {
  const { stores, clock } = deps;
  const shared = { clock, log, concurrency };
  return [
    dueSweep({
      ...shared, name: 'projects', table: stores.projects, keyOf: ({ projectId }) => ({ projectId }),
      pass: async ({ projectId }) => {
        await tendProject(projectId);
        return 'later';
      },
    }),
    dueSweep({
      ...shared, name: 'domains', leaseMs, table: stores.domains, keyOf: ({ domainId }) => ({ domainId }),
      pass: ({ domainId }) => reconcileDomain(deps, domainId),
    }),
    dueSweep({
      ...shared, name: 'edges', leaseMs, table: stores.edges, keyOf: ({ distributionId }) => ({ distributionId }),
      pass: ({ distributionId }) => reconcileEdge(deps, distributionId),
    }),
  ];
}
