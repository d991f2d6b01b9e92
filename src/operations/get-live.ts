import type { AliasState } from '../domain/alias.ts';
import { agreement, aliasView, driftOf, type AliasView } from '../domain/live-state.ts';
import type { AliasRole } from '../domain/plan-switch.ts';
import { standingPin, targetsOf, type Project } from '../domain/project.ts';
import { findProject } from './find-project.ts';
import { lookWithin } from './look-within.ts';
import type { Operations } from './operations.ts';
import type { SwitchDeps } from './switch-deps.ts';

export type LiveDeps = Pick<SwitchDeps, 'stores' | 'functions' | 'clock' | 'defaults'>;

/** An alias that cannot be read is told as such, in bounded time. Throws `project_not_found`. */
export function getLive(deps: LiveDeps): Operations['getLive'] {
  return async (projectId) => {
    const project = await findProject(deps.stores, projectId);
    const targets = targetsOf(project, deps.defaults);
    const [server, image] = await Promise.all([
      lookAt(deps, project, 'server', targets.serverFunctionName),
      lookAt(deps, project, 'image', targets.imageFunctionName),
    ]);
    return {
      live: project.live ?? null,
      server, image,
      agrees: agreement([server, image]),
      drift: [...driftOf('server', server), ...driftOf('image', image)],
      pin: standingPin(project, deps.clock.now()) ?? null,
      operation: project.operation ?? null,
    };
  };
}

async function lookAt(
  { functions, clock }: LiveDeps, { live }: Project, role: AliasRole, functionName: string | undefined,
): Promise<AliasView | null> {
  if (functionName === undefined) return null;
  const look = await lookWithin<AliasState>(clock, () => functions.readAlias(functionName));
  return aliasView(role, functionName, look, live);
}
