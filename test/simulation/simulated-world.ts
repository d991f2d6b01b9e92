import type { Deployment } from '../../src/domain/deployment.ts';
import type { Project } from '../../src/domain/project.ts';
import type { VersionArn } from '../../src/domain/version-arn.ts';
import { memoryPersistence } from '../../src/local-cloud/collection.ts';
import { LambdaState } from '../../src/local-cloud/lambda/lambda-state.ts';
import { DEFAULT_LOCAL_CLOUD } from '../../src/local-cloud/settings.ts';
import type { Distributions } from '../../src/ports/distributions.ts';
import type { Functions } from '../../src/ports/functions.ts';
import type { Stores } from '../../src/ports/stores.ts';
import type { Table } from '../../src/ports/table.ts';
import { embeddedFunctions } from '../support/embedded-functions.ts';
import { memoryStores } from '../support/memory-table.ts';
import { OperationWatch } from './operation-watch.ts';

export const ALIAS = 'live';
export const BUILDS = [1, 2, 3] as const;

export interface SiteParts {
  readonly withImage: boolean;
  readonly withDistribution: boolean;
  readonly withProbe: boolean;
}

/** Projects, functions and records as they really are, with everything watched and nothing failing. */
export class SimulatedWorld {
  nowMs = 1_000_000;
  readonly stores: Stores;
  readonly lambda: LambdaState;
  readonly functions: Functions;
  readonly watch: OperationWatch;
  /** What CloudFront was told to forget, by the caller's reference. */
  readonly invalidations = new Map<string, string>();
  readonly distributions: Pick<Distributions, 'invalidate'> = {
    invalidate: async (_distributionId, { callerReference }) => {
      const known = this.invalidations.get(callerReference) ?? `inv-${this.invalidations.size + 1}`;
      this.invalidations.set(callerReference, known);
      return known;
    },
  };
  readonly projectIds: string[] = [];
  /** Every deployment record that is written or owed. */
  readonly deployments = new Map<string, Deployment>();
  #ids = 0;

  constructor() {
    const now = () => this.nowMs;
    this.lambda = new LambdaState({
      persistence: memoryPersistence(), now, settings: DEFAULT_LOCAL_CLOUD, random: () => 0.5,
      newRevisionId: () => `rev-${++this.#ids}`,
    });
    this.watch = new OperationWatch({
      now, alias: (name) => this.lambda.records.findAlias(name, ALIAS),
      deployment: (projectId, deploymentId) => this.deployments.get(`${projectId}/${deploymentId}`),
    });
    this.functions = this.#watchedFunctions();
    const stores = memoryStores(now);
    this.stores = { ...stores, projects: this.#watchedProjects(stores.projects) };
  }

  newId(prefix: string): string {
    return `${prefix}_${String(++this.#ids).padStart(6, '0')}`;
  }

  /** Somebody moves an alias by hand or with another tool. */
  moveFromOutside(functionName: string, version: string, weights: Readonly<Record<string, number>>): void {
    this.lambda.aliases.update(functionName, ALIAS, { version, weights });
    this.watch.aliasMoved(functionName, 'outside', version);
  }

  /** The version that a visitor of the project's site meets. */
  servedBy(url: string): string {
    return this.lambda.aliases.get(`${new URL(url).hostname.split('.')[0]}-server`, ALIAS).version;
  }

  functionNames(projectId: string): string[] {
    return [`${projectId}-server`, `${projectId}-image`].filter((name) => this.lambda.records.functions.get(name));
  }

  /** A site on the newest of three builds, each of which is a deployment. */
  async addProject(projectId: string, { withImage, withDistribution, withProbe }: SiteParts): Promise<void> {
    const [server, image] = [`${projectId}-server`, `${projectId}-image`];
    for (const name of withImage ? [server, image] : [server]) this.#createFunction(name);
    const project: Project = {
      projectId, collection: 'project', createdKey: projectId, name: projectId, serverFunctionName: server,
      ...(withImage && { imageFunctionName: image }), ...(withDistribution && { distributionId: 'E1' }),
      ...(withProbe && { probe: { url: `https://${projectId}.example`, header: 'x-version', expect: '{version}' } }),
      createdAt: 1, updatedAt: 1, revision: 1, fence: 0,
    };
    await this.stores.projects.create(project);
    this.projectIds.push(projectId);
    for (const build of BUILDS) {
      const record: Deployment = {
        projectId, deploymentId: `dep-${build}`, commitSha: 'abcdef0', branch: 'main', version: `v${build}`,
        status: 'deployed', lambdaServerVersionArn: arnOf(server, build), isRollback: false,
        ...(withImage && { lambdaImageVersionArn: arnOf(image, build) }),
        createdAt: build, updatedAt: build, deployedAt: build,
      };
      await this.stores.deployments.create(record);
      this.deployments.set(`${projectId}/${record.deploymentId}`, record);
    }
  }

  #createFunction(name: string): void {
    this.lambda.functions.create({
      name, role: 'arn:aws:iam::123456789012:role/site', runtime: 'nodejs22.x', handler: 'index.handler',
      code: { zip: ZIP },
    });
    for (const build of BUILDS) {
      this.lambda.functions.updateConfiguration(name, { environment: { DEPLOYMENT_ID: `dep-${build}` } });
      this.lambda.functions.publish(name);
    }
    this.lambda.aliases.create(name, ALIAS, { version: String(BUILDS.length) });
  }

  #watchedFunctions(): Functions {
    const functions = embeddedFunctions(this.lambda, ALIAS);
    return {
      ...functions,
      moveAlias: async (functionName, to) => {
        const moved = await functions.moveAlias(functionName, to);
        // It would go over whatever somebody else has done to the alias meanwhile.
        if (to.revisionId === undefined) this.watch.problems.push(`${functionName} was moved without a RevisionId`);
        this.watch.aliasMoved(functionName, 'anchor', to.version);
        return moved;
      },
    };
  }

  #watchedProjects(projects: Table<Project>): Table<Project> {
    const update: Table<Project>['update'] = async (key, change, when) => {
      const result = await projects.update(key, change, when);
      if (result.updated) this.#written(result.item);
      return result;
    };
    return new Proxy(projects, {
      get: (target, name) => {
        if (name === 'update') return update;
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) as unknown : value;
      },
    });
  }

  #written(project: Project): void {
    for (const { deployment } of Object.values(project.settling ?? {})) {
      if (deployment) this.deployments.set(`${project.projectId}/${deployment.deploymentId}`, deployment);
    }
    this.watch.projectWritten(project);
  }
}

const ZIP = new Uint8Array([0]);

function arnOf(functionName: string, version: number): VersionArn {
  return `arn:aws:lambda:us-east-1:123456789012:function:${functionName}:${version}` as VersionArn;
}
