import { createAwsClients, type AwsClients } from '../../src/adapters/aws/aws-clients.ts';
import { cloudFrontDistributions } from '../../src/adapters/aws/cloudfront-distributions.ts';
import { lambdaFunctions } from '../../src/adapters/aws/lambda-functions.ts';
import { openSqliteStores } from '../../src/adapters/sqlite/sqlite-stores.ts';
import type { Deployment } from '../../src/domain/deployment.ts';
import { LOCAL_FOLLOW_UPS, type FollowUpSettings } from '../../src/domain/follow-up-settings.ts';
import type { ProbeAnswer } from '../../src/domain/follow-ups.ts';
import type { Project } from '../../src/domain/project.ts';
import type { VersionArn } from '../../src/domain/version-arn.ts';
import type { CloudFrontState } from '../../src/local-cloud/cloudfront/cloudfront-state.ts';
import { memoryPersistence } from '../../src/local-cloud/collection.ts';
import type { LambdaState } from '../../src/local-cloud/lambda/lambda-state.ts';
import { createLocalCloud } from '../../src/local-cloud/local-cloud.ts';
import { sdkRequestHandler } from '../../src/local-cloud/sdk-handler.ts';
import { rollBack } from '../../src/operations/roll-back.ts';
import type { SwitchDeps } from '../../src/operations/switch-deps.ts';
import { tendProject } from '../../src/operations/tend-project.ts';
import type { Distributions } from '../../src/ports/distributions.ts';
import type { Functions } from '../../src/ports/functions.ts';
import type { Ids } from '../../src/ports/ids.ts';
import type { Stores } from '../../src/ports/stores.ts';
import { createBackground, type Background } from '../../src/worker/background.ts';
import { createDistribution } from '../adapters/aws/create-distribution.ts';
import { Crash, Gate, type Fault } from './failing-world.ts';
import { seededRandom } from './seeded-random.ts';

export const SERVER = 'site-server';
export const IMAGE = 'site-image';
export const LEASE_MS = 10_000;

export function versionArn(functionName: string, version: number): VersionArn {
  return `arn:aws:lambda:us-east-1:123456789012:function:${functionName}:${version}` as VersionArn;
}

export interface WorldOptions extends Pick<Partial<Project>, 'cache' | 'probe'> {
  /** False: the site has a server function alone. */
  readonly image?: boolean;
  /** Whether the project has a distribution. */
  readonly distribution?: boolean;
}

/** One process on the shared stores and the shared cloud. */
export interface Replica {
  readonly deps: SwitchDeps;
  readonly gate: Gate;
  readonly background: Background;
  rollBack(targetDeploymentId: string, caller?: string): ReturnType<ReturnType<typeof rollBack>>;
  /** One pass of the worker over the project; what it asks in the background has ended as well. */
  recover(): Promise<void>;
}

/**
 * A project `p` of two functions with versions 1 to 3 (deployments `dep-1` to `dep-3`) and `live` on 3,
 * over the embedded Lambda and CloudFront and an SQLite store, all in memory, with a clock that the
 * test moves. Unless a test asks for it there is no distribution, no probe and no look at the aliases.
 */
export class LiveWorld {
  nowMs = 1_000_000;
  readonly stores: Stores;
  readonly lambda: LambdaState;
  readonly functions: Functions;
  readonly cloudFront: CloudFrontState;
  readonly distributions: Distributions;
  /** What the site answers to a probe: the version that is live. */
  site: (url: string) => ProbeAnswer = () => ({ kind: 'value', value: this.versionOf(SERVER) });
  readonly #clients: AwsClients;
  readonly ids: Ids;
  readonly #close: () => void;
  readonly #backgrounds: Background[] = [];

