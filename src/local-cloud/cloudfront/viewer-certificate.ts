import { CloudFrontError } from './cloudfront-error.ts';
import { aliasesOf, certificateArnOf, isTenantOnly } from './distribution-config.ts';
import { coversHost } from './host-pattern.ts';
import { childAt, textAt } from './xml.ts';
import type { XmlElement } from './xml.ts';

/** What CloudFront sees of a certificate in ACM; undefined when there is none of that ARN. */
export type CertificateLookup = (arn: string) =>
  { readonly status: string; readonly names: readonly string[] } | undefined;

const ACM_ARN = /^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\/.+$/;

export const NO_CERTIFICATE = 'The specified SSL certificate doesn\'t exist, isn\'t in us-east-1 region, ' +
  'isn\'t valid, or doesn\'t include a valid certificate chain.';

const MINIMUM_PROTOCOLS = [
  'SSLv3', 'TLSv1', 'TLSv1_2016', 'TLSv1.1_2016', 'TLSv1.2_2018', 'TLSv1.2_2019', 'TLSv1.2_2021', 'TLSv1.2_2025',
  'TLSv1.3_2025',
];

/** One certificate, issued, in us-east-1, that covers every alias; or CloudFront's own and no alias. */
export function checkViewerCertificate(config: XmlElement, lookup: CertificateLookup): void {
  const arn = certificateArnOf(config);
  if (arn === undefined) {
    checkDefaultCertificate(config);
    return;
  }
  checkAcmSettings(config);
  const names = issuedNames(arn, lookup);
  if (!names) throw invalid(NO_CERTIFICATE);
  if (!aliasesOf(config).every((alias) => coversAlias(names, alias))) {
    throw invalid('The certificate that is attached to your distribution doesn\'t cover the alternate domain ' +
      'name (CNAME) that you\'re trying to add.');
  }
}

/** What an issued certificate of ACM in us-east-1 covers; undefined when it is none. */
export function issuedNames(arn: string | undefined, lookup: CertificateLookup): readonly string[] | undefined {
  const certificate = arn !== undefined && ACM_ARN.test(arn) ? lookup(arn) : undefined;
  return certificate?.status === 'ISSUED' ? certificate.names : undefined;
}

export function coversAlias(certificateNames: readonly string[], alias: string): boolean {
  return certificateNames.some((name) => coversHost(name, alias));
}

function checkDefaultCertificate(config: XmlElement): void {
  const settings = childAt(config, 'ViewerCertificate');
  // Certificates kept in IAM are another service, which the embedded cloud does not have.
  if (textAt(settings, 'IAMCertificateId')) throw invalid(NO_CERTIFICATE);
  if (aliasesOf(config).length > 0) {
    throw invalid('To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted ' +
      'certificate that validates your authorization to use the domain name.');
  }
  if (textAt(settings, 'CloudFrontDefaultCertificate') === 'false') {
    throw invalid('A certificate must be specified when CloudFrontDefaultCertificate is false.');
  }
}

function checkAcmSettings(config: XmlElement): void {
  const settings = childAt(config, 'ViewerCertificate');
  if (textAt(settings, 'CloudFrontDefaultCertificate') === 'true' || textAt(settings, 'IAMCertificateId')) {
    throw invalid('Only one of CloudFrontDefaultCertificate, IAMCertificateId and ACMCertificateArn may be set.');
  }
  const method = textAt(settings, 'SSLSupportMethod');
  const protocol = textAt(settings, 'MinimumProtocolVersion');
  if (!method) throw invalid('SSLSupportMethod is required with an ACM certificate.');
  if (isTenantOnly(config)) {
    if (method !== 'sni-only') throw invalid('Multi-tenant distributions support SNI only.');
    if (!protocol) return;
  }
  if (!protocol) throw invalid('MinimumProtocolVersion is required with an ACM certificate.');
  if (!MINIMUM_PROTOCOLS.includes(protocol) || (method === 'sni-only' && protocol === 'SSLv3')) {
    throw new CloudFrontError('InvalidMinimumProtocolVersion', 'The minimum protocol version specified is not valid.');
  }
}

function invalid(message: string): CloudFrontError {
  return new CloudFrontError('InvalidViewerCertificate', message);
}
