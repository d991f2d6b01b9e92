import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { AnchorError } from '../../src/domain/errors.ts';
import { EVERYTHING } from '../../src/domain/grants.ts';
import { buildApp } from '../../src/http/app.ts';
import { USUAL_LIMITS } from '../../src/http/limits.ts';
import { changeProject } from '../../src/operations/change-project.ts';
import { checkEligibility } from '../../src/operations/check-eligibility.ts';
import { finishDeployment } from '../../src/operations/finish-deployment.ts';
import { getDeployment } from '../../src/operations/get-deployment.ts';
import { getLive } from '../../src/operations/get-live.ts';
import { getOperation } from '../../src/operations/get-operation.ts';
import { listDeployments } from '../../src/operations/list-deployments.ts';
import { listOperations } from '../../src/operations/list-operations.ts';
import type { Operations } from '../../src/operations/operations.ts';
import { clearPin, getPin, setPin } from '../../src/operations/pin.ts';
import { promote } from '../../src/operations/promote.ts';
import { registerDeployment } from '../../src/operations/register-deployment.ts';
import { releaseDeployment } from '../../src/operations/release-deployment.ts';
import { rollBack } from '../../src/operations/roll-back.ts';
import type { SwitchDeps } from '../../src/operations/switch-deps.ts';
import { undoRollback } from '../../src/operations/undo-rollback.ts';
import { CloudError } from '../../src/ports/cloud-error.ts';
import type { CallSite, Fault } from './failing-world.ts';
import type { Answer } from './http-world.ts';
import { LiveWorld, SERVER, versionArn, type WorldOptions } from './live-world.ts';
import { waitUntil } from './wait-until.ts';

export const BAD_REASONS = ['', 'a\nb', 'x'.repeat(501), 5, null];

/** What a build of server version 2 is registered with. */
export const BUILD_2 = {
  commitSha: 'abcdef0', branch: 'main', version: 'v2-again', status: 'deployed',
  lambdaServerVersionArn: versionArn(SERVER, 2),
};

/** Lambda cannot do what the calls `matches` are about. */
export function denied(matches: (call: CallSite) => boolean): Fault {
  return {
    before: (call) => {
      if (!matches(call)) return;
      throw new CloudError({
        kind: 'denied', service: 'lambda', operation: call.name, awsName: 'AccessDeniedException',
        message: 'role/secret may not.',
      });
    },
  };
}

export function neverAnswers(matches: (call: CallSite) => boolean): Fault {
  return { before: async (call) => matches(call) ? new Promise(() => undefined) : undefined };
}

/** Bounds of waiting that end when the test says so, or when what was waited for has come. */
export class Patience {
  readonly #waiting = new Set<() => void>();

  readonly sleep = async (_delayMs: number, signal?: AbortSignal): Promise<void> => new Promise((resolve) => {
    const end = () => {
      this.#waiting.delete(end);
      resolve();
    };
    this.#waiting.add(end);
    signal?.addEventListener('abort', end);
  });

  /** Once all but so many answers have come, the rest has taken too long. */
  async endsWith(unanswered: number): Promise<void> {
    await waitUntil(`${unanswered} answers are missing`, async () => this.#waiting.size === unanswered || undefined);
    for (const end of this.#waiting) end();
  }
}

export interface RollbackWorld {
  readonly world: LiveWorld;
  readonly patience: Patience;
  /** Sends JSON as a known caller; background work has ended when the answer is there. */
  readonly ask: (method: InjectOptions['method'], url: string, body?: object | string) => Promise<Answer>;
}

/** The HTTP surface over the real operations, an SQLite store and the embedded Lambda. See `LiveWorld`. */
export async function rollbackWorld(
  t: { after(fn: () => Promise<void>): void }, { fault, ...options }: WorldOptions & { fault?: Fault } = {},
): Promise<RollbackWorld> {
  const world = await LiveWorld.open(options);
  const patience = new Patience();
  const replica = world.replica(fault);
  const deps: SwitchDeps = { ...replica.deps, clock: { now: () => world.nowMs, sleep: patience.sleep } };
  const operations = operationsOn(deps);
  t.after(() => world.close());
  const app = await (sharedApp ??= openApp());
  const ask: RollbackWorld['ask'] = async (method, url, body) => {
    const response = await asking.run(operations, () => app.inject({
      ...(method ? { method } : {}), url, headers: {
        'x-user-id': 'ada', ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
      },
      ...(body === undefined ? {} : { payload: body }),
      // It is sent by `then`, which has to be called in here.
    }).then((answer) => answer));
    await replica.background.drain();
    return {
      status: response.statusCode, headers: response.headers,
      body: response.payload === '' ? undefined : response.json<unknown>(),
    };
  };
  return { world, patience, ask };
}

/** The operations of the world that asks, so that one app serves them all: building one takes longest. */
const asking = new AsyncLocalStorage<Operations>();
let sharedApp: Promise<FastifyInstance> | undefined;

function openApp(): Promise<FastifyInstance> {
  return buildApp({
    operations: new Proxy({} as Operations, {
      get: (_, name) => Reflect.get(asking.getStore() ?? {}, name) as unknown,
    }),
    projectDefaults: {
      serverFunctionName: undefined, imageFunctionName: undefined, distributionId: undefined,
      distributionDomain: undefined,
    },
    readiness: async () => ({ ready: true, checks: {} }),
    limits: USUAL_LIMITS,
    authenticate: async ({ headers: { 'x-user-id': userId } }) => {
      if (typeof userId !== 'string') throw new AnchorError('unauthenticated', 'Say who you are.');
      return { caller: userId, grants: EVERYTHING };
    },
  });
}

function operationsOn(deps: SwitchDeps): Operations {
  const given: Partial<Operations> = {
    changeProject: changeProject(deps), listDeployments: listDeployments(deps), getDeployment: getDeployment(deps),
    registerDeployment: registerDeployment(deps), releaseDeployment: releaseDeployment(deps),
    finishDeployment: finishDeployment(deps), rollBack: rollBack(deps), promote: promote(deps),
    undoRollback: undoRollback(deps), setPin: setPin(deps), getPin: getPin(deps), clearPin: clearPin(deps),
    getLive: getLive(deps), checkEligibility: checkEligibility(deps),
    listOperations: listOperations(deps), getOperation: getOperation(deps),
  };
  return given as Operations;
}
