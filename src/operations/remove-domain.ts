import { AnchorError } from '../domain/errors.ts';
import { viewDomain } from '../domain/view-domain.ts';
import { dueShardOf } from '../ports/stores.ts';
import type { DomainDeps } from './domain-deps.ts';
import { findDomain } from './find-domain.ts';
import type { Operations } from './operations.ts';

/** Writers that lose this often in a row meet a domain under heavy change. */
const MAX_TRIES = 8;

/**
 * Makes the domain's absence what is wanted; the worker does the rest, and asking twice is harmless.
 * Throws `domain_not_found` and `project_not_found`.
 */
export function removeDomain({ stores, clock }: Pick<DomainDeps, 'stores' | 'clock'>): Operations['removeDomain'] {
  return async (projectId, domainId) => {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const record = await findDomain(stores, projectId, domainId);
      if (record.desired === 'absent') return viewDomain(record);
      const now = clock.now();
      const saved = await stores.domains.update(
        { domainId },
        {
          set: { desired: 'absent', updatedAt: now, attempts: 0, dueShard: dueShardOf(domainId), dueAt: now },
          remove: ['reason'], add: { revision: 1 },
        },
        { equals: { revision: record.revision } },
      );
      if (saved.updated) return viewDomain(saved.item);
    }
    throw new AnchorError('project_busy', 'The domain was changed by others at the same time. Try again.',
      { retryAfterSeconds: 1 });
  };
}
