import { Collection } from '../collection.ts';
import type { Persistence } from '../collection.ts';
import type { LocalCloudSettings } from '../settings.ts';
import type { CertificateReleases } from './certificate-releases.ts';
import { certificateArnFor, checkTenantConfig, checkTenantName } from './check-tenant.ts';
import { CloudFrontError } from './cloudfront-error.ts';
import type { ConnectionGroups } from './connection-groups.ts';
import type { Distribution } from './distribution.ts';
import { checkIfMatch } from './if-match.ts';
import type { Invalidations } from './invalidations.ts';
import type { RandomIds } from './random-ids.ts';
import { configsInUse, currentConfig, deployTime, isDeployed, withRevision } from './revisions.ts';
import { checkTags } from './tags.ts';
import { TenantIndex } from './tenant-index.ts';
import type { TenantKey } from './tenant-index.ts';
import { ownCertificateOf } from './tenant.ts';
import type { SentTenantConfig, Tenant, TenantConfig } from './tenant.ts';
import { coversAlias, issuedNames } from './viewer-certificate.ts';
import type { CertificateLookup } from './viewer-certificate.ts';

export interface TenantDependencies {
  readonly persistence: Persistence;
  readonly now: () => number;
  readonly settings: LocalCloudSettings;
  readonly ids: RandomIds;
  readonly certificate: CertificateLookup;
  readonly releases: CertificateReleases;
  readonly invalidations: Invalidations;
  readonly connectionGroups: ConnectionGroups;
  readonly distribution: (id: string) => Distribution | undefined;
  /** Whether a distribution names this alias, deployed or on its way in or out. */
  readonly isAlias: (domain: string) => boolean;
}

export interface NewTenant {
  readonly name: string;
  readonly config: SentTenantConfig;
  readonly tags: Readonly<Record<string, string>>;
}

/** What CloudFront knows of distribution tenants. Methods throw CloudFrontError. */
export class Tenants {
  readonly #dependencies: TenantDependencies;
  readonly #tenants: Collection<Tenant>;
  readonly #index = new TenantIndex();

