import type { CustomDomain } from '../domain/custom-domain.ts';
import { AnchorError } from '../domain/errors.ts';
import type { Pointing } from '../domain/observed.ts';
import { withChanges } from '../domain/domain-step.ts';
import { viewDomain } from '../domain/view-domain.ts';
import { dueShardOf } from '../ports/stores.ts';
import type { DomainDeps } from './domain-deps.ts';
import { findDomain } from './find-domain.ts';
import type { Operations } from './operations.ts';
import { actorNow } from './origin.ts';
import { owedAfter } from './owe-domain-events.ts';
import { pointingOf } from './pointing-of.ts';
import { withinTime } from './within-time.ts';

type Deps = Pick<DomainDeps, 'stores' | 'clock' | 'dns' | 'settings'>;

/** Writers that lose this often in a row meet a domain under heavy change. */
const MAX_TRIES = 8;

/**
 * Makes the domain's absence what is wanted; the worker does the rest, and asking twice is harmless.
 * The answer warns while DNS still sends the name here; that look is bounded and never fails the request.
 * Throws `domain_not_found` and `project_not_found`.
 */
export function removeDomain(deps: Deps): Operations['removeDomain'] {
  const { stores, clock } = deps;
  return async (projectId, domainId) => {
    const pointsHere = await stillPointsHere(deps, await findDomain(stores, projectId, domainId));
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const record = await findDomain(stores, projectId, domainId);
      // A domain whose name was taken over stays for its owner to read, unless its owner wants it away.
      if (record.desired === 'absent' && record.takenOverAt === undefined) return viewDomain(record);
      const now = clock.now();
      const next = withChanges(record, { desired: 'absent', reason: undefined, takenOverAt: undefined, pointsHere });
      const owedEvents = owedAfter(record, next, now, actorNow());
      const saved = await stores.domains.update(
        { domainId },
        {
          set: {
            desired: 'absent', updatedAt: now, attempts: 0, dueShard: dueShardOf(domainId), dueAt: now,
            ...(pointsHere && { pointsHere }), ...(owedEvents && { owedEvents }),
          },
          remove: ['reason', 'takenOverAt'], add: { revision: 1 },
        },
        { equals: { revision: record.revision } },
      );
      if (saved.updated) return viewDomain(saved.item);
    }
    throw new AnchorError('project_busy', 'The domain was changed by others at the same time. Try again.',
      { retryAfterSeconds: 1 });
  };
}

async function stillPointsHere({ dns, clock, settings }: Deps, record: CustomDomain): Promise<true | undefined> {
  if (record.desired === 'absent') return undefined;
  let pointing: Pointing = 'unknown';
  await withinTime(clock, settings.lookBoundMs, async () => {
    pointing = await pointingOf(dns, record);
  });
  return (pointing as Pointing) === 'here' ? true : undefined;
}
