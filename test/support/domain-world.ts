import type { Test } from 'tap';
import { acmCertificates } from '../../src/adapters/aws/acm-certificates.ts';
import { createAwsClients } from '../../src/adapters/aws/aws-clients.ts';
import { cloudFrontDistributions } from '../../src/adapters/aws/cloudfront-distributions.ts';
import { cloudFrontTenants } from '../../src/adapters/aws/cloudfront-tenants.ts';
import type { CertificateStatus } from '../../src/domain/certificate.ts';
import type { CustomDomain } from '../../src/domain/custom-domain.ts';
import type { DomainSettings } from '../../src/domain/domain-settings.ts';
import { LOCAL_DOMAIN_SETTINGS } from '../../src/domain/domain-settings.ts';
import type { DomainView } from '../../src/domain/domain-view.ts';
import type { Edge } from '../../src/domain/edge.ts';
import { covers } from '../../src/domain/name-coverage.ts';
import type { EdgeMode, TenantTarget } from '../../src/domain/project-edge.ts';
import type { Project } from '../../src/domain/project.ts';
import { tenantName } from '../../src/domain/tenant.ts';
import type { TenantState } from '../../src/domain/tenant.ts';
import type { Distribution } from '../../src/local-cloud/cloudfront/distribution.ts';
import { currentConfig, deployedConfig } from '../../src/local-cloud/cloudfront/revisions.ts';
import { ownCertificateOf as tenantCertificateOf } from '../../src/local-cloud/cloudfront/tenant.ts';
import { serverOf } from '../../src/local-cloud/cloudfront/viewer-routing.ts';
import { aliasesOf, certificateArnOf } from '../../src/local-cloud/cloudfront/distribution-config.ts';
import { memoryPersistence } from '../../src/local-cloud/collection.ts';
import type { LocalCloud } from '../../src/local-cloud/local-cloud.ts';
import { createLocalCloud } from '../../src/local-cloud/local-cloud.ts';
import { sdkRequestHandler } from '../../src/local-cloud/sdk-handler.ts';
import type { LocalCloudSettings } from '../../src/local-cloud/settings.ts';
import { addDomain } from '../../src/operations/add-domain.ts';
import type { DiagnosisDeps } from '../../src/operations/diagnose-domain.ts';
import { diagnoseDomain } from '../../src/operations/diagnose-domain.ts';
import type { DomainDeps } from '../../src/operations/domain-deps.ts';
import { getDomain } from '../../src/operations/get-domain.ts';
import { listDomains } from '../../src/operations/list-domains.ts';
import type { DomainInput, Operations } from '../../src/operations/operations.ts';
import { createPendingWatch } from '../../src/operations/pending-watch.ts';
import { removeDomain } from '../../src/operations/remove-domain.ts';
import { verifyDomain } from '../../src/operations/verify-domain.ts';
import type { CloudError } from '../../src/ports/cloud-error.ts';
import type { Certificates } from '../../src/ports/certificates.ts';
import type { Distributions } from '../../src/ports/distributions.ts';
import type { Dns } from '../../src/ports/dns.ts';
import type { Tenants } from '../../src/ports/tenants.ts';
import type { Stores } from '../../src/ports/stores.ts';
import { allSweeps } from '../../src/worker/sweeps.ts';
import { createWorker } from '../../src/worker/worker.ts';
import type { Worker } from '../../src/worker/worker.ts';
import { createDistribution, createTenantDistribution } from '../adapters/aws/create-distribution.ts';
import { Crash, Gate } from './failing-world.ts';
import type { Fault } from './failing-world.ts';
import { memoryStores } from './memory-table.ts';
import { seededRandom, seededUuid } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

/** One process on the shared stores and the shared cloud. */
export interface DomainReplica {
  readonly deps: DomainDeps;
  readonly gate: Gate;
  readonly worker: Worker;
  readonly cloudErrors: CloudError[];
  readonly operations: Pick<Operations, 'addDomain' | 'getDomain' | 'listDomains' | 'removeDomain' | 'diagnoseDomain' | 'verifyDomain'>;
}

