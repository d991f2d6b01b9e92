import type { Logger } from 'pino';
import type { Event, EventType } from './domain/event.ts';

/** Events that a person has to look at, in the log's words. */
const TROUBLES: Readonly<Partial<Record<EventType, string>>> = {
  'operation.failed': 'an operation failed',
  'operation.undone': 'an operation could not be done, so what it had changed was put back',
  'drift.found': 'an alias is not where the last operation left it',
  'domain.renewal_at_risk': 'the certificate of a domain will not be renewed',
  'domain.drift_found': 'the distribution of a domain was changed by others',
};

/** Puts them into the log as well, where alarms find them by `event`. Each once, unless the process ends in between. */
export function logTroubles(logger: Pick<Logger, 'warn'>, recorded: readonly Event[]): void {
  for (const { type, projectId, eventId, data } of recorded) {
    const words = TROUBLES[type];
    if (words !== undefined) logger.warn({ event: type, projectId, eventId, ...data }, words);
  }
}
