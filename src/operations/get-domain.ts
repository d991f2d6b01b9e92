import type { CustomDomain } from '../domain/custom-domain.ts';
import { viewDomain } from '../domain/view-domain.ts';
import type { DomainDeps } from './domain-deps.ts';
import { edgeFor } from './edge-for.ts';
import { findDomain } from './find-domain.ts';
import type { Operations } from './operations.ts';
import { reconcileDomain } from './reconcile-domain.ts';
import { withinTime } from './within-time.ts';

/** From requesting to waiting on the distribution takes fewer. */
const MOST_PASSES = 6;

/**
 * Looks at the world now, at most once every few seconds for one domain and for a bounded time, so
 * that a certificate that has just been issued counts at once. Answers what is known in any case.
 * Throws `domain_not_found` and `project_not_found`.
 */
export function getDomain(deps: DomainDeps): Operations['getDomain'] {
  return async (projectId, domainId) => {
    const record = await findDomain(deps.stores, projectId, domainId);
    if (!await mayLook(deps, record)) return viewDomain(record);
    await withinTime(deps.clock, deps.settings.lookBoundMs, (signal) => moveOn(deps, record, signal));
    return viewDomain(await deps.stores.domains.get({ domainId }) ?? record);
  };
}

/** Of all that ask at the same time one may look: whose note of it is the first. */
async function mayLook({ stores, clock, settings }: DomainDeps, record: CustomDomain): Promise<boolean> {
  const well = record.phase === 'active' && record.renewalAtRiskSince === undefined;
  const settled = record.desired === 'present' && (well || record.phase === 'failed');
  const now = clock.now();
  if (settled || now - (record.checkedAt ?? -Infinity) < settings.getLookEveryMs) return false;
  // A failed call waits out its back-off, whoever asks.
  if (record.attempts > 0 && (record.dueAt ?? 0) > now) return false;
  const noted = await stores.domains.update(
    { domainId: record.domainId }, { set: { checkedAt: now }, add: { revision: 1 } },
    { equals: { revision: record.revision } },
  );
  return noted.updated;
}

async function moveOn(deps: DomainDeps, record: CustomDomain, signal: AbortSignal): Promise<void> {
  const { domainId, phase } = record;
  for (let passes = 0; passes < MOST_PASSES && !signal.aborted; passes++) {
    if (await reconcileDomain(deps, domainId) !== 'again') break;
  }
  if (phase === 'joining' || phase === 'deploying' || phase === 'leaving') await edgeFor(deps, record).hurry(record);
}
