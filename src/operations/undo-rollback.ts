import type { Operations } from './operations.ts';
import type { SwitchDeps } from './switch-deps.ts';
import { switchLive } from './switch-live.ts';
import { switchResult } from './switch-result.ts';

/** Makes live again what was live before the latest rollback. See `switchLive` for errors. */
export function undoRollback(deps: SwitchDeps): Operations['undoRollback'] {
  return async (projectId, who) => {
    const operation = await switchLive(deps, { projectId, kind: 'undo', ...who });
    const { newVersion = 'unknown' } = operation.result ?? {};
    return switchResult(operation, `Undid the rollback; version ${newVersion} is live again.`);
  };
}
