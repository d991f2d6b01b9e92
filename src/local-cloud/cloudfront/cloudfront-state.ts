import { Collection } from '../collection.ts';
import type { Persistence } from '../collection.ts';
import type { LocalCloudSettings } from '../settings.ts';
import { checkConfig } from './check-config.ts';
import { CloudFrontError } from './cloudfront-error.ts';
import { checkRequiredForUpdates } from './config-shape.ts';
import {
  aliasesOf, callerReferenceOf, certificateArnOf, completeConfig, isEnabled, originDomainOf,
} from './distribution-config.ts';
import { configsInUse, currentConfig, deployTime, deployedConfig, isDeployed, withRevision } from './distribution.ts';
import type { Distribution } from './distribution.ts';
import { wildcardOver } from './host-pattern.ts';
import { Invalidations } from './invalidations.ts';
import { randomDomainName, randomId } from './random-id.ts';
import { checkTags } from './tags.ts';
import { checkViewerCertificate } from './viewer-certificate.ts';
import type { CertificateLookup } from './viewer-certificate.ts';
import type { XmlElement } from './xml.ts';

export interface CloudFrontDependencies {
  readonly persistence: Persistence;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly settings: LocalCloudSettings;
  readonly certificate: CertificateLookup;
  /** The TXT records of a name, as DNS has them now. */
  readonly dnsTxt: (name: string) => readonly string[];
}

/**
 * What CloudFront remembers and its rules. Deployment is computed from the clock when asked, never by
 * a timer, so it goes on across restarts. Methods throw CloudFrontError.
 */
export class CloudFrontState {
  readonly dependencies: CloudFrontDependencies;
  readonly invalidations: Invalidations;
  readonly #distributions: Collection<Distribution>;
  /** Certificate ARN → when the last change that let go of it is (or will be) deployed. */
  readonly #releases: Collection<number>;

  constructor(dependencies: CloudFrontDependencies) {
    this.dependencies = dependencies;
    this.invalidations = new Invalidations(dependencies);
    this.#distributions = new Collection(dependencies.persistence, 'cloudfront-distributions');
    this.#releases = new Collection(dependencies.persistence, 'cloudfront-releases');
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
    const { now, settings } = this.dependencies;
    const id = randomId('E');
    const at = now();
    return this.#keep({
      id, arn: `arn:aws:cloudfront::${settings.accountId}:distribution/${id}`, domainName: randomDomainName(),
      etag: randomId('E'), createdAt: at, lastModifiedAt: at, tags,
      revisions: [{ config: completeConfig(sent), deployedAt: at + deployTimeMs }],
    });
  }

  update(id: string, sent: XmlElement, ifMatch: string | undefined): Distribution {
    const distribution = this.get(id);
    checkIfMatch(distribution, ifMatch);
    this.#checkAcceptable(sent, distribution);
    checkRequiredForUpdates(sent);
    if (callerReferenceOf(sent) !== callerReferenceOf(currentConfig(distribution))) {
      throw new CloudFrontError('IllegalUpdate', 'The CallerReference of a distribution cannot be changed.');
    }
    return this.accept(distribution, completeConfig(sent));
  }

  /** Needs no more checks: takes the configuration as the distribution's next. */
  accept(distribution: Distribution, config: XmlElement): Distribution {
    const { now, settings } = this.dependencies;
    const at = now();
    const deployedAt = deployTime(distribution, at, settings.deployTimeMs);
    const dropped = certificateArnOf(currentConfig(distribution));
    // Written first: a release that comes to nothing is hidden by `usersOf`, a missing one would not be noticed.
    if (dropped !== undefined && dropped !== certificateArnOf(config)) this.#releases.set(dropped, deployedAt);
    return this.#keep(withRevision(distribution, { config, deployedAt }, { at, etag: randomId('E') }));
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
    const certificateArn = certificateArnOf(config);
    if (certificateArn !== undefined) this.#releases.set(certificateArn, at);
    this.invalidations.removeAllOf(id);
    this.#distributions.delete(id);
  }

  /** Changes the ETag and nothing else, as AWS sometimes does without anybody asking. */
  touch(id: string): Distribution {
    return this.#keep({ ...this.get(id), etag: randomId('E') });
  }

  setTags(distribution: Distribution, tags: Readonly<Record<string, string>>): void {
    checkTags(tags);
    this.#keep({ ...distribution, tags });
  }

  /** ARNs of the distributions that serve it now or may until their last change is deployed. */
  usersOf(certificateArn: string): readonly string[] {
    const now = this.dependencies.now();
    return this.list()
      .filter((distribution) => configsInUse(distribution, now).some((it) => certificateArnOf(it) === certificateArn))
      .map((distribution) => distribution.arn);
  }

  /** When the certificate was last let go of; undefined when that never happened or is still under way. */
  lastReleasedAt(certificateArn: string): number | undefined {
    const releasedAt = this.#releases.get(certificateArn);
    return releasedAt !== undefined && releasedAt <= this.dependencies.now() ? releasedAt : undefined;
  }

  /**
   * The distribution that serves a viewer of this name now: by its exact name, else by a wildcard
   * one level up. The name of a disabled distribution answers undefined and does not fall through.
   */
  resolve(hostname: string): { distributionId: string; originDomain: string } | undefined {
    const name = hostname.toLowerCase().replace(/\.$/, '');
    const wildcard = wildcardOver(name);
    const server = this.#deployedWhere((aliases, own) => own === name || aliases.includes(name))
      ?? this.#deployedWhere((aliases) => aliases.includes(wildcard));
    if (!server || !isEnabled(server.config)) return undefined;
    return { distributionId: server.distributionId, originDomain: originDomainOf(server.config) };
  }

  #deployedWhere(serves: (aliases: readonly string[], ownName: string) => boolean) {
    const now = this.dependencies.now();
    for (const distribution of this.list()) {
      const config = deployedConfig(distribution, now);
      if (config && serves(aliasesOf(config), distribution.domainName)) {
        return { distributionId: distribution.id, config };
      }
    }
    return undefined;
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
    if (aliasesOf(sent).some((alias) => this.holdersOf(alias).some((holder) => holder.id !== self?.id))) {
      throw new CloudFrontError('CNAMEAlreadyExists',
        'One or more of the CNAMEs you provided are already associated with a different resource.');
    }
  }

  #keep(distribution: Distribution): Distribution {
    this.#distributions.set(distribution.id, distribution);
    return distribution;
  }
}

/** Missing or no ETag at all: InvalidIfMatchVersion; an ETag of the past: PreconditionFailed. */
export function checkIfMatch(distribution: Distribution, ifMatch: string | undefined): void {
  if (ifMatch === undefined || !/^E[A-Z0-9]{8,}$/.test(ifMatch)) {
    throw new CloudFrontError('InvalidIfMatchVersion',
      'The If-Match version is missing or not valid for the resource.');
  }
  if (ifMatch !== distribution.etag) {
    throw new CloudFrontError('PreconditionFailed',
      'The request failed because it didn\'t meet the preconditions in one or more request-header fields.');
  }
}
