import type { Deployment } from '../domain/deployment.ts';
import type { Outbox } from '../domain/event.ts';
import { dueShardOf, type Stores } from '../ports/stores.ts';
import { actorNow } from './origin.ts';
import type { EventDeps } from './record-events.ts';

export interface DeploymentEventDeps extends EventDeps {
  readonly stores: Pick<Stores, 'deployments' | 'events' | 'feeds'>;
  /** Left out: the worker records what is owed at its next pass. */
  readonly inBackground?: (task: () => Promise<unknown>) => void;
}

/** What the deployment owes for a change, on top of what it owed before; part of the write that changes it. */
export function owesDeployment(
  type: 'deployment.registered' | 'deployment.finished', deployment: Deployment, at: number,
): Pick<Outbox, 'owedEvents' | 'dueShard' | 'dueAt'> {
  const { deploymentId, version, status, owedEvents = [] } = deployment;
  const actor = actorNow();
  const event = {
    type, eventKey: `${deploymentId}:${type}`, at, data: { deploymentId, version, status }, ...(actor && { actor }),
  };
  return { owedEvents: [...owedEvents, event], dueShard: dueShardOf(deploymentId), dueAt: at };
}
