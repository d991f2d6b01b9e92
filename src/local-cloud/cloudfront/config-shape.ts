import { CloudFrontError } from './cloudfront-error.ts';
import { childAt, childrenOf, textAt } from './xml.ts';
import type { XmlElement } from './xml.ts';

/**
 * The rules of form for any tree CloudFront is sent: members that must be there, texts that must be
 * booleans, numbers or one of a list (MalformedXML), and every Quantity equal to its Items
 * (InconsistentQuantities). Members this file does not know pass.
 */
export function checkShape(root: XmlElement): void {
  visit(root, lowerFirst(root.name));
}

/** IllegalUpdate unless the members that CloudFront fills in at creation are all sent back, `exempt` ones apart. */
export function checkRequiredForUpdates(parent: XmlElement, exempt: ReadonlySet<string>): void {
  for (const name of REQUIRED_FOR_UPDATES[parent.name] ?? []) {
    if (exempt.has(name) || childrenOf(parent, name)[0]) continue;
    throw new CloudFrontError('IllegalUpdate', `${name} is required for updates.`);
  }
  childrenOf(parent).forEach((child) => checkRequiredForUpdates(child, exempt));
}

function visit(at: XmlElement, path: string, parentName = ''): void {
  for (const name of REQUIRED[at.name] ?? REQUIRED[`${parentName}.${at.name}`] ?? []) {
    if (!childrenOf(at, name)[0]) throw isNull(`${path}.${lowerFirst(name)}`);
  }
  checkText(at, path, parentName);
  checkQuantity(at, path);
  childrenOf(at).forEach((child, index) => {
    const isItem = at.name === 'Items' || child.name === 'member';
    visit(child, isItem ? `${path}.${index + 1}.member` : `${path}.${lowerFirst(child.name)}`, at.name);
  });
}

function checkText(at: XmlElement, path: string, parentName: string): void {
  const allowed = BOOLEANS.has(at.name) ? ['true', 'false'] : ENUMS[at.name] ?? ENUMS[`${parentName}.${at.name}`];
  if (!allowed || (typeof at.content === 'string' && allowed.includes(at.content))) return;
  throw malformed(`Value '${textAt(at)}' at '${path}' failed to satisfy constraint: ` +
    `Member must satisfy enum value set: [${allowed.join(', ')}]`);
}

function checkQuantity(at: XmlElement, path: string): void {
  const items = childrenOf(at, 'Items')[0];
  const quantity = textAt(at, 'Quantity');
  if (!childAt(at, 'Quantity')) {
    if (items && !UNCOUNTED.has(at.name)) throw isNull(`${path}.quantity`);
    return;
  }
  if (!/^\d+$/.test(quantity)) throw malformed(`Value '${quantity}' at '${path}.quantity' is not a number`);
  if (Number(quantity) !== childrenOf(items).length) {
    throw new CloudFrontError('InconsistentQuantities',
      `The value of Quantity and the size of Items do not match at '${path}'.`);
  }
}

function isNull(path: string): CloudFrontError {
  return malformed(`Value null at '${path}' failed to satisfy constraint: Member must not be null`);
}

