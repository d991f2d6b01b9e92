import type { FastifyInstance } from 'fastify';
import { EVERYTHING } from '../../src/domain/grants.ts';
import { buildApp } from '../../src/http/app.ts';
import { USUAL_LIMITS } from '../../src/http/limits.ts';
import { checkEligibility } from '../../src/operations/check-eligibility.ts';
import { changeProject } from '../../src/operations/change-project.ts';
import { createProject } from '../../src/operations/create-project.ts';
import { deleteProject } from '../../src/operations/delete-project.ts';
import { KeyedRun } from '../../src/operations/keyed-run.ts';
import type { Operations } from '../../src/operations/operations.ts';
import { clearPin, setPin } from '../../src/operations/pin.ts';
import { promote } from '../../src/operations/promote.ts';
import { registerDeployment } from '../../src/operations/register-deployment.ts';
import { releaseDeployment } from '../../src/operations/release-deployment.ts';
import { rollBack } from '../../src/operations/roll-back.ts';
import { undoRollback } from '../../src/operations/undo-rollback.ts';
import type { Fault } from './failing-world.ts';
import type { LiveWorld, Replica } from './live-world.ts';

export interface Sent {
  readonly status: number;
  readonly payload: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly isReplay: boolean;
  /** What was asked of the stores and AWS from the request to its answer. */
  readonly calls: readonly string[];
}

/** A server process over the shared world: its HTTP surface, and the replica behind it. */
export interface Server {
  readonly replica: Replica;
  readonly app: FastifyInstance;
  send(request: Request): Promise<Sent>;
}

export interface Request {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below project `p`, or from the root with a leading slash. */
  readonly path: string;
  readonly body?: object;
  readonly key?: string;
  readonly caller?: string;
}

/** Several processes can share one HTTP surface, which remembers nothing: `process` is the one that serves now. */
export async function surfaceOf(
  process: { current: Replica; replaced?: Partial<Operations> },
): Promise<FastifyInstance> {
  const made = new WeakMap<Replica, Partial<Operations>>();
  const operationsNow = () => {
    const { current } = process;
    const known = made.get(current) ?? operationsOf(current);
    made.set(current, known);
    return { ...known, ...process.replaced };
  };
  return buildApp({
    operations: new Proxy({}, { get: (_, name) => Reflect.get(operationsNow(), name) as unknown }) as Operations,
    projectDefaults: process.current.deps.defaults,
    readiness: async () => ({ ready: true, checks: {} }),
    authenticate: async ({ headers }) => ({ caller: String(headers['x-user-id']), grants: EVERYTHING }),
    limits: USUAL_LIMITS,
  });
}

function operationsOf({ deps }: Replica): Partial<Operations> {
  return {
    startRun: (request) => new KeyedRun(deps, request),
    createProject: createProject(deps), changeProject: changeProject(deps), deleteProject: deleteProject(deps),
    registerDeployment: registerDeployment(deps), releaseDeployment: releaseDeployment(deps),
    rollBack: rollBack(deps), promote: promote(deps), undoRollback: undoRollback(deps),
    setPin: setPin(deps), clearPin: clearPin(deps), checkEligibility: checkEligibility(deps),
  };
}

/** So many processes may serve at the same time in one test; building a surface for each would take long. */
const SURFACES = 4;
const surfaces: { readonly process: Parameters<typeof surfaceOf>[0]; readonly app: Promise<FastifyInstance> }[] = [];

/** A process of its own on one of the surfaces, whose former process must have nothing to serve any more. */
export async function serverOf(world: LiveWorld, fault?: Fault, replaced: Partial<Operations> = {}): Promise<Server> {
  const replica = world.replica(fault);
  const process = { current: replica, replaced };
  const surface = surfaces.length < SURFACES ? { process, app: surfaceOf(process) } : surfaces.shift();
  if (!surface) throw new Error('there is no surface');
  surfaces.push(surface);
  Object.assign(surface.process, process);
  const app = await surface.app;
  return { replica, app, send: (request) => send(app, replica, request) };
}

export async function send(
  app: FastifyInstance, replica: Replica, { method = 'POST', path, body, key, caller = 'ada' }: Request,
): Promise<Sent> {
  const before = replica.gate.calls.length;
  const response = await app.inject({
    method, url: path.startsWith('/') ? path : `/projects/p/${path}`,
    headers: { 'x-user-id': caller, ...(key !== undefined && { 'idempotency-key': key }) },
    ...(body && { payload: body }),
  });
  const { statusCode: status, payload, headers } = response;
  return {
    status, payload, headers, isReplay: headers['idempotency-replayed'] === 'true',
    calls: replica.gate.calls.slice(before),
  };
}
