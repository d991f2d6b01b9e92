import { AnchorError } from '../domain/errors.ts';
import { standingPin, type Project } from '../domain/project.ts';
import type { Operations } from './operations.ts';
import type { SwitchDeps } from './switch-deps.ts';
import { switchLive } from './switch-live.ts';
import { switchResult } from './switch-result.ts';

/** Makes any deployment live. See `switchLive` for errors; `project_pinned` while a pin stands. */
export function promote(deps: SwitchDeps): Operations['promote'] {
  return async (projectId, { deploymentId, override = false, ...who }) => {
    const check = (project: Project) => {
      const pin = standingPin(project, deps.clock.now());
      if (pin && !override) {
        throw new AnchorError('project_pinned',
          `Project ${projectId} was pinned by ${pin.caller} (${pin.reason}), so a promote would undo what somebody ` +
          'wants live. Lift the pin (DELETE …/pin), or send {"override": true}.');
      }
    };
    const operation = await switchLive(deps, { projectId, kind: 'promote', targetDeploymentId: deploymentId, check, ...who });
    return switchResult(operation, `Promoted deployment ${deploymentId}.`);
  };
}
