import type { CustomDomain } from '../domain/custom-domain.ts';
import { domainAdded, domainChanges } from '../domain/domain-events.ts';
import type { Actor, OwedEvent } from '../domain/event.ts';
import { actorNow } from './origin.ts';

/**
 * What the record owes after this change, for the write that makes it; undefined when that is nothing. What Anchor
 * does on its way is nobody's doing, whoever's request has made it look: `actor` is left out then.
 */
export function owedAfter(
  before: CustomDomain, after: CustomDomain, now: number, actor?: Actor,
): readonly OwedEvent[] | undefined {
  const next = { ...after, revision: before.revision + 1 };
  const owed = [...before.owedEvents ?? [], ...domainChanges(before, next, now, actor)];
  return owed.length > 0 ? owed : undefined;
}

/** The new record with its first event. */
export function owesDomain(record: CustomDomain): CustomDomain {
  return { ...record, owedEvents: [domainAdded(record, actorNow())] };
}
