import { AnchorError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics, SwitchEnd } from '../ports/metrics.ts';
import type { Operations } from './operations.ts';

type Switches = Pick<Operations, 'rollBack' | 'promote' | 'undoRollback'>;

/** The same operations, each with its time and end recorded as its caller saw them. */
export function measuredSwitches<T extends Switches>(operations: T, metrics: Metrics, clock: Clock): T {
  const measured = <A extends unknown[], R>(kind: SwitchEnd['kind'], run: (...args: A) => Promise<R>) => (
    async (...args: A): Promise<R> => {
      const startedAt = clock.now();
      const end = (outcome: string) => metrics.switchEnded({ kind, outcome, durationMs: clock.now() - startedAt });
      try {
        const answer = await run(...args);
        end('succeeded');
        return answer;
      } catch (error) {
        end(error instanceof AnchorError ? error.code : 'internal_error');
        throw error;
      }
    }
  );
  return {
    ...operations,
    rollBack: measured('rollback', operations.rollBack),
    promote: measured('promote', operations.promote),
    undoRollback: measured('undo', operations.undoRollback),
  };
}
