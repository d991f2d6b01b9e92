import type { Certificate, CertificateStatus } from './certificate.ts';

/** Every FailureReason of ACM (API reference of CertificateDetail) in words for the name's owner. */
const FAILURES: Readonly<Record<string, string>> = {
  ADDITIONAL_VERIFICATION_REQUIRED:
    'Amazon wants to verify this name by hand, as it does for well-known brands. The operator has to open a case with AWS Support.',
  CAA_ERROR:
    'A CAA record of the domain does not allow Amazon to issue certificates. Add a CAA record that allows amazon.com, or remove the CAA records.',
  DOMAIN_NOT_ALLOWED:
    'Amazon refuses certificates for this name, usually because it was reported as unsafe (Google Safe Browsing lists it). Have it cleared there first.',
  DOMAIN_VALIDATION_DENIED:
    'The request for this name was denied by the holder of the domain. Ask whoever runs the domain.',
  INVALID_PUBLIC_DOMAIN:
    'The name is not below a public top-level domain, so no public certificate can be issued. Check its spelling.',
  NO_AVAILABLE_CONTACTS:
    'Amazon found nobody to ask for approval of this name. Add the DNS record instead of approving by mail.',
  SLR_NOT_FOUND:
    'The AWS account lacks the service-linked role that certificates need. The operator has to create it.',
  OTHER: 'Amazon gave no cause.',
  PCA_ACCESS_DENIED: privateAuthority('refused access'),
  PCA_INVALID_ARGS: privateAuthority('was called with invalid arguments'),
  PCA_INVALID_ARN: privateAuthority('was not found under its ARN'),
  PCA_INVALID_DURATION: privateAuthority('ends before the certificate would'),
  PCA_INVALID_STATE: privateAuthority('is not active'),
  PCA_LIMIT_EXCEEDED: privateAuthority('has reached its limit of certificates'),
  PCA_NAME_CONSTRAINTS_VALIDATION: privateAuthority('may not issue for this name'),
  PCA_REQUEST_FAILED: privateAuthority('did not answer the request'),
  PCA_RESOURCE_NOT_FOUND: privateAuthority('does not exist'),
};

function privateAuthority(what: string): string {
  return `The private certificate authority ${what}. The operator has to look at the AWS account.`;
}

/** A certificate in one of these will never be issued, or serves no more. */
export function isEnded(status: CertificateStatus | 'REQUESTED'): boolean {
  return status !== 'REQUESTED' && status !== 'PENDING_VALIDATION' && status !== 'ISSUED';
}

/** Why a certificate that has ended was not issued, or is not good any more: full sentences. */
export function certificateFailure(certificate: Pick<Certificate, 'status' | 'failureReason'>): string {
  switch (certificate.status) {
    case 'VALIDATION_TIMED_OUT':
      return 'The DNS record did not appear within the 72 hours that Amazon waits for it.';
    case 'EXPIRED':
      return 'The certificate has expired, because the DNS record was gone when it had to be renewed.';
    case 'REVOKED':
      return 'The certificate was revoked.';
    case 'INACTIVE':
      return 'The certificate is inactive.';
    case 'FAILED':
    case 'PENDING_VALIDATION':
    case 'ISSUED':
      return FAILURES[certificate.failureReason ?? 'OTHER']
        ?? `Amazon gave the cause ${certificate.failureReason ?? 'OTHER'}.`;
  }
}
