import type { CustomDomain } from '../domain/custom-domain.ts';
import { withChanges, type Changes } from '../domain/domain-step.ts';
import { AnchorError } from '../domain/errors.ts';
import { startOver } from '../domain/start-over.ts';
import { dueShardOf } from '../ports/stores.ts';
import type { Change } from '../ports/table.ts';
import type { DiagnosisDeps } from './diagnose-domain.ts';
import { diagnose } from './diagnose-domain.ts';
import { edgeFor } from './edge-for.ts';
import { findDomain } from './find-domain.ts';
import type { Operations } from './operations.ts';
import { actorNow } from './origin.ts';
import { owedAfter } from './owe-domain-events.ts';
import { reconcileDomain } from './reconcile-domain.ts';
import { withinTime } from './within-time.ts';

/** From a fresh start to waiting on the distribution takes fewer. */
const MOST_PASSES = 8;
/** Writers that lose this often in a row meet a domain under heavy change. */
const MAX_TRIES = 8;

/**
 * Moves the domain on as far as the world allows now, lets a failed one try again, and answers what
 * its DNS looks like then. Both the permission to look and the new start are one conditional write:
 * of any number of requests at the same time one is served and starts one generation. Throws
 * `verify_too_soon`, `project_busy`, `domain_not_found`, `project_not_found`.
 */
export function verifyDomain(deps: DiagnosisDeps): Operations['verifyDomain'] {
  return async (projectId, domainId) => {
    const record = await begin(deps, projectId, domainId);
    await withinTime(deps.clock, deps.settings.lookBoundMs, (signal) => moveOn(deps, record, signal));
    return diagnose(deps, await deps.stores.domains.get({ domainId }) ?? record);
  };
}

async function begin(deps: DiagnosisDeps, projectId: string, domainId: string): Promise<CustomDomain> {
  const { stores, clock, settings } = deps;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const record = await findDomain(stores, projectId, domainId);
    const now = clock.now();
    const waitMs = (record.verifiedAt ?? -Infinity) + settings.verifyEveryMs - now;
    if (waitMs > 0) throw tooSoon(record, waitMs);
    const start = startOver(record, now, settings.challengeMs);
    const owedEvents = start && owedAfter(record, withChanges(record, start), now, actorNow());
    // Due at once: the worker goes on with it should this process die.
    const due = start && { ...start, attempts: 0, updatedAt: now, dueShard: dueShardOf(domainId), dueAt: now, ...(owedEvents && { owedEvents }) };
    const saved = await stores.domains.update({ domainId }, changeOf({ ...due, verifiedAt: now }), {
      equals: { revision: record.revision },
    });
    if (saved.updated) return saved.item;
  }
  throw new AnchorError('project_busy', 'The domain was changed by others at the same time. Try again.',
    { retryAfterSeconds: 1 });
}

/** An update, since to replace a record by the very same twice in a millisecond would be one and the same write. */
function changeOf(changes: Changes): Change<CustomDomain> {
  const entries = Object.entries(changes);
  return {
    set: Object.fromEntries(entries.filter(([, value]) => value !== undefined)),
    remove: entries.filter(([, value]) => value === undefined).map(([name]) => name as keyof CustomDomain),
    add: { revision: 1 },
  };
}

async function moveOn(deps: DiagnosisDeps, record: CustomDomain, signal: AbortSignal): Promise<void> {
  for (let passes = 0; passes < MOST_PASSES && !signal.aborted; passes++) {
    if (await reconcileDomain(deps, record.domainId) !== 'again') break;
  }
  await edgeFor(deps, record).hurry(record);
}

function tooSoon({ domain }: CustomDomain, waitMs: number): AnchorError {
  const retryAfterSeconds = Math.ceil(waitMs / 1000);
  return new AnchorError('verify_too_soon',
    `${domain} was verified a moment ago. Ask again in ${retryAfterSeconds} second${retryAfterSeconds === 1 ? '' : 's'}; until `
    + 'then GET …/dns tells what its DNS looks like.', { retryAfterSeconds });
}
