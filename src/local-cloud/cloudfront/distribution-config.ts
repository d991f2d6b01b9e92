import { childAt, childrenOf, element, textAt, withChild } from './xml.ts';
import type { XmlElement } from './xml.ts';

/** What the embedded cloud reads in a `DistributionConfig`; everything else is kept and given back. */
export function aliasesOf(config: XmlElement): readonly string[] {
  return childrenOf(childAt(config, 'Aliases', 'Items'), 'CNAME').map((alias) => textAt(alias));
}

export function certificateArnOf(config: XmlElement): string | undefined {
  return textAt(config, 'ViewerCertificate', 'ACMCertificateArn') || undefined;
}

export function callerReferenceOf(config: XmlElement): string {
  return textAt(config, 'CallerReference');
}

export function isEnabled(config: XmlElement): boolean {
  return textAt(config, 'Enabled') === 'true';
}

/** Serves viewers through distribution tenants and a connection group, never by itself. */
export function isTenantOnly(config: XmlElement): boolean {
  return textAt(config, 'ConnectionMode') === 'tenant-only';
}

export function originsOf(config: XmlElement): readonly XmlElement[] {
  return childrenOf(childAt(config, 'Origins', 'Items'), 'Origin');
}

export function originGroupsOf(config: XmlElement): readonly XmlElement[] {
  return childrenOf(childAt(config, 'OriginGroups', 'Items'), 'OriginGroup');
}

/** Of the default behaviour's origin; of the first member when that is an origin group. */
export function originDomainOf(config: XmlElement): string {
  const target = textAt(config, 'DefaultCacheBehavior', 'TargetOriginId');
  const group = originGroupsOf(config).find((candidate) => textAt(candidate, 'Id') === target);
  const originId = group ? textAt(group, 'Members', 'Items', 'OriginGroupMember', 'OriginId') : target;
  return textAt(originsOf(config).find((origin) => textAt(origin, 'Id') === originId), 'DomainName');
}

export function withAliases(config: XmlElement, aliases: readonly string[]): XmlElement {
  return withChild(config, element('Aliases', [
    element('Quantity', aliases.length),
    ...aliases.length === 0 ? [] : [element('Items', aliases.map((alias) => element('CNAME', alias)))],
  ]));
}

/**
 * The configuration as CloudFront keeps it: members left out get its defaults, `leftOut` apart, and
 * the viewer certificate says the same thing in its deprecated members too. Nothing that was sent is dropped.
 */
export function completeConfig(config: XmlElement, leftOut: ReadonlySet<string>): XmlElement {
  const completed = complete(config, leftOut);
  const certificate = element('ViewerCertificate', childrenOf(childAt(completed, 'ViewerCertificate')));
  return withChild(completed, viewerCertificateMembers(config).reduce(withChild, certificate));
}

function viewerCertificateMembers(config: XmlElement): readonly XmlElement[] {
  const arn = certificateArnOf(config);
  const minimumProtocol = textAt(config, 'ViewerCertificate', 'MinimumProtocolVersion') || 'TLSv1.2_2021';
  return arn === undefined
    ? [
      element('CloudFrontDefaultCertificate', true),
      element('SSLSupportMethod', isTenantOnly(config) ? 'sni-only' : 'vip'),
      element('MinimumProtocolVersion', 'TLSv1'), element('CertificateSource', 'cloudfront'),
    ]
    : [
      element('CloudFrontDefaultCertificate', false), element('MinimumProtocolVersion', minimumProtocol),
      element('Certificate', arn), element('CertificateSource', 'acm'),
    ];
}

function complete(parent: XmlElement, leftOut: ReadonlySet<string>): XmlElement {
  const children = childrenOf(parent);
  if (children.length === 0) return parent;
  const missing = (DEFAULTS[parent.name] ?? []).filter(({ name }) =>
    !leftOut.has(name) && children.every((child) => child.name !== name));
  return { name: parent.name, content: [...children.map((child) => complete(child, leftOut)), ...missing] };
}

const none = (name: string): XmlElement => element(name, [element('Quantity', 0)]);
const nobody = (name: string): XmlElement => element(name, [element('Enabled', false), element('Quantity', 0)]);

const BEHAVIOR_DEFAULTS = [
  nobody('TrustedSigners'), nobody('TrustedKeyGroups'), none('LambdaFunctionAssociations'),
  none('FunctionAssociations'), element('SmoothStreaming', false), element('Compress', false),
  element('FieldLevelEncryptionId', ''),
];

const DEFAULTS: Readonly<Record<string, readonly XmlElement[]>> = {
  DistributionConfig: [
    none('Aliases'), element('DefaultRootObject', ''), none('OriginGroups'), none('CacheBehaviors'),
    none('CustomErrorResponses'),
    element('Logging', [
      element('Enabled', false), element('IncludeCookies', false), element('Bucket', ''), element('Prefix', ''),
    ]),
    element('PriceClass', 'PriceClass_All'),
    element('ViewerCertificate', []),
    element('Restrictions', [
      element('GeoRestriction', [element('RestrictionType', 'none'), element('Quantity', 0)]),
    ]),
    element('WebACLId', ''), element('HttpVersion', 'http2'), element('IsIPV6Enabled', true),
    element('ContinuousDeploymentPolicyId', ''), element('Staging', false),
  ],
  Origin: [
    element('OriginPath', ''), none('CustomHeaders'), element('ConnectionAttempts', 3),
    element('ConnectionTimeout', 10), element('OriginShield', [element('Enabled', false)]),
    element('OriginAccessControlId', ''),
  ],
  CustomOriginConfig: [element('OriginReadTimeout', 30), element('OriginKeepaliveTimeout', 5)],
  DefaultCacheBehavior: BEHAVIOR_DEFAULTS,
  CacheBehavior: BEHAVIOR_DEFAULTS,
};