export interface OnDistribution {
  readonly aliases: readonly string[];
  readonly certificateArn: string | undefined;
}

export interface DomainWorldOptions {
  /** How the domains of `p1` and `p2` get onto CloudFront; left out, as names of the distribution. */
  readonly mode?: EdgeMode;
  readonly settings?: Partial<DomainSettings>;
  readonly cloud?: Partial<LocalCloudSettings>;
  /** Of the ids in the cloud: the same each time, since they decide in which order things are listed. */
  readonly seed?: number;
}

/** What others have in the same account. */
interface Foreign {
  readonly aliases?: readonly string[];
  readonly certificates?: readonly string[];
  /** By name. */
  readonly tenants?: readonly string[];
}

export const LEASE_MS = 5_000;
const TICK_MS = 500;

/** Projects `p1` and `p2` on one distribution of the embedded cloud, with its stores in memory; the test owns the time. */
export class DomainWorld {
  readonly clock = new VirtualClock();
  readonly cloud: LocalCloud;
  readonly stores: Stores;
  readonly settings: DomainSettings;
  readonly certificates: Certificates;
  readonly distributions: Distributions;
  readonly tenants: Tenants;
  readonly dns: Dns;
  /**
   * The ids of domains that somebody took off CloudFront by hand, and when, until they are served again: their records
   * cannot know it yet. Not their names: another project's domain of the same name is no sign that this one is back.
   */
  readonly disturbed = new Map<string, number>();
  distributionId = '';
  tenantTarget: TenantTarget = { distributionId: '', routingEndpoint: '' };
  readonly #clients: ReturnType<typeof createAwsClients>;
  #ids = 0;
  #tokens = 0;

