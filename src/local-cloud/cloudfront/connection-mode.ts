import { CloudFrontError } from './cloudfront-error.ts';
import { aliasesOf, isTenantOnly } from './distribution-config.ts';
import { childAt, childrenOf } from './xml.ts';
import type { XmlElement } from './xml.ts';

const STANDARD_ONLY: ReadonlySet<string> = new Set([
  'PriceClass', 'IsIPV6Enabled', 'Staging', 'ContinuousDeploymentPolicyId', 'AnycastIpListId',
  'TrustedSigners', 'SmoothStreaming', 'MinTTL', 'DefaultTTL', 'MaxTTL', 'ForwardedValues',
]);

/** What CloudFront neither asks for nor fills in, because the distribution serves tenants only. */
export function leftOutOf(config: XmlElement): ReadonlySet<string> {
  return isTenantOnly(config) ? new Set([...STANDARD_ONLY, 'Aliases']) : new Set();
}

/** InvalidArgument for members of the other kind of distribution, as the service model marks them. */
export function checkConnectionMode(config: XmlElement): void {
  if (!isTenantOnly(config)) {
    if (childAt(config, 'TenantConfig')) throw unsupported('TenantConfig', 'standard distributions');
    return;
  }
  if (aliasesOf(config).length > 0) throw unsupported('Aliases', 'multi-tenant distributions');
  const behaviors = [
    childAt(config, 'DefaultCacheBehavior'), ...childrenOf(childAt(config, 'CacheBehaviors', 'Items'), 'CacheBehavior'),
  ];
  const members = [config, ...behaviors].flatMap((parent) => childrenOf(parent));
  const stranger = members.find(({ name }) => STANDARD_ONLY.has(name));
  if (stranger) throw unsupported(stranger.name, 'multi-tenant distributions');
}

function unsupported(member: string, kind: string): CloudFrontError {
  return new CloudFrontError('InvalidArgument', `The parameter ${member} can't be specified for ${kind}.`);
}
