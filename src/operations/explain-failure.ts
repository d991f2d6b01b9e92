import { AnchorError } from '../domain/errors.ts';
import { isCloudError } from '../ports/cloud-error.ts';
import type { MoveOutcome } from './move-aliases.ts';
import type { HeldProject } from './operation-journal.ts';
import type { SwitchDeps } from './switch-deps.ts';

/** Why no alias was left moved, in words a person can act on. */
export async function explainFailure(
  deps: Pick<SwitchDeps, 'functions' | 'settings'>, held: HeldProject,
  { cause, failed }: Extract<MoveOutcome, { kind: 'put_back' }>,
): Promise<AnchorError> {
  const { operationId } = held.operation;
  const { functionName, version, role } = failed;
  const alias = `alias "${deps.settings.aliasName}" of the ${role} function "${functionName}"`;
  if (isCloudError(cause, 'throttled')) {
    return new AnchorError('upstream_throttled',
      `Lambda throttled the move of ${alias}; no alias is left moved. Try again shortly.`,
      { operationId, retryAfterSeconds: cause.retryAfterSeconds ?? 1, cause });
  }
  if (isCloudError(cause, 'not_found')) {
    const exists = await deps.functions.describeVersion(functionName, version).catch(() => 'unknown' as const);
    if (exists === undefined) {
      return new AnchorError('version_not_found',
        `Version ${version} of the ${role} function "${functionName}" no longer exists on Lambda; ` +
        'no alias is left moved. Choose another deployment, or build this one again.', { operationId, cause });
    }
    return new AnchorError('alias_not_found',
      `Lambda does not know the ${alias}; no alias is left moved. Create the function and its alias first.`,
      { operationId, cause });
  }
  return new AnchorError('alias_update_failed',
    `The ${alias} could not be moved to version ${version}: ${cause.message} No alias is left moved.`,
    { operationId, cause });
}
