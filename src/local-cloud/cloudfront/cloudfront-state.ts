import { Collection } from '../collection.ts';
import type { Persistence } from '../collection.ts';
import type { LocalCloudSettings } from '../settings.ts';
import { CertificateReleases } from './certificate-releases.ts';
import { checkConfig } from './check-config.ts';
import { CloudFrontError } from './cloudfront-error.ts';
import { checkRequiredForUpdates } from './config-shape.ts';
import { ConnectionGroups } from './connection-groups.ts';
import { leftOutOf } from './connection-mode.ts';
import {
  aliasesOf, callerReferenceOf, certificateArnOf, completeConfig, isEnabled, isTenantOnly,
} from './distribution-config.ts';
import type { Distribution } from './distribution.ts';
import { checkIfMatch } from './if-match.ts';
import { Invalidations } from './invalidations.ts';
import type { RandomIds } from './random-ids.ts';
import { configsInUse, currentConfig, deployTime, isDeployed, withRevision } from './revisions.ts';
import { checkTags } from './tags.ts';
import { Tenants } from './tenants.ts';
import type { DnsRoute } from './verify-dns.ts';
import { checkViewerCertificate } from './viewer-certificate.ts';
import type { CertificateLookup } from './viewer-certificate.ts';
import { serverOf } from './viewer-routing.ts';
import type { Server } from './viewer-routing.ts';
import type { XmlElement } from './xml.ts';

export interface CloudFrontDependencies {
  readonly persistence: Persistence;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly settings: LocalCloudSettings;
  readonly ids: RandomIds;
  readonly certificate: CertificateLookup;
  /** The TXT records of a name, as DNS has them now. */
  readonly dnsTxt: (name: string) => readonly string[];
  /** Where DNS leads the viewers of a name now; undefined when it gives no answer. */
  readonly dnsRoute: (name: string) => DnsRoute | undefined;
}

/**
 * What CloudFront remembers and its rules. Deployment is computed from the clock when asked, never by
 * a timer, so it goes on across restarts. Methods throw CloudFrontError.
 */
export class CloudFrontState {
  readonly dependencies: CloudFrontDependencies;
  readonly invalidations: Invalidations;
  readonly connectionGroups: ConnectionGroups;
  readonly tenants: Tenants;
  readonly #distributions: Collection<Distribution>;
  readonly #releases: CertificateReleases;

  constructor(dependencies: CloudFrontDependencies) {
    this.dependencies = dependencies;
    this.invalidations = new Invalidations(dependencies);
    this.#distributions = new Collection(dependencies.persistence, 'cloudfront-distributions');
    this.#releases = new CertificateReleases(dependencies);
    this.connectionGroups = new ConnectionGroups({
      ...dependencies, isUsed: (id) => this.tenants.isConnectionGroupUsed(id),
    });
    this.tenants = new Tenants({
      ...dependencies, releases: this.#releases, invalidations: this.invalidations,
      connectionGroups: this.connectionGroups,
      distribution: (id) => this.#distributions.get(id),
      isAlias: (domain) => this.holdersOf(domain).length > 0,
    });
  }

