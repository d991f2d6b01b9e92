import { AnchorError } from './errors.ts';
import type { Deployment } from './deployment.ts';
import type { AliasesBefore } from './operation.ts';
import type { LiveRecord, ProjectTargets } from './project.ts';
import { versionOf, type VersionArn } from './version-arn.ts';

export type AliasRole = 'server' | 'image';

/** One alias of the switch: the version it has to point at, alone. */
export interface PlannedMove {
  readonly role: AliasRole;
  readonly functionName: string;
  readonly version: string;
}

/**
 * Which aliases have to move to make `target` live. The server's comes first; the image function's
 * only when the target has an image version.
 *
 * Throws `deployment_not_deployable` or `function_not_configured`.
 */
export function planSwitch(target: Deployment, functions: ProjectTargets): readonly PlannedMove[] {
  if (target.status !== 'deployed') {
    throw new AnchorError('deployment_not_deployable',
      `Deployment ${target.deploymentId} is "${target.status}"; only a deployed one can go live.`);
  }
  if (!target.lambdaServerVersionArn) {
    throw new AnchorError('deployment_not_deployable',
      `Deployment ${target.deploymentId} has no server version ARN, so there is nothing to point the alias at. ` +
      'Choose a deployment that was registered with lambdaServerVersionArn.');
  }
  const server = plannedMove('server', target.lambdaServerVersionArn, functions.serverFunctionName, target);
  if (!target.lambdaImageVersionArn) return [server];
  return [server, plannedMove('image', target.lambdaImageVersionArn, functions.imageFunctionName, target)];
}

function plannedMove(
  role: AliasRole, arn: VersionArn, functionName: string | undefined, target: Deployment,
): PlannedMove {
  if (!functionName) {
    throw new AnchorError('function_not_configured',
      `The project has no ${role} function, but deployment ${target.deploymentId} has a version of one. ` +
      `Set ${role}FunctionName on the project.`);
  }
  const version = versionOf(arn);
  if (version.functionName !== functionName) {
    throw new AnchorError('deployment_not_deployable',
      `Deployment ${target.deploymentId} belongs to ${role} function "${version.functionName}", ` +
      `but the project's ${role} function is now "${functionName}".`);
  }
  return { role, functionName, version: version.version };
}

/** What the project's records say of the aliases, if they say it of every alias that will move. */
export function recordedBefore(
  moves: readonly PlannedMove[], live: LiveRecord | undefined,
): Readonly<Partial<Record<AliasRole, RecordedAlias>>> | undefined {
  const before: Partial<Record<AliasRole, RecordedAlias>> = {};
  for (const move of moves) {
    const record = live?.[move.role];
    if (!record || record.functionName !== move.functionName) return undefined;
    before[move.role] = { ...record, weights: {} };
  }
  return before;
}

export interface RecordedAlias {
  readonly functionName: string;
  readonly version: string;
  readonly weights: Readonly<Record<string, number>>;
  readonly revisionId: string;
}

/** The journal's form of where the aliases were. */
export function toAliasesBefore(
  aliases: Readonly<Partial<Record<AliasRole, RecordedAlias>>>,
): AliasesBefore | undefined {
  const { server, image } = aliases;
  if (!server) return undefined;
  return { server: withoutRevision(server), ...(image && { image: withoutRevision(image) }) };
}

function withoutRevision({ functionName, version, weights }: RecordedAlias) {
  return { functionName, version, weights };
}

/** All traffic goes to `version`. */
export function pointsAt(
  alias: { readonly version: string; readonly weights: Readonly<Record<string, number>> }, version: string,
): boolean {
  return alias.version === version && Object.keys(alias.weights).length === 0;
}
