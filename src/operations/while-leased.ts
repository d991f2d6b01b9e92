import type { LeaseKind, Metrics } from '../ports/metrics.ts';

export type LeaseMetrics = Pick<Metrics, 'leaseTaken' | 'leaseEnded'>;

/** Does the work of a lease that this replica has just taken, so that operators see who holds how many. */
export async function whileLeased<T>(metrics: LeaseMetrics | undefined, of: LeaseKind, work: () => Promise<T>): Promise<T> {
  metrics?.leaseTaken(of);
  try {
    return await work();
  } finally {
    metrics?.leaseEnded(of);
  }
}
