import type { WireResponse } from '../wire.ts';
import { emptyAnswer, xmlAnswer } from './answer.ts';
import { CloudFrontError } from './cloudfront-error.ts';
import type { CloudFrontState } from './cloudfront-state.ts';
import { bodyOf, idOf, ifMatchOf, optionalBodyOf, pageOf, requiredQuery } from './exchange.ts';
import type { Exchange, Route } from './exchange.ts';
import { currentConfig } from './revisions.ts';
import { readTags } from './tags.ts';
import { readTenantConfig, tenantElement, tenantSummary } from './tenant-element.ts';
import { ownCertificateOf, webAclOf } from './tenant.ts';
import type { Tenant, TenantConfig } from './tenant.ts';
import { verdictOn } from './verify-dns.ts';
import { childAt, element, textAt } from './xml.ts';
import type { XmlElement } from './xml.ts';

export const TENANT_ROUTES: readonly Route[] = [
  { method: 'POST', path: 'distribution-tenant', answer: createTenant },
  { method: 'GET', path: 'distribution-tenant', answer: getTenantByDomain },
  { method: 'POST', path: 'distribution-tenants', answer: listTenants },
  { method: 'POST', path: 'distribution-tenants-by-customization', answer: listTenantsByCustomization },
  { method: 'POST', path: 'verify-dns-configuration', answer: verifyDnsConfiguration },
  { method: 'GET', path: 'distribution-tenant/*', answer: getTenant },
  { method: 'PUT', path: 'distribution-tenant/*', answer: updateTenant },
  { method: 'DELETE', path: 'distribution-tenant/*', answer: deleteTenant },
];

function createTenant(exchange: Exchange): WireResponse {
  const body = bodyOf(exchange, 'CreateDistributionTenantRequest');
  const config = readTenantConfig(body, { distributionId: '', domains: [], enabled: true });
  const tenant = exchange.state.tenants.create({
    name: textAt(body, 'Name'), config, tags: readTags(childAt(body, 'Tags')),
  });
  return tenantAnswer(201, exchange.state, tenant);
}

function getTenant(exchange: Exchange): WireResponse {
  return tenantAnswer(200, exchange.state, exchange.state.tenants.identified(idOf(exchange)));
}

function getTenantByDomain(exchange: Exchange): WireResponse {
  return tenantAnswer(200, exchange.state, exchange.state.tenants.byDomain(requiredQuery(exchange, 'domain')));
}

function updateTenant(exchange: Exchange): WireResponse {
  const { tenants } = exchange.state;
  const body = optionalBodyOf(exchange, 'UpdateDistributionTenantRequest');
  const before = currentConfig(tenants.get(idOf(exchange)));
  const config: TenantConfig = { connectionGroupId: before.connectionGroupId, ...readTenantConfig(body, before) };
  return tenantAnswer(200, exchange.state, tenants.update(idOf(exchange), config, ifMatchOf(exchange)));
}

function deleteTenant(exchange: Exchange): WireResponse {
  exchange.state.tenants.remove(idOf(exchange), ifMatchOf(exchange));
  return emptyAnswer(204);
}

function listTenants(exchange: Exchange): WireResponse {
  const { state } = exchange;
  const body = optionalBodyOf(exchange, 'ListDistributionTenantsRequest');
  const distributionId = textAt(body, 'AssociationFilter', 'DistributionId');
  const connectionGroupId = textAt(body, 'AssociationFilter', 'ConnectionGroupId');
  if (distributionId && !state.list().some((it) => it.id === distributionId)) {
    throw new CloudFrontError('EntityNotFound', 'The distribution was not found.');
  }
  if (connectionGroupId) state.connectionGroups.get(connectionGroupId);
  return listAnswer('ListDistributionTenantsResult', state, body, (config) =>
    (!distributionId || config.distributionId === distributionId)
    && (!connectionGroupId || config.connectionGroupId === connectionGroupId));
}

function listTenantsByCustomization(exchange: Exchange): WireResponse {
  const body = optionalBodyOf(exchange, 'ListDistributionTenantsByCustomizationRequest');
  const [certificateArn, webAclArn] = [textAt(body, 'CertificateArn'), textAt(body, 'WebACLArn')];
  if (!certificateArn === !webAclArn) {
    throw new CloudFrontError('InvalidArgument', 'Specify either CertificateArn or WebACLArn, but not both.');
  }
  return listAnswer('ListDistributionTenantsByCustomizationResult', exchange.state, body, (config) =>
    (certificateArn ? ownCertificateOf(config) === certificateArn : webAclOf(config) === webAclArn));
}

function listAnswer(
  rootName: string, state: CloudFrontState, body: XmlElement, matches: (config: TenantConfig) => boolean,
): WireResponse {
  const all = state.tenants.list().filter((tenant) => matches(currentConfig(tenant)));
  const { items, members } = pageOf(body, all, (tenant) => tenant.id);
  const summaries = items.map((tenant) => tenantSummary(state, tenant));
  return xmlAnswer(200, element(rootName, [...members, element('DistributionTenantList', summaries)]));
}

function verifyDnsConfiguration(exchange: Exchange): WireResponse {
  const { tenants, connectionGroups, dependencies } = exchange.state;
  const body = bodyOf(exchange, 'VerifyDnsConfigurationRequest');
  const config = currentConfig(tenants.identified(textAt(body, 'Identifier')));
  const domain = textAt(body, 'Domain');
  if (domain && !config.domains.includes(domain)) {
    throw new CloudFrontError('InvalidArgument', 'The distribution tenant doesn\'t have the domain.');
  }
  const { routingEndpoint } = connectionGroups.get(config.connectionGroupId);
  const elements = (domain ? [domain] : config.domains).map((name) => {
    const { status, reason } = verdictOn(dependencies.dnsRoute(name), routingEndpoint);
    return element('DnsConfiguration', [
      element('Domain', name), element('Status', status), ...reason ? [element('Reason', reason)] : [],
    ]);
  });
  return xmlAnswer(200, element('VerifyDnsConfigurationResult', [element('DnsConfigurationList', elements)]));
}

function tenantAnswer(status: number, state: CloudFrontState, tenant: Tenant): WireResponse {
  return xmlAnswer(status, tenantElement(state, tenant), { etag: tenant.etag });
}