  constructor(dependencies: TenantDependencies) {
    this.#dependencies = dependencies;
    this.#tenants = new Collection(dependencies.persistence, 'cloudfront-tenants');
    for (const tenant of this.#tenants.values()) this.#index.replace(undefined, tenant);
  }

  /** By id: an order that stays what it is while tenants come and go. */
  list(): readonly Tenant[] {
    return this.#index.order().map((id) => this.get(id));
  }

  get(id: string): Tenant {
    const tenant = this.#tenants.get(id);
    if (!tenant) throw new CloudFrontError('EntityNotFound', 'The distribution tenant was not found.');
    return tenant;
  }

  /** By id, name or ARN. */
  identified(identifier: string): Tenant {
    const [named] = this.#index.idsOf(`name ${identifier}`);
    return this.byArn(identifier) ?? this.get(named ?? identifier);
  }

  byArn(arn: string): Tenant | undefined {
    const tenant = this.#tenants.get(arn.slice(arn.lastIndexOf('/') + 1));
    return tenant?.arn === arn ? tenant : undefined;
  }

  /** The tenant whose last accepted configuration has this very domain. */
  byDomain(domain: string): Tenant {
    const tenant = this.#under(`domain ${domain}`).find((it) => currentConfig(it).domains.includes(domain));
    if (!tenant) throw new CloudFrontError('EntityNotFound', 'No distribution tenant has this domain.');
    return tenant;
  }

  create({ name, config: sent, tags }: NewTenant): Tenant {
    checkTags(tags);
    checkTenantName(name);
    // Before the domains, which a replay finds held by what it made the first time.
    if (this.#index.has(`name ${name}`)) {
      throw new CloudFrontError('EntityAlreadyExists', `A distribution tenant with the name ${name} already exists.`);
    }
    this.#checkAcceptable(sent, undefined);
    const { now, settings, ids, connectionGroups } = this.#dependencies;
    const config = { ...sent, connectionGroupId: sent.connectionGroupId ?? connectionGroups.default().id };
    const [id, at] = [ids.long('dt_'), now()];
    return this.#keep({
      id, arn: `arn:aws:cloudfront::${settings.accountId}:distribution-tenant/${id}`, name, tags,
      etag: ids.short('E'), createdAt: at, lastModifiedAt: at,
      revisions: [{ config, deployedAt: at + settings.deployTimeMs }],
    });
  }

  update(id: string, config: TenantConfig, ifMatch: string | undefined): Tenant {
    const tenant = this.get(id);
    checkIfMatch(tenant, ifMatch);
    this.#checkAcceptable(config, tenant);
    return this.accept(tenant, config);
  }

  /** Needs no more checks: takes the configuration as the tenant's next. */
  accept(tenant: Tenant, config: TenantConfig): Tenant {
    const { now, settings, ids, releases } = this.#dependencies;
    const at = now();
    const deployedAt = deployTime(tenant, at, settings.deployTimeMs);
    const dropped = ownCertificateOf(currentConfig(tenant));
    if (dropped !== ownCertificateOf(config)) releases.add(dropped, deployedAt);
    return this.#keep(withRevision(tenant, { config, deployedAt }, { at, etag: ids.short('E') }));
  }

  remove(id: string, ifMatch: string | undefined): void {
    const tenant = this.get(id);
    checkIfMatch(tenant, ifMatch);
    const { now, releases, invalidations } = this.#dependencies;
    const at = now();
    if (currentConfig(tenant).enabled || !isDeployed(tenant, at)) {
      throw new CloudFrontError('ResourceNotDisabled',
        'The distribution tenant has not been disabled, or the change is not deployed yet.');
    }
    releases.add(ownCertificateOf(currentConfig(tenant)), at);
    invalidations.removeAllOf(id);
    this.#tenants.delete(id);
    this.#index.remove(tenant);
  }

  /** Changes the ETag and nothing else, as AWS sometimes does without anybody asking. */
  touch(id: string): Tenant {
    return this.#keep({ ...this.get(id), etag: this.#dependencies.ids.short('E') });
  }

  setTags(tenant: Tenant, tags: Readonly<Record<string, string>>): void {
    checkTags(tags);
    this.#keep({ ...tenant, tags });
  }

  /** Tenants of which a configuration, deployed or on its way in or out, has this very domain. */
  holdersOf(domain: string): readonly Tenant[] {
    return this.#inUse(`domain ${domain}`, (config) => config.domains.includes(domain));
  }

  /** Tenants of which a configuration, deployed or on its way in or out, has this certificate as their own. */
  usersOf(certificateArn: string): readonly Tenant[] {
    return this.#inUse(`certificate ${certificateArn}`, (config) => ownCertificateOf(config) === certificateArn);
  }

  isDistributionUsed(distributionId: string): boolean {
    return this.#inUse(`distribution ${distributionId}`, (it) => it.distributionId === distributionId).length > 0;
  }

  isConnectionGroupUsed(connectionGroupId: string): boolean {
    return this.#inUse(`group ${connectionGroupId}`, (it) => it.connectionGroupId === connectionGroupId).length > 0;
  }

  /** Active while an issued certificate, the tenant's own or else its distribution's, covers the domain. */
  domainStatus(config: TenantConfig, domain: string): 'active' | 'inactive' {
    const arn = certificateArnFor(config, currentConfig(this.#distributionOf(config)));
    const names = issuedNames(arn, this.#dependencies.certificate);
    return names && coversAlias(names, domain) ? 'active' : 'inactive';
  }

  #checkAcceptable(config: SentTenantConfig, self: Tenant | undefined): void {
    const { certificate, connectionGroups, isAlias } = this.#dependencies;
    if (config.connectionGroupId !== undefined) connectionGroups.get(config.connectionGroupId);
    checkTenantConfig(config, currentConfig(this.#distributionOf(config)), certificate);
    const isHeld = (domain: string): boolean =>
      isAlias(domain) || this.holdersOf(domain).some((holder) => holder.id !== self?.id);
    if (config.domains.some(isHeld)) {
      throw new CloudFrontError('CNAMEAlreadyExists',
        'One or more of the CNAMEs you provided are already associated with a different resource.');
    }
  }

  #distributionOf({ distributionId }: Pick<TenantConfig, 'distributionId'>): Distribution {
    const distribution = this.#dependencies.distribution(distributionId);
    if (!distribution) throw new CloudFrontError('EntityNotFound', 'The distribution was not found.');
    return distribution;
  }

  #inUse(key: TenantKey, matches: (config: TenantConfig) => boolean): readonly Tenant[] {
    const now = this.#dependencies.now();
    return this.#under(key).filter((tenant) => configsInUse(tenant, now).some(matches));
  }

  #under(key: TenantKey): readonly Tenant[] {
    return this.#index.idsOf(key).map((id) => this.get(id));
  }

  #keep(tenant: Tenant): Tenant {
    const before = this.#tenants.get(tenant.id);
    this.#tenants.set(tenant.id, tenant);
    this.#index.replace(before, tenant);
    return tenant;
  }
}
