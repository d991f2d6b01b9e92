import type { CustomDomain } from '../domain/custom-domain.ts';
import type { DomainDeps } from '../operations/domain-deps.ts';
import type { PendingWatch } from '../operations/pending-watch.ts';
import { reconcileDomain, settlePending } from '../operations/reconcile-domain.ts';
import { publishDeployment, publishOperation } from '../operations/publish-owed.ts';
import type { EventDeps } from '../operations/record-events.ts';
import { reconcileEdge } from '../operations/reconcile-edge.ts';
import type { Stores } from '../ports/stores.ts';
import type { DueSweepParts, SweepStep, WorkerLog } from './due-sweep.ts';
import { dueSweep } from './due-sweep.ts';

export interface SweepParts {
  readonly deps: DomainDeps;
  /** Shared by domains and distributions; without it each certificate is asked for itself. */
  readonly pending?: PendingWatch;
  /** All background work of one project; has leases of its own. */
  readonly tendProject: (projectId: string) => Promise<unknown>;
  /** How long a domain or distribution stays with the replica that took it. */
  readonly leaseMs: number;
  readonly concurrency: number;
  /** See `DueSweepParts`. */
  readonly place?: number;
  readonly log: WorkerLog;
  readonly metrics?: SharedParts['metrics'];
  readonly tracing?: SharedParts['tracing'];
}

/** What all steps are given alike. */
export type SharedParts = Pick<DueSweepParts<object>, 'clock' | 'log' | 'concurrency' | 'metrics' | 'tracing'>;

/**
 * All background work: projects, domains, the distributions that domains have made due, and the events of
 * records whose writer did not come to it.
 */
export function allSweeps(parts: SweepParts): SweepStep[] {
  const { deps: given, pending, tendProject, leaseMs, concurrency, place = 0, log, metrics, tracing } = parts;
  const deps = pending ? { ...given, pending } : given;
  const { stores, clock } = deps;
  const shared = { clock, log, concurrency, place, metrics, tracing };
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
      prepare: async (due, signal) => pending?.prepare(due.filter(waitsForAcm).length, signal),
      settle: (record) => settlePending(deps, record),
      pass: ({ domainId }) => reconcileDomain(deps, domainId),
    }),
    dueSweep({
      ...shared, name: 'edges', leaseMs, table: stores.edges, keyOf: ({ distributionId }) => ({ distributionId }),
      prepare: async (due, signal) => pending?.prepare(due.filter(({ next }) => next?.certificateArn).length, signal),
      pass: ({ distributionId }) => reconcileEdge(deps, distributionId),
    }),
    ...recordSweeps(deps, shared),
  ];
}

/** Events that are owed by records whose writer did not come to it. */
export function recordSweeps(
  deps: EventDeps & { readonly stores: Pick<Stores, 'deployments' | 'operations'> },
  shared: SharedParts,
): SweepStep[] {
  const { stores } = deps;
  return [
    dueSweep({
      ...shared, name: 'deployment events', table: stores.deployments,
      keyOf: ({ projectId, deploymentId }) => ({ projectId, deploymentId }),
      pass: (deployment) => publishDeployment(deps, deployment),
    }),
    dueSweep({
      ...shared, name: 'operation events', table: stores.operations,
      keyOf: ({ projectId, operationId }) => ({ projectId, operationId }),
      pass: (operation) => publishOperation(deps, operation),
    }),
  ];
}

function waitsForAcm({ phase, desired, validation }: CustomDomain): boolean {
  return phase === 'validating' && desired === 'present' && validation !== undefined;
}
