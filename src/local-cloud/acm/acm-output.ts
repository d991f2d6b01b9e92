import type { CertificateView } from './acm-state.ts';
import { baseDomain, type CertificateRecord, digest, type Renewal } from './certificate-record.ts';

const SUMMARY_NAMES = 100;
const MAILBOXES = ['admin', 'administrator', 'hostmaster', 'postmaster', 'webmaster'];

/** `Certificate` of DescribeCertificate. */
export function certificateDetail(view: CertificateView): object {
  const { certificate, users } = view;
  const [subject] = certificate.names;
  return {
    CertificateArn: certificate.arn,
    DomainName: subject,
    SubjectAlternativeNames: certificate.names,
    DomainValidationOptions: certificate.names.map((name) => domainValidation(view, name)),
    Subject: `CN=${subject}`,
    Status: certificate.status,
    FailureReason: certificate.failureReason,
    Type: 'AMAZON_ISSUED',
    ManagedBy: certificate.managedBy,
    KeyAlgorithm: wireKeyAlgorithm(certificate),
    SignatureAlgorithm: certificate.keyAlgorithm.startsWith('RSA') ? 'SHA256WITHRSA' : 'SHA256WITHECDSA',
    InUseBy: users,
    RenewalEligibility: renewalEligibility(certificate, users),
    RenewalSummary: certificate.renewal && renewalSummary(view, certificate.renewal),
    KeyUsages: keyUsagesOf(certificate).map((usage) => ({ Name: usage })),
    ExtendedKeyUsages: extendedKeyUsagesOf(certificate).map((usage) => ({ Name: usage, OID: '1.3.6.1.5.5.7.3.1' })),
    Options: { CertificateTransparencyLoggingPreference: 'ENABLED', Export: certificate.exportOption },
    ...issuerOf(certificate),
    ...timesOf(certificate),
  };
}

/** One of `CertificateSummaryList` of ListCertificates. */
export function certificateSummary(certificate: CertificateRecord, users: readonly string[]): object {
  return {
    CertificateArn: certificate.arn,
    DomainName: certificate.names[0],
    SubjectAlternativeNameSummaries: certificate.names.slice(0, SUMMARY_NAMES),
    HasAdditionalSubjectAlternativeNames: certificate.names.length > SUMMARY_NAMES,
    Status: certificate.status,
    Type: 'AMAZON_ISSUED',
    ManagedBy: certificate.managedBy,
    KeyAlgorithm: wireKeyAlgorithm(certificate),
    KeyUsages: keyUsagesOf(certificate),
    ExtendedKeyUsages: extendedKeyUsagesOf(certificate),
    ExportOption: certificate.exportOption,
    InUse: users.length > 0,
    RenewalEligibility: renewalEligibility(certificate, users),
    ...timesOf(certificate),
  };
}

/** Empty until there is a certificate to read them from. */
export function keyUsagesOf({ issuedAt, keyAlgorithm }: CertificateRecord): string[] {
  if (issuedAt === undefined) return [];
  return keyAlgorithm.startsWith('RSA') ? ['DIGITAL_SIGNATURE', 'KEY_ENCIPHERMENT'] : ['DIGITAL_SIGNATURE'];
}

/** Empty until there is a certificate to read them from. */
export function extendedKeyUsagesOf({ issuedAt }: CertificateRecord): string[] {
  return issuedAt === undefined ? [] : ['TLS_WEB_SERVER_AUTHENTICATION'];
}

function domainValidation({ certificate, validationRecords }: CertificateView, name: string): object {
  const method = { DomainName: name, ValidationStatus: validationStatus(certificate, name) };
  if (certificate.validationMethod === 'EMAIL') {
    const base = baseDomain(name);
    const emails = MAILBOXES.map((mailbox) => `${mailbox}@${base}`);
    return { ...method, ValidationMethod: 'EMAIL', ValidationDomain: base, ValidationEmails: emails };
  }
  const record = validationRecords.get(name);
  return {
    ...method,
    ValidationMethod: 'DNS',
    ValidationDomain: name,
    // ACM writes both names with their trailing dots.
    ResourceRecord: record && { Name: `${record.name}.`, Type: 'CNAME', Value: `${record.value}.` },
  };
}

function validationStatus({ proven, refused, status }: CertificateRecord, name: string): string {
  if (proven.includes(name)) return 'SUCCESS';
  return refused.includes(name) || status === 'VALIDATION_TIMED_OUT' ? 'FAILED' : 'PENDING_VALIDATION';
}

function renewalSummary(view: CertificateView, renewal: Renewal): object {
  const renewing = { ...view, certificate: { ...view.certificate, proven: renewal.proven } };
  return {
    RenewalStatus: renewal.status,
    DomainValidationOptions: view.certificate.names.map((name) => domainValidation(renewing, name)),
    UpdatedAt: seconds(renewal.updatedAt),
  };
}

/** Only a certificate in use is renewed. */
function renewalEligibility({ status }: CertificateRecord, users: readonly string[]): string {
  return status === 'ISSUED' && users.length > 0 ? 'ELIGIBLE' : 'INELIGIBLE';
}

function issuerOf({ arn, notBefore }: CertificateRecord): object {
  if (notBefore === undefined) return {};
  const serial = digest(arn, String(notBefore)).match(/../g)?.join(':');
  return { Issuer: 'Amazon', Serial: serial };
}

function timesOf({ createdAt, issuedAt, notBefore, notAfter }: CertificateRecord): object {
  return {
    CreatedAt: seconds(createdAt), IssuedAt: seconds(issuedAt), NotBefore: seconds(notBefore),
    NotAfter: seconds(notAfter),
  };
}

/** JSON 1.1 writes times as seconds since the epoch, with milliseconds behind the point. */
function seconds(timeMs: number | undefined): number | undefined {
  return timeMs === undefined ? undefined : timeMs / 1_000;
}

/** ACM takes `RSA_2048` and answers `RSA-2048`. */
function wireKeyAlgorithm({ keyAlgorithm }: CertificateRecord): string {
  return keyAlgorithm.replace('_', '-');
}
