import { AnchorError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics, SwitchEnd } from '../ports/metrics.ts';
import type { Tracing } from '../ports/tracing.ts';
import type { Operations } from './operations.ts';

type Switches = Pick<Operations, 'rollBack' | 'promote' | 'undoRollback'>;

export interface Watchers {
  readonly metrics: Pick<Metrics, 'switchEnded'>;
  readonly tracing: Tracing;
  readonly clock: Clock;
}

/** The same operations, each with its time and end recorded as its caller saw them. */
export function measuredSwitches<T extends Switches>(operations: T, { metrics, tracing, clock }: Watchers): T {
  const measured = <A extends [projectId: string, ...unknown[]], R>(kind: SwitchEnd['kind'], run: (...args: A) => Promise<R>) => (
    (...args: A): Promise<R> => tracing.span({ name: kind, attributes: { 'anchor.project.id': args[0] } }, async (span) => {
      const startedAt = clock.now();
      const end = (outcome: string, operationId: string | undefined) => {
        metrics.switchEnded({ kind, outcome, durationMs: clock.now() - startedAt });
        span.set({ 'anchor.outcome': outcome, 'anchor.operation.id': operationId });
      };
      try {
        const answer = await run(...args);
        end('succeeded', (answer as { readonly operationId?: string } | undefined)?.operationId);
        return answer;
      } catch (error) {
        if (error instanceof AnchorError) end(error.code, error.operationId);
        else end('internal_error', undefined);
        throw error;
      }
    })
  );
  return {
    ...operations,
    rollBack: measured('rollback', operations.rollBack),
    promote: measured('promote', operations.promote),
    undoRollback: measured('undo', operations.undoRollback),
  };
}
