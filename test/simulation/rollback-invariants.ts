import type { Project } from '../../src/domain/project.ts';
import type { Told } from './rollback-simulation.ts';
import { ALIAS, BUILDS, type SimulatedWorld } from './simulated-world.ts';

/** What has to hold once the accidents have stopped and background work is idle. Answers what does not. */
export async function brokenInvariants(world: SimulatedWorld, told: readonly Told[]): Promise<string[]> {
  const problems = [...world.watch.problems, ...told.flatMap((each) => liesTold(world, each))];
  for (const projectId of world.projectIds) {
    const project = await world.stores.projects.get({ projectId });
    if (!project) return [...problems, `project ${projectId} is gone`];
    problems.push(...openEnds(project), ...aliasesAstray(world, project), ...await wrongRecords(world, project));
  }
  return problems;
}

function openEnds(project: Project): string[] {
  return (['operation', 'settling', 'dueAt', 'dueShard'] as const)
    .filter((attribute) => project[attribute] !== undefined)
    .map((attribute) => `project ${project.projectId} still has ${attribute}`);
}

/** Every alias is where the live record says, unless somebody moved it after Anchor last did. */
function aliasesAstray(world: SimulatedWorld, project: Project): string[] {
  const { projectId, live } = project;
  const last = world.watch.last.get(projectId);
  if (live?.operationId !== last?.operation.operationId) {
    const succeeded = last?.operation.operationId;
    return [`project ${projectId} says ${live?.operationId} is live, but ${succeeded} succeeded last`];
  }
  const problems: string[] = [];
  const versions = new Set<string>();
  for (const functionName of world.functionNames(projectId)) {
    const alias = world.lambda.aliases.get(functionName, ALIAS);
    const record = functionName.endsWith('-image') ? live?.image : live?.server;
    const expected = live ? record?.version : String(BUILDS.length);
    if (world.watch.movedFromOutside(functionName, last?.ended?.at ?? 0)) continue;
    versions.add(alias.version);
    if (alias.version !== expected || Object.keys(alias.weights).length > 0) {
      const there = `${alias.version} ${JSON.stringify(alias.weights)}`;
      problems.push(`${functionName} is on ${there}, recorded is ${expected}`);
    }
  }
  // An undo goes back to where the aliases were, even when somebody had parted them by hand.
  if (versions.size > 1 && last?.operation.kind !== 'undo') {
    problems.push(`the aliases of ${projectId} are on versions ${[...versions].join(' and ')}`);
  }
  return problems;
}

async function wrongRecords({ stores, watch }: SimulatedWorld, { projectId }: Project): Promise<string[]> {
  const problems: string[] = [];
  const owed = new Set<string>();
  for (const [operationId, { operation, ended, released }] of watch.operations) {
    if (operation.projectId !== projectId) continue;
    const record = await stores.operations.get({ projectId, operationId });
    if (!ended && !released) problems.push(`${operationId} has no end`);
    if (record?.state !== ended?.state) {
      problems.push(`${operationId} ended ${ended?.state}, its record says ${record?.state}`);
    }
    if (ended?.state === 'succeeded' && operation.kind === 'rollback') owed.add(operation.resultDeploymentId ?? '');
  }
  const deployments = await stores.deployments.query({ hash: projectId, order: 'ascending', limit: 1000 });
  const written = new Set(deployments.filter(({ isRollback }) => isRollback).map(({ deploymentId }) => deploymentId));
  for (const id of owed) if (!written.has(id)) problems.push(`the record ${id} of a rollback that succeeded is missing`);
  for (const id of written) if (!owed.has(id)) problems.push(`the record ${id} is of no rollback that succeeded`);
  return problems;
}

function liesTold({ watch }: SimulatedWorld, told: Told): string[] {
  const watched = watch.operations.get(told.operationId);
  const ended = watched?.ended?.state;
  const what = `${told.kind} ${told.operationId} was told ${told.answer} (${told.detail})`;
  if (told.answer === 'done' && ended !== 'succeeded') return [`${what}, but it ended ${ended}`];
  if (told.answer === 'done' && told.resultOperationId !== told.operationId) {
    return [`${what} with operation ${told.resultOperationId}`];
  }
  const isLie = told.answer === 'definite' && watched && ended === 'succeeded' && !watch.anticipated(watched);
  return isLie ? [`${what}, but it succeeded`] : [];
}