  constructor({ settings, cloud, seed = 1 }: DomainWorldOptions) {
    const now = () => this.clock.now();
    this.stores = memoryStores(now);
    this.settings = { ...LOCAL_DOMAIN_SETTINGS, ...settings };
    const random = seededRandom(seed);
    this.cloud = createLocalCloud({
      persistence: memoryPersistence(), settings: cloud, now, random, newId: () => seededUuid(random),
    });
    this.#clients = createAwsClients(
      { region: 'us-east-1', endpoint: 'http://cloud', connectTimeoutMs: 1_000, requestTimeoutMs: 10_000, maxAttempts: 1 },
      { requestHandler: sdkRequestHandler(this.cloud) },
    );
    this.certificates = acmCertificates(this.#clients.acm);
    this.distributions = cloudFrontDistributions(this.#clients.cloudFront);
    this.tenants = cloudFrontTenants(this.#clients.cloudFront);
    this.dns = dnsOver(this.cloud);
  }

  static async open(t: Test, options: DomainWorldOptions = {}): Promise<DomainWorld> {
    const world = new DomainWorld(options);
    t.teardown(() => world.close());
    world.distributionId = await world.newDistribution('main');
    if (options.mode === 'tenant') world.tenantTarget = await world.newTenantTarget();
    const edge = options.mode === 'tenant' ? { edge: { mode: 'tenant', ...world.tenantTarget } } as const : {};
    await Promise.all(['p1', 'p2'].map((id) => (
      world.stores.projects.create({ ...project(id, world.distributionId), ...edge })
    )));
    return world;
  }

  close(): void {
    this.#clients.destroy();
  }

  async newDistribution(name: string): Promise<string> {
    const id = await createDistribution(this.#clients.cloudFront, name);
    this.clock.advance(this.cloud.settings.deployTimeMs);
    return id;
  }

  /** A multi-tenant distribution and a connection group that is not the account's default one. */
  async newTenantTarget(): Promise<TenantTarget> {
    const distributionId = await createTenantDistribution(this.#clients.cloudFront);
    const { id, routingEndpoint } = this.cloud.cloudFront.connectionGroups.create({
      name: 'shops', config: { enabled: true, ipv6Enabled: true }, tags: {},
    });
    this.clock.advance(this.cloud.settings.deployTimeMs);
    return { distributionId, routingEndpoint, connectionGroupId: id };
  }

  replica(fault: Fault = {}): DomainReplica {
    const gate = new Gate(fault);
    const cloudErrors: CloudError[] = [];
    const deps: DomainDeps = {
      stores: gate.wrapAll(this.stores, 'stores'),
      certificates: gate.wrap(this.certificates, 'certificates'),
      distributions: gate.wrap(this.distributions, 'distributions'),
      tenants: gate.wrap(this.tenants, 'tenants'),
      dns: this.dns,
      clock: this.clock,
      ids: { next: (prefix) => `${prefix}_${String(++this.#ids).padStart(6, '0')}` },
      tokens: { next: () => `token${++this.#tokens}` },
      platformDomains: ['platform.example'],
      defaults: {
        serverFunctionName: undefined, imageFunctionName: undefined, distributionId: undefined, distributionDomain: undefined,
      },
      settings: this.settings,
      onCloudError: (_key, error) => cloudErrors.push(error),
    };
    const diagnosis: DiagnosisDeps = { ...deps, resolvers: [{ name: 'local', dns: this.dns }] };
    const log = { error: (details: object) => {
      if (!('err' in details) || !(details.err instanceof Crash)) throw (details as { err: Error }).err;
    } };
    const steps = allSweeps({
      deps, pending: createPendingWatch(deps), tendProject: async () => undefined, leaseMs: LEASE_MS, concurrency: 4, log,
    });
    return {
      deps, gate, cloudErrors,
      worker: createWorker({ steps, clock: this.clock, intervalMs: TICK_MS, log }),
      operations: {
        addDomain: addDomain(deps), getDomain: getDomain(deps), listDomains: listDomains(deps), removeDomain: removeDomain(deps),
        diagnoseDomain: diagnoseDomain(diagnosis), verifyDomain: verifyDomain(diagnosis),
      },
    };
  }

  async add(
    replica: DomainReplica, domain: string, projectId = 'p1', more: Omit<DomainInput, 'domain'> = {},
  ): Promise<DomainView> {
    return (await this.clock.run(replica.operations.addDomain(projectId, { domain, ...more }))).domain;
  }

  /** Time passes and the worker makes its passes, until the condition holds. Every state on the way is checked. */
  async until(
    t: Test, replica: DomainReplica, what: string, holds: () => boolean | Promise<boolean>, mostMs = 120_000,
  ): Promise<void> {
    const end = this.clock.now() + mostMs;
    while (!await holds()) {
      if (this.clock.now() > end) throw new Error(`never: ${what}\n${await this.dump()}`);
      await this.tick(t, replica);
    }
    t.pass(what);
  }

  async tick(t: Test, replica: DomainReplica, ms = TICK_MS): Promise<void> {
    this.clock.advance(ms);
    await replica.worker.runUntilIdle(10);
    await this.checkServed(t);
  }

  /** Lets time pass until nothing but the look for outside changes is due. */
  async settle(t: Test, replica: DomainReplica): Promise<void> {
    const end = this.clock.now() + 2 * this.settings.strayMs + 20_000;
    while (this.clock.now() < end) await this.tick(t, replica, 1_000);
  }

  /** What the owner is told to do. */
  setRecord({ dnsInstructions: { recordName, recordValue, recordType } }: DomainView): void {
    if (recordName === null || recordValue === null) throw new Error('the record is not known yet');
    this.cloud.zone.set({ name: recordName, type: recordType, values: [recordValue] });
  }

  /** An issued certificate for these names, another each time. */
  async issue(...names: [string, ...string[]]): Promise<string> {
    const arn = await this.certificates.request({ names, token: `issued${++this.#ids}`, projectId: 'p1' });
    this.clock.advance(this.cloud.settings.validationRecordDelayMs);
    for (const { record } of (await this.certificates.describe(arn))?.validations ?? []) {
      if (record) this.cloud.zone.set({ name: record.name, type: record.type, values: [record.value] });
    }
    this.clock.advance(this.cloud.settings.certificateCheckMs);
    return arn;
  }

  /** The issued certificate under which viewers of this name are served now, by whatever has the name. */
  servedUnder(name: string): string | undefined {
    const server = serverOf(this.cloud.cloudFront, name);
    if (!server) return undefined;
    const tenant = this.cloud.cloudFront.tenants.list().find(({ id }) => id === server.distributionTenantId);
    const now = this.clock.now();
    const arn = tenant ? tenantCertificateOf(deployedConfig(tenant, now) ?? currentConfig(tenant))
      : onDistribution(deployedRevision(this.cloud.cloudFront.get(server.distributionId), now)).certificateArn;
    const certificate = this.certificate(arn);
    return certificate?.status === 'ISSUED' && covers(certificate.names, name) ? arn : undefined;
  }

  /** The owner proves control to Anchor. */
  prove({ ownershipChallenge }: DomainView): void {
    if (!ownershipChallenge) throw new Error('no proof is asked for');
    const { recordName: name, recordValue } = ownershipChallenge;
    const before = this.cloud.zone.resolve(name, 'TXT');
    this.cloud.zone.set({ name, type: 'TXT', values: [...before.kind === 'answer' ? before.values : [], recordValue] });
  }

  async domain(name: string): Promise<CustomDomain | undefined> {
    return (await this.allDomains()).find((each) => each.domain === name);
  }

  async phase(name: string): Promise<string> {
    return (await this.domain(name))?.phase ?? 'gone';
  }

  async allDomains(): Promise<CustomDomain[]> {
    const found = await Promise.all(['p1', 'p2'].map((hash) => (
      this.stores.domains.query({ index: 'byProject', hash, order: 'ascending', limit: 100 })
    )));
    return found.flat();
  }

  async edge(): Promise<Edge | undefined> {
    return this.stores.edges.get({ distributionId: this.distributionId });
  }

  /** The configuration CloudFront accepted last. */
  get accepted(): OnDistribution {
    return onDistribution(this.#revisions.at(-1));
  }

  /** The configuration viewers meet. */
  get deployed(): OnDistribution {
    return onDistribution(deployedRevision(this.cloud.cloudFront.get(this.distributionId), this.clock.now()));
  }

  get #revisions(): Distribution['revisions'] {
    return this.cloud.cloudFront.get(this.distributionId).revisions;
  }

  async tenant(name: string): Promise<TenantState | undefined> {
    const domain = await this.domain(name);
    return domain && this.tenants.read(tenantName(domain.domainId));
  }

  certificate(arn: string | undefined): { status: CertificateStatus; names: readonly string[] } | undefined {
    const found = arn === undefined ? undefined : this.cloud.acm.viewerCertificate(arn);
    return found && { status: found.status as CertificateStatus, names: found.names };
  }

  /** At no time is a name that is active without an issued certificate that covers it, or an alias uncovered. */
  async checkServed(t: Test): Promise<void> {
    for (const at of [this.accepted, this.deployed]) {
      const certificate = this.certificate(at.certificateArn);
      const bare = at.aliases.filter((alias) => !certificate || !covers(certificate.names, alias));
      if (bare.length > 0) t.same(bare, [], 'every alias is covered by the certificate on the distribution');
    }
    for (const { domainId, domain, phase, desired, edgeMode } of await this.allDomains()) {
      const served = edgeMode === 'tenant' ? this.servedUnder(domain) !== undefined : this.#isServedByMain(domain);
      const since = this.clock.now() - (this.disturbed.get(domainId) ?? -Infinity);
      const stays = edgeMode === 'tenant' || this.accepted.aliases.includes(domain);
      if (served && stays && since > this.cloud.settings.deployTimeMs) this.disturbed.delete(domainId);
      if (phase !== 'active' || desired !== 'present' || this.disturbed.has(domainId)) continue;
      if (!served) t.fail(`${domain} is active and not served\n${await this.dump()}`);
    }
  }

  #isServedByMain(domain: string): boolean {
    const certificate = this.certificate(this.deployed.certificateArn);
    return this.deployed.aliases.includes(domain) && certificate?.status === 'ISSUED' && covers(certificate.names, domain);
  }

  /** When all is quiet: every certificate is named by a record, every alias by a domain or by others. */
  async checkTidy(t: Test, foreign: Foreign = {}): Promise<void> {
    const domains = await this.allDomains();
    const edge = await this.edge();
    const named = new Set([
      ...domains.flatMap((each) => [each.ownCertificateArn, each.servingCertificateArn]),
      edge?.serving?.certificateArn, ...foreign.certificates ?? [],
    ]);
    const loose = this.cloud.acm.all().filter(({ arn }) => !named.has(arn)).map(({ arn, names }) => `${arn} ${names.join()}`);
    t.same(loose, [], 'no certificate is left that no record names');
    t.same(edge?.retired ?? [], [], 'nothing is left to delete');
    t.equal(edge?.next, undefined, 'no certificate is planned');
    const isActive = ({ phase }: CustomDomain) => phase === 'active';
    const [tenants, shared] = [domains.filter(({ edgeMode }) => edgeMode), domains.filter(({ edgeMode }) => !edgeMode)];
    t.same(this.cloud.cloudFront.tenants.list().map(({ name }) => name).sort(),
      [...tenants.filter(isActive).map(({ domainId }) => tenantName(domainId)), ...foreign.tenants ?? []].sort(),
      'the tenants are those of active domains');
    const active = shared.filter(isActive).map(({ domain }) => domain as string);
    t.same(this.accepted.aliases, [...active, ...foreign.aliases ?? []].sort(), 'the aliases are those of active domains');
    const holding = domains.filter(({ challenge, takenOverAt }) => challenge === undefined && takenOverAt === undefined);
    const claims = await Promise.all(holding.map(({ domain }) => this.stores.hostnames.get({ hostname: domain })));
    t.same(claims.map((claim) => claim?.domainId), holding.map(({ domainId }) => domainId), 'each domain holds its name');
  }

  async dump(): Promise<string> {
    return JSON.stringify({
      now: this.clock.now(), accepted: this.accepted, deployed: this.deployed, edge: await this.edge(),
      domains: await this.allDomains(), tenants: this.cloud.cloudFront.tenants.list(),
      certificates: this.cloud.acm.all().map(({ arn, names, status }) => ({ arn, names, status })),
    }, null, 1);
  }
}

function project(projectId: string, distributionId: string): Project {
  return {
    projectId, collection: 'project', createdKey: projectId, name: projectId, distributionId,
    distributionDomain: 'd111.cloudfront.net', createdAt: 1, updatedAt: 1, revision: 1, fence: 0,
  };
}

function deployedRevision({ revisions }: Distribution, now: number): Distribution['revisions'][number] | undefined {
  return revisions.findLast(({ deployedAt }) => deployedAt <= now);
}

function onDistribution(revision: Distribution['revisions'][number] | undefined): OnDistribution {
  if (!revision) return { aliases: [], certificateArn: undefined };
  return { aliases: [...aliasesOf(revision.config)].sort(), certificateArn: certificateArnOf(revision.config) };
}

function dnsOver(cloud: LocalCloud): Dns {
  return {
    lookup: async (name, type) => {
      const found = cloud.zone.resolve(name, type);
      if (found.kind === 'answer') return { kind: 'found', values: found.values.map((value) => value.toLowerCase()) };
      if (found.kind === 'no-data') return { kind: 'absent' };
      return found.kind === 'no-name' ? { kind: 'absent', noSuchName: true }
        : { kind: 'unknown', reason: found.kind, fault: found.kind };
    },
  };
}
