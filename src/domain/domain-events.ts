import type { CustomDomain } from './custom-domain.ts';
import type { DomainStatus } from './domain-view.ts';
import type { Actor, EventData, OwedEvent } from './event.ts';
import { viewDomain } from './view-domain.ts';

type Named = Pick<CustomDomain, 'domainId' | 'domain'>;

/** The key says which state of the record the event is about, so that it is told once. */
function eventOf<T extends keyof EventData & `domain.${string}`>(
  type: T, { domainId, domain, revision }: CustomDomain, at: number, more: Omit<EventData[T], keyof Named>, actor?: Actor,
): OwedEvent {
  return {
    type, eventKey: `${domainId}:${type}:${revision}`, at, data: { domainId, domain, ...more }, ...(actor && { actor }),
  } as OwedEvent;
}

export function domainAdded(record: CustomDomain, actor: Actor | undefined): OwedEvent {
  return eventOf('domain.added', record, record.createdAt, {}, actor);
}

/** Its key is the same at every try to drop the record. */
export function domainRemoved(record: CustomDomain, at: number): OwedEvent {
  return { ...eventOf('domain.removed', record, at, {}), eventKey: `${record.domainId}:removed` };
}

/** States that somebody has to look after have a type of their own, for those who want to hear of nothing else. */
const ALARMS: Readonly<Partial<Record<DomainStatus, 'domain.renewal_at_risk' | 'domain.drift_found'>>> = {
  renewal_at_risk: 'domain.renewal_at_risk', drifted: 'domain.drift_found',
};

/** What a change of the record means to its owner: a status that differs. */
export function domainChanges(before: CustomDomain, after: CustomDomain, at: number, actor?: Actor): OwedEvent[] {
  const [was, is] = [viewDomain(before), viewDomain(after)];
  const events: OwedEvent[] = [];
  if (was.status !== is.status) {
    const change = { from: was.status, to: is.status, message: is.statusMessage };
    events.push(eventOf('domain.status_changed', after, at, change, actor));
  }
  const alarm = was.status === is.status ? undefined : ALARMS[is.status];
  if (alarm) events.push(eventOf(alarm, after, at, { message: is.statusMessage }));
  return events;
}
