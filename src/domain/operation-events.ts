import type { Actor, OwedEvent } from './event.ts';
import type { Operation, SettlingOperation } from './operation.ts';

/** What a finished operation has to tell, in order; with `live.confirmed` once that is proven. */
export function operationEvents({ operation, pin }: Pick<SettlingOperation, 'operation' | 'pin'>): OwedEvent[] {
  const { operationId, kind, startedAt, endedAt = startedAt, targetDeploymentId, reason } = operation;
  const about = { operationId, kind };
  const actor = actorOf(operation);
  const event = <T extends { readonly type: string }>(name: string, at: number, what: T) => (
    { eventKey: `${operationId}:${name}`, at, actor, ...what }
  );
  return [
    event('started', startedAt, {
      type: 'operation.started' as const,
      data: { ...about, ...(targetDeploymentId !== undefined && { targetDeploymentId }), ...(reason !== undefined && { reason }) },
    }),
    ...operation.steps.map(({ at, name, outcome }, index) => event(`step-${index + 1}`, at, {
      type: 'operation.step' as const, data: { ...about, name, outcome },
    })),
    event('ended', endedAt, ended(operation)),
    ...(pin === 'set' ? [event('pinned', endedAt, {
      type: 'project.pinned' as const, data: { reason: reason ?? 'rolled back', operationId },
    })] : []),
    ...(pin === 'lifted' ? [event('unpinned', endedAt, { type: 'project.unpinned' as const, data: { operationId } })] : []),
    ...confirmation(operation),
  ];
}

function ended({ operationId, kind, state, cause, result, resultDeploymentId }: Operation) {
  const about = { operationId, kind };
  if (state === 'succeeded') {
    const data = { ...about, ...result, ...(resultDeploymentId !== undefined && { deploymentId: resultDeploymentId }) };
    return { type: 'operation.succeeded' as const, data };
  }
  const type = state === 'undone' ? 'operation.undone' as const : 'operation.failed' as const;
  return { type, data: { ...about, ...(cause !== undefined && { cause }) } };
}

function confirmation({ operationId, startedAt, proof, resultDeploymentId }: Operation): OwedEvent[] {
  if (proof?.state !== 'confirmed') return [];
  const { liveAfterMs = 0 } = proof;
  return [{
    type: 'live.confirmed', eventKey: `${operationId}:confirmed`, at: startedAt + liveAfterMs,
    data: { operationId, liveAfterMs, ...(resultDeploymentId !== undefined && { deploymentId: resultDeploymentId }) },
  }];
}

function actorOf({ caller, origin }: Operation): Actor {
  return { caller, ...origin };
}
