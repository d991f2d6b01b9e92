import { CloudFrontError } from './cloudfront-error.ts';
import { certificateArnOf, isTenantOnly } from './distribution-config.ts';
import { isAlias } from './host-pattern.ts';
import { ownCertificateOf } from './tenant.ts';
import type { SentTenantConfig } from './tenant.ts';
import { coversAlias, issuedNames, NO_CERTIFICATE } from './viewer-certificate.ts';
import type { CertificateLookup } from './viewer-certificate.ts';
import { childAt, childrenOf, textAt } from './xml.ts';
import type { XmlElement } from './xml.ts';

/** CloudFront's quota of domains on one tenant. */
export const DOMAINS_PER_TENANT = 5;

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9-.]{1,126}[a-zA-Z0-9]$/;

export function checkTenantName(name: string): void {
  if (!NAME.test(name)) throw invalid('The parameter Name must be 3 to 128 letters, digits, hyphens and dots.');
}

/**
 * The rules that need no other tenant: InvalidAssociation for a distribution of the wrong kind, otherwise
 * InvalidArgument or EntityLimitExceeded (the operations declare no error of their own for certificates).
 */
export function checkTenantConfig(
  config: SentTenantConfig, distributionConfig: XmlElement, certificate: CertificateLookup,
): void {
  if (!isTenantOnly(distributionConfig)) {
    throw new CloudFrontError('InvalidAssociation',
      'A distribution tenant can only be associated with a multi-tenant distribution.');
  }
  checkDomains(config.domains);
  checkParameters(config, distributionConfig);
  const arn = certificateArnFor(config, distributionConfig);
  const names = issuedNames(arn, certificate);
  if (!names && arn !== undefined) throw invalid(NO_CERTIFICATE);
  const uncovered = config.domains.find((domain) => !coversAlias(names ?? [], domain));
  if (uncovered !== undefined) {
    throw invalid(`The domain ${uncovered} is not covered by the certificate of the tenant or its distribution.`);
  }
}

/** Its own certificate, otherwise that of its distribution. */
export function certificateArnFor(config: SentTenantConfig, distributionConfig: XmlElement): string | undefined {
  return ownCertificateOf(config) ?? certificateArnOf(distributionConfig);
}

function checkDomains(domains: readonly string[]): void {
  if (domains.length === 0) throw invalid('The parameter Domains must hold at least one domain.');
  const bad = domains.find((domain, index) => !isAlias(domain) || domains.indexOf(domain) !== index);
  if (bad !== undefined) throw invalid(`The domain ${bad} is not valid or given twice.`);
  if (domains.length > DOMAINS_PER_TENANT) {
    throw new CloudFrontError('EntityLimitExceeded', `A tenant has at most ${DOMAINS_PER_TENANT} domains.`);
  }
}

/** Each is defined by the distribution and given once; those it requires are there. */
function checkParameters({ parameters }: SentTenantConfig, distributionConfig: XmlElement): void {
  const definitions = childrenOf(childAt(distributionConfig, 'TenantConfig', 'ParameterDefinitions'), 'member');
  const defined = definitions.map((definition) => textAt(definition, 'Name'));
  const given = childrenOf(parameters, 'member').map((parameter) => textAt(parameter, 'Name'));
  const bad = given.find((name, index) => !defined.includes(name) || given.indexOf(name) !== index);
  if (bad !== undefined) throw invalid(`The parameter ${bad} is not defined by the distribution or given twice.`);
  const missing = definitions
    .filter((definition) => textAt(definition, 'Definition', 'StringSchema', 'Required') === 'true')
    .map((definition) => textAt(definition, 'Name'))
    .find((name) => !given.includes(name));
  if (missing !== undefined) throw invalid(`The distribution requires a value for the parameter ${missing}.`);
}

function invalid(message: string): CloudFrontError {
  return new CloudFrontError('InvalidArgument', message);
}
