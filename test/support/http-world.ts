import type { FastifyInstance, InjectOptions } from 'fastify';
import { openSqliteStores } from '../../src/adapters/sqlite/sqlite-stores.ts';
import { AnchorError } from '../../src/domain/errors.ts';
import { EVERYTHING } from '../../src/domain/grants.ts';
import type { ProjectDefaults } from '../../src/domain/project.ts';
import { buildApp, type AppDeps } from '../../src/http/app.ts';
import { USUAL_LIMITS, type HttpLimits } from '../../src/http/limits.ts';
import { changeProject } from '../../src/operations/change-project.ts';
import { createProject } from '../../src/operations/create-project.ts';
import { deleteProject } from '../../src/operations/delete-project.ts';
import { finishDeployment } from '../../src/operations/finish-deployment.ts';
import { getDeployment } from '../../src/operations/get-deployment.ts';
import { getOperation } from '../../src/operations/get-operation.ts';
import { getProject } from '../../src/operations/get-project.ts';
import { listDeployments } from '../../src/operations/list-deployments.ts';
import { listOperations } from '../../src/operations/list-operations.ts';
import { listProjects } from '../../src/operations/list-projects.ts';
import type { Operations } from '../../src/operations/operations.ts';
import { registerDeployment } from '../../src/operations/register-deployment.ts';
import type { Stores } from '../../src/ports/stores.ts';
import { gatheredLogger, gathersLogs } from './gathered-logs.ts';

export const DEFAULTS: ProjectDefaults = {
  serverFunctionName: 'anchor-server', imageFunctionName: 'anchor-image',
  distributionId: 'E2QWRUHAPOMQZL', distributionDomain: 'd111111abcdef8.cloudfront.net',
};

export type RecordOperations = ReturnType<typeof recordOperations>;

/** The operations that only keep records, over a real store in memory, with a clock the test moves. */
export class RecordWorld {
  nowMs = 1_790_000_000_000;
  readonly stores: Stores;
  readonly operations: RecordOperations;
  readonly close: () => void;

  constructor(defaults: ProjectDefaults = DEFAULTS) {
    const sqlite = openSqliteStores({ file: ':memory:', now: () => this.nowMs });
    this.stores = sqlite.stores;
    this.close = () => sqlite.close();
    this.operations = recordOperations(this, defaults);
  }
}

export function recordOperations(world: { stores: Stores; nowMs: number }, defaults: ProjectDefaults) {
  let count = 0;
  const deps = {
    stores: world.stores,
    clock: { now: () => world.nowMs, sleep: async () => undefined },
    ids: { next: (prefix: string) => `${prefix}_${String(++count).padStart(6, '0')}` },
    defaults,
    // Lambda knows none of the versions that these tests register.
    functions: { describeVersion: async () => undefined },
  };
  return {
    createProject: createProject(deps), listProjects: listProjects(deps), getProject: getProject(deps),
    changeProject: changeProject(deps), deleteProject: deleteProject(deps),
    registerDeployment: registerDeployment(deps), listDeployments: listDeployments(deps),
    getDeployment: getDeployment(deps), finishDeployment: finishDeployment(deps),
    listOperations: listOperations(deps), getOperation: getOperation(deps),
  };
}

export interface HttpWorld {
  readonly app: FastifyInstance;
  readonly world: RecordWorld;
  /** Sends JSON as a known caller, and answers the parsed body beside the response. */
  readonly ask: (method: InjectOptions['method'], url: string, body?: object) => Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** The whole HTTP surface; operations that need a cloud are the test's own. */
export async function httpWorld(
  t: { after(fn: () => Promise<void>): void },
  { logger, metrics, metricsPage, endStreams, limits, ready = true, ...cloudOperations }:
    Partial<Operations> & Pick<AppDeps, 'logger' | 'metrics' | 'metricsPage' | 'endStreams'>
    & { ready?: boolean; limits?: Partial<HttpLimits> } = {},
): Promise<HttpWorld> {
  const world = new RecordWorld();
  const app = await buildApp({
    operations: withoutCloud({ ...world.operations, ...cloudOperations }),
    projectDefaults: DEFAULTS,
    readiness: async () => ({ ready, checks: { store: ready ? 'ok' : 'the disk is full', worker: 'ok' } }),
    authenticate: async ({ headers: { 'x-user-id': userId } }) => {
      if (typeof userId !== 'string') throw new AnchorError('unauthenticated', 'Say who you are.');
      return { caller: userId, grants: EVERYTHING };
    },
    limits: { ...USUAL_LIMITS, ...limits },
    ...(logger ? { logger } : gathersLogs && { logger: gatheredLogger('silent') }), ...(metrics && { metrics }), ...(metricsPage && { metricsPage }),
    ...(endStreams && { endStreams }),
  });
  t.after(async () => {
    await app.close();
    world.close();
  });
  const ask: HttpWorld['ask'] = async (method, url, body) => {
    const response = await app.inject({
      ...(method ? { method } : {}), url, headers: { 'x-user-id': 'ada' }, ...(body ? { payload: body } : {}),
    });
    return {
      status: response.statusCode, headers: response.headers,
      body: response.payload === '' ? undefined : response.json<unknown>(),
    };
  };
  return { app, world, ask };
}

const refuse = async (): Promise<never> => {
  throw new Error('this test does not expect the cloud to be asked');
};

/** Whatever the test does not give is not to be called. */
function withoutCloud(operations: Partial<Operations>): Operations {
  return new Proxy(operations, { get: (given, name) => Reflect.get(given, name) as unknown ?? refuse }) as Operations;
}
