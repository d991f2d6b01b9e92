import { isoTime } from './answer.ts';
import { CloudFrontError } from './cloudfront-error.ts';
import type { CloudFrontState } from './cloudfront-state.ts';
import { currentConfig, statusOf } from './revisions.ts';
import { tagsElements } from './tags.ts';
import type { SentTenantConfig, Tenant } from './tenant.ts';
import { booleanAt, childAt, childrenOf, element, textAt } from './xml.ts';
import type { XmlElement } from './xml.ts';

/** `DistributionTenant`, what every operation on one tenant answers. */
export function tenantElement(state: CloudFrontState, tenant: Tenant): XmlElement {
  const { parameters } = currentConfig(tenant);
  return element('DistributionTenant', [
    ...headOf(state, tenant), ...tagsElements(tenant.tags), ...parameters ? [parameters] : [],
  ]);
}

/** `DistributionTenantSummary`, what lists answer. */
export function tenantSummary(state: CloudFrontState, tenant: Tenant): XmlElement {
  return element('DistributionTenantSummary', [...headOf(state, tenant), element('ETag', tenant.etag)]);
}

function headOf(state: CloudFrontState, tenant: Tenant): readonly XmlElement[] {
  const config = currentConfig(tenant);
  const domains = config.domains.map((domain) => element('member', [
    element('Domain', domain), element('Status', state.tenants.domainStatus(config, domain)),
  ]));
  return [
    element('Id', tenant.id), element('DistributionId', config.distributionId), element('Name', tenant.name),
    element('Arn', tenant.arn), element('Domains', domains), ...config.customizations ? [config.customizations] : [],
    element('ConnectionGroupId', config.connectionGroupId),
    element('CreatedTime', isoTime(tenant.createdAt)), element('LastModifiedTime', isoTime(tenant.lastModifiedAt)),
    element('Enabled', config.enabled), element('Status', statusOf(tenant, state.dependencies.now())),
  ];
}

/**
 * The configuration in a request. `Customizations` and `Parameters` that are not sent are none; the other
 * members are then as `before` has them, as AWS's own example of an update shows.
 */
export function readTenantConfig(body: XmlElement, before: SentTenantConfig): SentTenantConfig {
  if (childAt(body, 'ManagedCertificateRequest')) {
    throw new CloudFrontError('UnsupportedOperation', 'The embedded cloud has no managed certificates: ' +
      'request one from ACM and give its ARN as Customizations.Certificate.Arn.');
  }
  const [customizations, parameters] = [childAt(body, 'Customizations'), childAt(body, 'Parameters')];
  const connectionGroupId = textAt(body, 'ConnectionGroupId') || before.connectionGroupId;
  return {
    distributionId: textAt(body, 'DistributionId') || before.distributionId,
    ...connectionGroupId === undefined ? {} : { connectionGroupId },
    domains: childAt(body, 'Domains') ? readDomains(body) : before.domains,
    enabled: booleanAt(body, 'Enabled') ?? before.enabled,
    ...customizations ? { customizations } : {},
    ...parameters ? { parameters } : {},
  };
}

function readDomains(body: XmlElement): readonly string[] {
  return childrenOf(childAt(body, 'Domains'), 'member').map((item) => textAt(item, 'Domain'));
}
