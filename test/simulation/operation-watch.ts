import type { Deployment } from '../../src/domain/deployment.ts';
import type { OpenOperation, Operation, OperationState } from '../../src/domain/operation.ts';
import { standingPin, type Pin, type Project } from '../../src/domain/project.ts';
import { versionOf } from '../../src/domain/version-arn.ts';
import type { StoredAlias } from '../../src/local-cloud/lambda/lambda-records.ts';

/** One change of an alias, in the order Lambda made them. */
export interface AliasWrite {
  readonly at: number;
  readonly functionName: string;
  readonly by: 'anchor' | 'outside';
  readonly version: string;
}

/** What the watch saw of one operation. */
export interface WatchedOperation {
  readonly operation: OpenOperation;
  readonly overrides: boolean;
  /** When the operation that made live what was live then had ended. */
  readonly since: number;
  /** The project when the operation took it. */
  readonly taken: Project;
  readonly pin: Pin | undefined;
  ended?: { readonly state: OperationState; readonly at: number };
  released?: true;
}

type Target = Partial<Record<'server' | 'image', { readonly functionName: string; readonly version: string }>>;

export interface WatchDeps {
  readonly now: () => number;
  readonly alias: (functionName: string) => StoredAlias | undefined;
  readonly deployment: (projectId: string, deploymentId: string) => Deployment | undefined;
}

/**
 * Sees every write to a project's item and every change of an alias in the order they took effect,
 * and says at once when an operation is not what it has to be.
 */
export class OperationWatch {
  readonly operations = new Map<string, WatchedOperation>();
  readonly writes: AliasWrite[] = [];
  readonly problems: string[] = [];
  /** The operation that succeeded last, by project. */
  readonly last = new Map<string, WatchedOperation>();
  /** Operations whose caller sends `override`. */
  readonly overriding = new Set<string>();
  readonly #projects = new Map<string, Project>();
  readonly #deps: WatchDeps;
  #time = 0;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  aliasMoved(functionName: string, by: AliasWrite['by'], version: string): void {
    this.writes.push({ at: ++this.#time, functionName, by, version });
  }

  projectWritten(project: Project): void {
    const before = this.#projects.get(project.projectId);
    this.#projects.set(project.projectId, project);
    const { operation } = project;
    if (operation && before?.operation?.operationId !== operation.operationId) this.#taken(operation, project);
    for (const [operationId, owed] of Object.entries(project.settling ?? {})) {
      const isNews = before?.settling?.[operationId]?.operation.state !== owed.operation.state;
      if (isNews) this.#ended(owed.operation, before ?? project, project);
    }
    const gone = before?.operation;
    if (gone && gone.operationId !== operation?.operationId && !project.settling?.[gone.operationId]) {
      this.#watched(gone.operationId).released = true;
    }
  }

  /** Whether somebody else moved the alias after Anchor last did before `at`. */
  movedFromOutside(functionName: string, at = Infinity): boolean {
    const writes = this.writes.filter((write) => write.functionName === functionName);
    const ownBefore = writes.findLast((write) => write.by === 'anchor' && write.at < at)?.at ?? 0;
    return writes.some((write) => write.by === 'outside' && write.at > ownBefore);
  }

  /**
   * Whether somebody else has moved an alias to the very version the operation goes to. Whoever takes the
   * operation over cannot tell that from its own move, and finishes it.
   */
  anticipated(watched: WatchedOperation): boolean {
    const endedAt = watched.ended?.at ?? Infinity;
    return Object.values(this.#target(watched) ?? {}).some(({ functionName, version }) => {
      const writes = this.writes.filter((write) => write.functionName === functionName && write.at < endedAt);
      const ownBefore = writes.findLast((write) => write.by === 'anchor' && write.at < watched.since)?.at ?? 0;
      return writes.some((write) => write.by === 'outside' && write.at > ownBefore && write.version === version);
    });
  }

  #taken(operation: OpenOperation, project: Project): void {
    const { operationId } = operation;
    // A request that was on its way for long can take the project again; what has ended stays ended.
    const known = this.operations.get(operationId);
    this.operations.set(operationId, {
      ...known, operation, since: this.last.get(project.projectId)?.ended?.at ?? 0, taken: project, pin: standingPin(project, this.#deps.now()),
      overrides: this.overriding.has(operationId),
    });
  }

  #ended({ operationId, state }: Operation, before: Project, project: Project): void {
    const watched = this.#watched(operationId);
    if (watched.ended && watched.ended.state !== state) {
      this.problems.push(`${operationId} ended twice: ${watched.ended.state}, then ${state}`);
    }
    if (watched.ended) return;
    watched.ended = { state, at: ++this.#time };
    if (state === 'succeeded') this.#succeeded(watched, before, project);
  }

  #succeeded(watched: WatchedOperation, before: Project, project: Project): void {
    const { operation, pin, overrides } = watched;
    // One that ends or is lifted before it is looked at holds nothing back.
    const pinned = pin !== undefined && standingPin(before, this.#deps.now())?.at === pin.at;
    this.last.set(project.projectId, watched);
    const what = `${operation.kind} ${operation.operationId}`;
    const say = (problem: string) => this.problems.push(`${what} succeeded, but ${problem}`);
    if (operation.kind === 'promote' && pinned && !overrides && !this.anticipated(watched)) {
      say('a pin stood and it did not override');
    }
    const target = this.#target(watched);
    if (!target) return void say('its target is not known');
    for (const role of ['server', 'image'] as const) {
      const wanted = target[role];
      if (!wanted) continue;
      const recorded = project.live?.[role]?.version;
      if (recorded !== wanted.version) say(`the ${role} version recorded is ${recorded}, not ${wanted.version}`);
      const alias = this.#deps.alias(wanted.functionName);
      const there = alias?.version === wanted.version && Object.keys(alias.weights).length === 0;
      if (!there && !this.movedFromOutside(wanted.functionName)) {
        say(`the ${role} alias is on ${alias?.version} (${JSON.stringify(alias?.weights)}), not ${wanted.version}`);
      }
    }
  }

  #target({ operation, taken }: WatchedOperation): Target | undefined {
    if (operation.kind === 'undo') return taken.lastRollback?.before;
    const target = this.#deps.deployment(operation.projectId, operation.targetDeploymentId ?? '');
    if (!target?.lambdaServerVersionArn) return undefined;
    const { lambdaServerVersionArn: server, lambdaImageVersionArn: image } = target;
    return { server: versionOf(server), ...(image && { image: versionOf(image) }) };
  }

  #watched(operationId: string): WatchedOperation {
    const watched = this.operations.get(operationId);
    if (!watched) throw new Error(`operation ${operationId} ended without having begun`);
    return watched;
  }
}
