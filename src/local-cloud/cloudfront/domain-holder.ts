import { checkAliases } from './check-config.ts';
import { certificateArnFor, DOMAINS_PER_TENANT } from './check-tenant.ts';
import { CloudFrontError } from './cloudfront-error.ts';
import type { CloudFrontState } from './cloudfront-state.ts';
import { aliasesOf, certificateArnOf, isEnabled, isTenantOnly, withAliases } from './distribution-config.ts';
import type { Distribution } from './distribution.ts';
import { currentConfig } from './revisions.ts';
import type { Tenant } from './tenant.ts';

/** What domains can be moved between: a distribution with its aliases, or a distribution tenant. */
export interface DomainHolder {
  readonly kind: 'distribution' | 'distribution-tenant';
  readonly id: string;
  readonly etag: string;
  readonly domains: readonly string[];
  readonly isEnabled: boolean;
  /** What the TXT record of a domain has to name that is to move here. */
  readonly endpoint: string;
  readonly certificateArn: string | undefined;
  /** Refuses what the holder cannot have. */
  readonly checkDomains: (domains: readonly string[]) => void;
  readonly withDomains: (domains: readonly string[]) => DomainHolder;
}

export function distributionHolder(state: CloudFrontState, distribution: Distribution): DomainHolder {
  const { id, etag, domainName } = distribution;
  const config = currentConfig(distribution);
  return {
    kind: 'distribution', id, etag, endpoint: domainName, domains: aliasesOf(config), isEnabled: isEnabled(config),
    certificateArn: certificateArnOf(config),
    checkDomains: (domains) => {
      if (isTenantOnly(config)) {
        throw new CloudFrontError('IllegalUpdate', 'A multi-tenant distribution can\'t have alternate domain names.');
      }
      checkAliases(domains, state.dependencies.settings.aliasesPerDistribution);
    },
    withDomains: (domains) => distributionHolder(state, state.accept(distribution, withAliases(config, domains))),
  };
}

export function tenantHolder(state: CloudFrontState, tenant: Tenant): DomainHolder {
  const { id, etag } = tenant;
  const config = currentConfig(tenant);
  return {
    kind: 'distribution-tenant', id, etag, domains: config.domains, isEnabled: config.enabled,
    endpoint: state.connectionGroups.get(config.connectionGroupId).routingEndpoint,
    certificateArn: certificateArnFor(config, currentConfig(state.get(config.distributionId))),
    checkDomains: ({ length }) => {
      if (length <= DOMAINS_PER_TENANT) return;
      throw new CloudFrontError('IllegalUpdate', `A tenant has at most ${DOMAINS_PER_TENANT} domains.`);
    },
    withDomains: (domains) => tenantHolder(state, state.tenants.accept(tenant, { ...config, domains })),
  };
}

/** Everything that holds domains, distributions first. */
export function domainHolders(state: CloudFrontState): readonly DomainHolder[] {
  return [
    ...state.list().map((distribution) => distributionHolder(state, distribution)),
    ...state.tenants.list().map((tenant) => tenantHolder(state, tenant)),
  ];
}
