import { Collection } from '../collection.ts';
import type { Persistence } from '../collection.ts';
import type { LocalCloudSettings } from '../settings.ts';
import { CloudFrontError } from './cloudfront-error.ts';
import type { ConnectionGroup, ConnectionGroupConfig } from './connection-group.ts';
import { checkIfMatch } from './if-match.ts';
import type { RandomIds } from './random-ids.ts';
import { currentConfig, deployTime, isDeployed, withRevision } from './revisions.ts';
import { checkTags } from './tags.ts';

export interface ConnectionGroupDependencies {
  readonly persistence: Persistence;
  readonly now: () => number;
  readonly settings: LocalCloudSettings;
  readonly ids: RandomIds;
  /** Whether a tenant is or may still be served through it. */
  readonly isUsed: (connectionGroupId: string) => boolean;
}

export interface NewConnectionGroup {
  readonly name: string;
  readonly config: ConnectionGroupConfig;
  readonly tags: Readonly<Record<string, string>>;
}

const ON: ConnectionGroupConfig = { enabled: true, ipv6Enabled: true };

/** What CloudFront knows of connection groups. Methods throw CloudFrontError. */
export class ConnectionGroups {
  readonly #dependencies: ConnectionGroupDependencies;
  readonly #groups: Collection<ConnectionGroup>;

  constructor(dependencies: ConnectionGroupDependencies) {
    this.#dependencies = dependencies;
    this.#groups = new Collection(dependencies.persistence, 'cloudfront-connection-groups');
  }

  /** By id: an order that stays what it is while groups come and go. */
  list(): readonly ConnectionGroup[] {
    return [...this.#groups.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  get(id: string): ConnectionGroup {
    return found(this.#groups.get(id));
  }

  /** By id, name or ARN. */
  identified(identifier: string): ConnectionGroup {
    return found(this.list().find(({ id, name, arn }) => [id, name, arn].includes(identifier)));
  }

  byRoutingEndpoint(routingEndpoint: string): ConnectionGroup {
    return found(this.list().find((group) => group.routingEndpoint === routingEndpoint));
  }

  create(
    { name, config, tags }: NewConnectionGroup,
    { deployTimeMs }: { readonly deployTimeMs: number } = this.#dependencies.settings,
  ): ConnectionGroup {
    checkTags(tags);
    if (name === '') throw new CloudFrontError('InvalidArgument', 'The parameter Name is required.');
    if (this.list().some((other) => other.name === name)) {
      throw new CloudFrontError('EntityAlreadyExists', `A connection group with the name ${name} already exists.`);
    }
    return this.#make(this.#dependencies.ids.long('cg_'), { name, config, tags, deployTimeMs, isDefault: false });
  }

  /** The account's default group, made when it is first asked for. */
  default(): ConnectionGroup {
    const known = this.list().find((group) => group.isDefault);
    if (known) return known;
    const id = this.#dependencies.ids.long('cg_');
    const { deployTimeMs } = this.#dependencies.settings;
    return this.#make(id, { name: `CreatedByCloudFront-${id}`, config: ON, tags: {}, deployTimeMs, isDefault: true });
  }

  update(id: string, change: Partial<ConnectionGroupConfig>, ifMatch: string | undefined): ConnectionGroup {
    const group = this.get(id);
    checkIfMatch(group, ifMatch);
    const at = this.#dependencies.now();
    const config = { ...currentConfig(group), ...change };
    const deployedAt = deployTime(group, at, this.#dependencies.settings.deployTimeMs);
    return this.#keep(withRevision(group, { config, deployedAt }, { at, etag: this.#dependencies.ids.short('E') }));
  }

  remove(id: string, ifMatch: string | undefined): void {
    const group = this.get(id);
    checkIfMatch(group, ifMatch);
    if (this.#dependencies.isUsed(id)) {
      throw new CloudFrontError('CannotDeleteEntityWhileInUse', 'Distribution tenants use the connection group.');
    }
    if (currentConfig(group).enabled || !isDeployed(group, this.#dependencies.now())) {
      throw new CloudFrontError('ResourceNotDisabled',
        'The connection group has not been disabled, or the change is not deployed yet.');
    }
    this.#groups.delete(id);
  }

  setTags(group: ConnectionGroup, tags: Readonly<Record<string, string>>): void {
    checkTags(tags);
    this.#keep({ ...group, tags });
  }

  #make(id: string, made: NewConnectionGroup & { deployTimeMs: number; isDefault: boolean }): ConnectionGroup {
    const { name, config, tags, deployTimeMs, isDefault } = made;
    const { now, settings, ids } = this.#dependencies;
    const at = now();
    return this.#keep({
      id, arn: `arn:aws:cloudfront::${settings.accountId}:connection-group/${id}`, name, isDefault, tags,
      routingEndpoint: ids.domainName(), etag: ids.short('E'), createdAt: at, lastModifiedAt: at,
      revisions: [{ config, deployedAt: at + deployTimeMs }],
    });
  }

  #keep(group: ConnectionGroup): ConnectionGroup {
    this.#groups.set(group.id, group);
    return group;
  }
}

function found(group: ConnectionGroup | undefined): ConnectionGroup {
  if (group) return group;
  throw new CloudFrontError('EntityNotFound', 'The connection group was not found.');
}
