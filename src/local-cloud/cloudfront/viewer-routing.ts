import type { ConnectionGroups } from './connection-groups.ts';
import { aliasesOf, isEnabled, isTenantOnly, originDomainOf } from './distribution-config.ts';
import type { Distribution } from './distribution.ts';
import { wildcardOver } from './host-pattern.ts';
import { deployedConfig } from './revisions.ts';
import type { Tenant } from './tenant.ts';
import type { Tenants } from './tenants.ts';
import type { XmlElement } from './xml.ts';

/** What routing has to know of CloudFront. */
export interface ServingState {
  readonly dependencies: { readonly now: () => number };
  readonly tenants: Tenants;
  readonly connectionGroups: ConnectionGroups;
  list(): readonly Distribution[];
  get(id: string): Distribution;
}

/** What answers a viewer: a distribution, for one of its tenants or in its own name. */
export interface Server {
  readonly distributionId: string;
  readonly originDomain: string;
  readonly distributionTenantId?: string;
}

/** `server` is undefined when it has the name deployed but is disabled. */
interface Claim {
  readonly server: Server | undefined;
}

/**
 * What serves a viewer of this name now: by its exact name, else by a wildcard one level up. The name
 * of something disabled answers undefined and does not fall through.
 */
export function serverOf(state: ServingState, hostname: string): Server | undefined {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  const exact = claimsOf(state, name);
  const claims = exact.length > 0 ? exact : claimsOf(state, wildcardOver(name));
  return claims.find((claim) => claim.server)?.server;
}

function claimsOf(state: ServingState, name: string): readonly Claim[] {
  return [
    ...state.list().flatMap((distribution) => distributionClaim(state, distribution, name)),
    ...state.tenants.holdersOf(name).flatMap((tenant) => tenantClaim(state, tenant, name)),
  ];
}

function distributionClaim(state: ServingState, distribution: Distribution, name: string): readonly Claim[] {
  const config = deployedConfig(distribution, state.dependencies.now());
  // Viewers reach those that serve tenants by no name.
  if (!config || isTenantOnly(config)) return [];
  if (distribution.domainName !== name && !aliasesOf(config).includes(name)) return [];
  return [{ server: isEnabled(config) ? serverBy(distribution, config) : undefined }];
}

/** The tenant, its distribution and its connection group all have to be deployed and enabled. */
function tenantClaim(state: ServingState, tenant: Tenant, name: string): readonly Claim[] {
  const now = state.dependencies.now();
  const config = deployedConfig(tenant, now);
  if (!config?.domains.includes(name)) return [];
  const distribution = state.get(config.distributionId);
  const distributionConfig = deployedConfig(distribution, now);
  const group = deployedConfig(state.connectionGroups.get(config.connectionGroupId), now);
  const isServed = config.enabled && group?.enabled && state.tenants.domainStatus(config, name) === 'active';
  if (!isServed || !distributionConfig || !isEnabled(distributionConfig)) return [{ server: undefined }];
  return [{ server: { ...serverBy(distribution, distributionConfig), distributionTenantId: tenant.id } }];
}

function serverBy({ id }: Distribution, config: XmlElement): Server {
  return { distributionId: id, originDomain: originDomainOf(config) };
}
