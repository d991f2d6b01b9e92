import { createTables } from '../src/adapters/dynamodb/create-tables.ts';
import { dynamoClient } from '../src/adapters/dynamodb/dynamo-client.ts';
import { openDynamoStores } from '../src/adapters/dynamodb/dynamodb-stores.ts';
import { loadConfig } from '../src/config.ts';
import type { Deployment } from '../src/domain/deployment.ts';
import type { VersionArn } from '../src/domain/version-arn.ts';

/** One call to AWS as the cloud saw it, its injected latency included; times in milliseconds. */
export interface ObservedCall {
  /** e.g. `UpdateItem`, or method and path. */
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface BenchSites {
  readonly functionNames: readonly string[];
}

export interface Endpoints {
  readonly aws: string;
  readonly dynamodb: string;
}

export const BUILDS = [1, 2] as const;

/** What the server is started with: the local cloud and the DynamoDB store of another process. */
export function serverEnvironment({ aws, dynamodb }: Endpoints): Record<string, string> {
  return {
    CLOUD: 'local', STORE: 'dynamodb', AWS_ENDPOINT_URL: aws, AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
    PORT: '0', LOG_LEVEL: 'error',
    // Looks for due work and for drift belong to no rollback.
    WORKER_INTERVAL_MS: '3600000', ALIAS_CHECK_MS: '0',
    // The one process that is the whole cloud may be slow when 64 ask at once; that is no time-out.
    AWS_CONNECT_TIMEOUT_MS: '10000', AWS_REQUEST_TIMEOUT_MS: '10000',
    OPERATION_BUDGET_MS: '60000', OPERATION_LEASE_MS: '90000',
  };
}

export function functionNames(projectId: string): { server: string; image: string } {
  return { server: `${projectId}-server`, image: `${projectId}-image` };
}

/** Makes the tables, and every project with two deployments; its functions are on the second. */
export async function createSites(endpoints: Endpoints, projectIds: readonly string[]): Promise<void> {
  const { dynamodb, tableNames } = loadConfig(serverEnvironment(endpoints));
  const client = dynamoClient(dynamodb);
  await createTables(client, tableNames);
  const { stores } = openDynamoStores({ client, tableNames, now: Date.now });
  for (const projectId of projectIds) {
    const { server, image } = functionNames(projectId);
    await stores.projects.create({
      projectId, collection: 'project', createdKey: projectId, name: projectId,
      serverFunctionName: server, imageFunctionName: image, createdAt: 1, updatedAt: 1, revision: 1, fence: 0,
    });
    for (const build of BUILDS) await stores.deployments.create(deployment(projectId, build));
  }
  client.destroy();
}

function deployment(projectId: string, build: number): Deployment {
  const { server, image } = functionNames(projectId);
  return {
    projectId, deploymentId: deploymentId(build), commitSha: 'abcdef0', branch: 'main', version: `v${build}`,
    status: 'deployed', lambdaServerVersionArn: arnOf(server, build), lambdaImageVersionArn: arnOf(image, build),
    isRollback: false, createdAt: build, updatedAt: build, deployedAt: build,
  };
}

export function deploymentId(build: number): string {
  return `dep-${build}`;
}

function arnOf(functionName: string, version: number): VersionArn {
  return `arn:aws:lambda:us-east-1:123456789012:function:${functionName}:${version}` as VersionArn;
}