  constructor() {
    const now = () => this.nowMs;
    let count = 0;
    this.ids = { next: (prefix) => `${prefix}_${String(++count).padStart(6, '0')}` };
    const sqlite = openSqliteStores({ file: ':memory:', now });
    this.stores = sqlite.stores;
    this.#close = () => sqlite.close();
    const cloud = createLocalCloud({ persistence: memoryPersistence(), now, random: seededRandom(1), newId: () => `r${++count}` });
    this.lambda = cloud.lambda;
    this.cloudFront = cloud.cloudFront;
    this.#clients = createAwsClients(
      { region: 'us-east-1', endpoint: 'http://local', connectTimeoutMs: 500, requestTimeoutMs: 500, maxAttempts: 1 },
      { requestHandler: sdkRequestHandler(cloud) },
    );
    this.functions = lambdaFunctions(this.#clients.lambda, { aliasName: 'live' });
    this.distributions = cloudFrontDistributions(this.#clients.cloudFront);
  }

  static async open(options: WorldOptions = {}): Promise<LiveWorld> {
    const world = new LiveWorld();
    const { image = true, distribution = false, ...settings } = options;
    const distributionId = distribution ? await createDistribution(world.#clients.cloudFront, 'site') : undefined;
    await world.#fill(image, { ...settings, ...(distributionId !== undefined && { distributionId }) });
    return world;
  }

  async close(): Promise<void> {
    await Promise.all(this.#backgrounds.map((background) => background.drain()));
    this.#close();
  }

  async #fill(withImage: boolean, settings: Partial<Project>): Promise<void> {
    for (const name of withImage ? [SERVER, IMAGE] : [SERVER]) {
      this.lambda.functions.create({
        name, role: 'arn:aws:iam::123456789012:role/site', runtime: 'nodejs22.x', handler: 'index.handler',
        code: { zip: new Uint8Array([0]) },
      });
      for (const build of [1, 2, 3]) {
        this.lambda.functions.updateConfiguration(name, { environment: { DEPLOYMENT_ID: `dep-${build}` } });
        this.lambda.functions.publish(name);
      }
      this.lambda.aliases.create(name, 'live', { version: '3' });
    }
    const project: Project = {
      projectId: 'p', collection: 'project', createdKey: '1', name: 'Site', serverFunctionName: SERVER,
      ...(withImage && { imageFunctionName: IMAGE }), createdAt: 1, updatedAt: 1, revision: 1, fence: 0,
      ...settings,
    };
    await this.stores.projects.create(project);
    for (const build of [1, 2, 3]) await this.stores.deployments.create(deployment(build, withImage));
  }

  replica(fault: Fault = {}, followUps: Partial<FollowUpSettings> = {}): Replica {
    const gate = new Gate(fault);
    const background = createBackground((error) => {
      if (!(error instanceof Crash)) throw error;
    });
    this.#backgrounds.push(background);
    const deps: SwitchDeps = {
      stores: gate.wrapAll(this.stores, 'store'),
      functions: gate.wrap(this.functions, 'functions'),
      distributions: gate.wrap(this.distributions, 'distributions'),
      probe: gate.wrap({ ask: async (url: string) => this.site(url) }, 'probe'),
      clock: { now: () => this.nowMs, sleep: async (delayMs) => { this.nowMs += delayMs; } },
      ids: this.ids,
      defaults: {
        serverFunctionName: undefined, imageFunctionName: undefined, distributionId: undefined,
        distributionDomain: undefined,
      },
      settings: {
        aliasName: 'live', leaseMs: LEASE_MS, budgetMs: 5_000,
        followUps: { ...LOCAL_FOLLOW_UPS, aliasCheckMs: 0, ...followUps },
      },
      inBackground: background.run,
    };
    return {
      deps, gate, background,
      rollBack: (targetDeploymentId, caller = 'ada') => rollBack(deps)('p', { targetDeploymentId, caller }),
      recover: async () => {
        await tendProject(deps, 'p');
        await background.drain();
      },
    };
  }

  versionOf(functionName: string): string {
    return this.lambda.aliases.get(functionName, 'live').version;
  }

  /** What both aliases point at, e.g. `3/3`. */
  get live(): string {
    return [SERVER, IMAGE].filter((name) => this.lambda.records.findAlias(name, 'live'))
      .map((name) => this.versionOf(name)).join('/');
  }

  async project(): Promise<Project> {
    const project = await this.stores.projects.get({ projectId: 'p' });
    if (!project) throw new Error('the project is gone');
    return project;
  }

  async deployments(): Promise<Deployment[]> {
    return this.stores.deployments.query({ hash: 'p', order: 'ascending', limit: 100 });
  }

  /** Lets leases run out and background work end, as a healthy replica would. */
  async settle(): Promise<void> {
    for (let pass = 0; pass < 5; pass++) {
      this.nowMs += LEASE_MS + 1;
      await this.replica().recover();
    }
  }
}

function deployment(build: number, withImage: boolean): Deployment {
  return {
    projectId: 'p', deploymentId: `dep-${build}`, commitSha: 'abcdef0', branch: 'main', version: `v${build}`,
    status: 'deployed', lambdaServerVersionArn: versionArn(SERVER, build),
    ...(withImage && { lambdaImageVersionArn: versionArn(IMAGE, build) }),
    isRollback: false, createdAt: build, updatedAt: build, deployedAt: build,
  };
}