function malformed(detail: string): CloudFrontError {
  return new CloudFrontError('MalformedXML', `1 validation error detected: ${detail}`);
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

const BEHAVIOR = ['TargetOriginId', 'ViewerProtocolPolicy'];

/**
 * By element name, with that of its parent where one name has several meanings; `Quantity` apart, which
 * is checked wherever there are `Items`.
 */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  DistributionConfigWithTags: ['DistributionConfig', 'Tags'],
  DistributionConfig: ['CallerReference', 'Origins', 'DefaultCacheBehavior', 'Comment', 'Enabled'],
  Aliases: ['Quantity'],
  Origins: ['Quantity', 'Items'],
  Origin: ['Id', 'DomainName'],
  OriginCustomHeader: ['HeaderName', 'HeaderValue'],
  S3OriginConfig: ['OriginAccessIdentity'],
  CustomOriginConfig: ['HTTPPort', 'HTTPSPort', 'OriginProtocolPolicy'],
  OriginShield: ['Enabled'],
  OriginGroup: ['Id', 'FailoverCriteria', 'Members'],
  OriginGroupMember: ['OriginId'],
  DefaultCacheBehavior: BEHAVIOR,
  CacheBehaviors: ['Quantity'],
  CacheBehavior: ['PathPattern', ...BEHAVIOR],
  TrustedSigners: ['Enabled', 'Quantity'],
  TrustedKeyGroups: ['Enabled', 'Quantity'],
  LambdaFunctionAssociation: ['LambdaFunctionARN', 'EventType'],
  FunctionAssociation: ['FunctionARN', 'EventType'],
  ForwardedValues: ['QueryString', 'Cookies'],
  Cookies: ['Forward'],
  CustomErrorResponse: ['ErrorCode'],
  Restrictions: ['GeoRestriction'],
  GeoRestriction: ['RestrictionType', 'Quantity'],
  InvalidationBatch: ['Paths', 'CallerReference'],
  Paths: ['Quantity'],
  Tag: ['Key'],
  ListDomainConflictsRequest: ['Domain', 'DomainControlValidationResource'],
  UpdateDomainAssociationRequest: ['Domain', 'TargetResource'],
  CreateConnectionGroupRequest: ['Name'],
  CreateDistributionTenantRequest: ['DistributionId', 'Name', 'Domains'],
  VerifyDnsConfigurationRequest: ['Identifier'],
  'Domains.member': ['Domain'],
  'Parameters.member': ['Name', 'Value'],
  'Customizations.Certificate': ['Arn'],
  WebAcl: ['Action'],
  GeoRestrictions: ['RestrictionType'],
  'ParameterDefinitions.member': ['Name', 'Definition'],
  StringSchema: ['Required'],
};

const REQUIRED_FOR_UPDATES: Readonly<Record<string, readonly string[]>> = {
  DistributionConfig: [
    'Aliases', 'DefaultRootObject', 'CacheBehaviors', 'CustomErrorResponses', 'Logging', 'PriceClass',
    'ViewerCertificate', 'Restrictions', 'WebACLId', 'HttpVersion', 'IsIPV6Enabled',
  ],
  Origin: ['OriginPath', 'CustomHeaders'],
  CustomOriginConfig: ['OriginReadTimeout', 'OriginKeepaliveTimeout'],
};

const BOOLEANS = new Set([
  'Enabled', 'IncludeCookies', 'IncludeBody', 'Compress', 'SmoothStreaming', 'QueryString', 'IsIPV6Enabled',
  'CloudFrontDefaultCertificate', 'Staging', 'Ipv6Enabled', 'Required',
]);

const ENUMS: Readonly<Record<string, readonly string[]>> = {
  ViewerProtocolPolicy: ['allow-all', 'https-only', 'redirect-to-https'],
  OriginProtocolPolicy: ['http-only', 'match-viewer', 'https-only'],
  SslProtocol: ['SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2'],
  Method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'OPTIONS', 'DELETE'],
  EventType: ['viewer-request', 'viewer-response', 'origin-request', 'origin-response'],
  Forward: ['none', 'whitelist', 'all'],
  PriceClass: ['PriceClass_100', 'PriceClass_200', 'PriceClass_All', 'None'],
  HttpVersion: ['http1.1', 'http2', 'http3', 'http2and3'],
  RestrictionType: ['blacklist', 'whitelist', 'none'],
  SSLSupportMethod: ['sni-only', 'vip', 'static-ip'],
  ConnectionMode: ['direct', 'tenant-only'],
  'WebAcl.Action': ['override', 'disable'],
};

/** Lists that have no Quantity in the service model. */
const UNCOUNTED = new Set(['Tags', 'TagKeys']);
