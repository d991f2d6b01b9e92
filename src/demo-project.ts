import type { DemoCloud } from './local-cloud/demo-data.ts';
import { DEMO_PATH } from './local-cloud/demo-handler.ts';
import type { Deployment } from './domain/deployment.ts';
import { createdKeyOf } from './domain/project.ts';
import { parseVersionArn, type VersionArn } from './domain/version-arn.ts';
import type { Clock } from './ports/clock.ts';
import type { Stores } from './ports/stores.ts';

const DEMO_PROJECT = 'test';

/** The demo of the local cloud at this address; undefined when it has none or is no local cloud. */
export async function readDemo(endpoint: string): Promise<DemoCloud | undefined> {
  const answer = await fetch(new URL(DEMO_PATH, endpoint), { signal: AbortSignal.timeout(2_000) });
  return answer.ok ? await answer.json() as DemoCloud : undefined;
}

/**
 * While there is no other project: one with id `test` and the two deployments that are on the demo's
 * functions. What is there already, changed or not, is left alone.
 */
export async function seedDemoProject(stores: Stores, clock: Clock, demo: DemoCloud): Promise<void> {
  const now = clock.now();
  const [server, image] = [demo.serverVersionArns[0], demo.imageVersionArns[0]].map((arn) => parseVersionArn(arn));
  const [newest] = await stores.projects.query({ index: 'byCreation', hash: 'project', order: 'descending', limit: 1 });
  if ((newest && newest.projectId !== DEMO_PROJECT) || !server || !image) return;
  await stores.projects.create({
    projectId: DEMO_PROJECT, collection: 'project', createdKey: createdKeyOf(DEMO_PROJECT, now),
    name: 'Demo site', serverFunctionName: server.functionName, imageFunctionName: image.functionName,
    distributionId: demo.distributionId, distributionDomain: demo.distributionDomain,
    createdAt: now, updatedAt: now, revision: 1, fence: 0,
  });
  for (const build of [1, 0] as const) await stores.deployments.create(demoDeployment(demo, build, now));
}

function demoDeployment(demo: DemoCloud, build: 0 | 1, now: number): Deployment {
  return {
    projectId: DEMO_PROJECT, deploymentId: demo.deploymentIds[build],
    commitSha: (['4f1d6a2', '9c07be5'] as const)[build], branch: 'main', version: (['v1', 'v2'] as const)[build],
    status: 'deployed', isRollback: false, createdAt: now, updatedAt: now, deployedAt: now,
    lambdaServerVersionArn: demo.serverVersionArns[build] as VersionArn,
    lambdaImageVersionArn: demo.imageVersionArns[build] as VersionArn,
  };
}
