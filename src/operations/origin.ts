import { AsyncLocalStorage } from 'node:async_hooks';
import type { Actor } from '../domain/event.ts';

/**
 * Who the work at hand is done for. It goes along with the request instead of through every call, because
 * it changes nothing of what is done: it is only noted beside the change.
 */
const current = new AsyncLocalStorage<Actor>();

export function onBehalfOf<T>(actor: Actor, work: () => T): T {
  return current.run(actor, work);
}

/** Undefined for what Anchor does by itself. */
export function actorNow(): Actor | undefined {
  return current.getStore();
}