  /** Oldest first. */
  list(): readonly Distribution[] {
    return [...this.#distributions.values()].sort((a, b) => a.createdAt - b.createdAt || a.id.localeCompare(b.id));
  }

  get(id: string): Distribution {
    const distribution = this.#distributions.get(id);
    if (!distribution) throw new CloudFrontError('NoSuchDistribution', 'The specified distribution does not exist.');
    return distribution;
  }

  /** The same caller reference again is refused, whatever else was sent (as the service model has it since 2020). */
  create(
    sent: XmlElement, tags: Readonly<Record<string, string>>,
    { deployTimeMs }: { readonly deployTimeMs: number } = this.dependencies.settings,
  ): Distribution {
    checkTags(tags);
    this.#checkUnheard(callerReferenceOf(sent));
    this.#checkAcceptable(sent, undefined);
    const { now, settings, ids } = this.dependencies;
    const id = ids.short('E');
    const at = now();
    return this.#keep({
      id, arn: `arn:aws:cloudfront::${settings.accountId}:distribution/${id}`,
      domainName: isTenantOnly(sent) ? '-' : ids.domainName(),
      etag: ids.short('E'), createdAt: at, lastModifiedAt: at, tags,
      revisions: [{ config: completeConfig(sent, leftOutOf(sent)), deployedAt: at + deployTimeMs }],
    });
  }

  update(id: string, sent: XmlElement, ifMatch: string | undefined): Distribution {
    const distribution = this.get(id);
    checkIfMatch(distribution, ifMatch);
    this.#checkAcceptable(sent, distribution);
    if (isTenantOnly(sent) !== isTenantOnly(currentConfig(distribution))) {
      throw new CloudFrontError('IllegalUpdate', 'The ConnectionMode of a distribution cannot be changed.');
    }
    checkRequiredForUpdates(sent, leftOutOf(sent));
    if (callerReferenceOf(sent) !== callerReferenceOf(currentConfig(distribution))) {
      throw new CloudFrontError('IllegalUpdate', 'The CallerReference of a distribution cannot be changed.');
    }
    return this.accept(distribution, completeConfig(sent, leftOutOf(sent)));
  }

  /** Needs no more checks: takes the configuration as the distribution's next. */
  accept(distribution: Distribution, config: XmlElement): Distribution {
    const { now, settings, ids } = this.dependencies;
    const at = now();
    const deployedAt = deployTime(distribution, at, settings.deployTimeMs);
    const dropped = certificateArnOf(currentConfig(distribution));
    if (dropped !== certificateArnOf(config)) this.#releases.add(dropped, deployedAt);
    return this.#keep(withRevision(distribution, { config, deployedAt }, { at, etag: ids.short('E') }));
  }

  remove(id: string, ifMatch: string | undefined): void {
    const distribution = this.get(id);
    checkIfMatch(distribution, ifMatch);
    const config = currentConfig(distribution);
    const at = this.dependencies.now();
    if (isEnabled(config) || !isDeployed(distribution, at)) {
      throw new CloudFrontError('DistributionNotDisabled',
        'The distribution you are trying to delete has not been disabled, or the change is not deployed yet.');
    }
    if (this.tenants.isDistributionUsed(id)) {
      throw new CloudFrontError('ResourceInUse', 'The distribution has distribution tenants.');
    }
    this.#releases.add(certificateArnOf(config), at);
    this.invalidations.removeAllOf(id);
    this.#distributions.delete(id);
  }

  /** Changes the ETag and nothing else, as AWS sometimes does without anybody asking. */
  touch(id: string): Distribution {
    return this.#keep({ ...this.get(id), etag: this.dependencies.ids.short('E') });
  }

  setTags(distribution: Distribution, tags: Readonly<Record<string, string>>): void {
    checkTags(tags);
    this.#keep({ ...distribution, tags });
  }

  /** ARNs of the distributions and tenants that serve it now or may until their last change is deployed. */
  usersOf(certificateArn: string): readonly string[] {
    const now = this.dependencies.now();
    const distributions = this.list()
      .filter((distribution) => configsInUse(distribution, now).some((it) => certificateArnOf(it) === certificateArn));
    return [...distributions, ...this.tenants.usersOf(certificateArn)].map(({ arn }) => arn);
  }

  /** When the certificate was last let go of; undefined when that never happened or is still under way. */
  lastReleasedAt(certificateArn: string): number | undefined {
    return this.#releases.lastOf(certificateArn);
  }

  /** What serves a viewer of this name now. */
  resolve(hostname: string): Server | undefined {
    return serverOf(this, hostname);
  }

  /** Distributions whose configuration, current or on its way out, names this very alias. */
  holdersOf(alias: string): readonly Distribution[] {
    const now = this.dependencies.now();
    return this.list().filter((it) => configsInUse(it, now).some((config) => aliasesOf(config).includes(alias)));
  }

  #checkUnheard(callerReference: string): void {
    const twin = this.list().find((other) => callerReferenceOf(currentConfig(other)) === callerReference);
    if (!twin) return;
    throw new CloudFrontError('DistributionAlreadyExists', 'The caller reference that you are using to create a ' +
      `distribution is associated with another distribution. Already exists: ${twin.id}`);
  }

  #checkAcceptable(sent: XmlElement, self: Distribution | undefined): void {
    checkConfig(sent, this.dependencies.settings.aliasesPerDistribution);
    checkViewerCertificate(sent, this.dependencies.certificate);
    const isHeld = (alias: string): boolean => this.holdersOf(alias).some((holder) => holder.id !== self?.id)
      || this.tenants.holdersOf(alias).length > 0;
    if (aliasesOf(sent).some(isHeld)) {
      throw new CloudFrontError('CNAMEAlreadyExists',
        'One or more of the CNAMEs you provided are already associated with a different resource.');
    }
  }

  #keep(distribution: Distribution): Distribution {
    this.#distributions.set(distribution.id, distribution);
    return distribution;
  }
}
