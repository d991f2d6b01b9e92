import type { Certificate, CertificateValidation } from './certificate.ts';
import { certificateFailure } from './certificate-failure.ts';

/** Full sentences for the owners of names on a shared distribution. */
export const edgeReasons = {
  full: (limit: number): string => (
    `The distribution carries as many names as one certificate may hold (${limit}). This name is taken up `
    + 'when another leaves; or raise the limit, or give the project a distribution of its own.'
  ),
  noDistribution: (distributionId: string): string => (
    `CloudFront has no distribution ${distributionId}. Remove the domain, or set another distribution for the project.`
  ),
  proofLost: (name: string): string => (
    `The DNS record that proves control of ${name} was gone when the certificate shared on its distribution was to be `
    + 'issued, so that was done without it. Set the record again: the name goes on once it is seen.'
  ),
  lapsed: (name: string): string => (
    `The certificate that served ${name} has ended, because it could not be renewed, and the DNS record that proves `
    + 'control of the name is gone: so it was taken off CloudFront. Set the record again: the name goes on once it is seen.'
  ),
  held: (name: string): string => (
    `Another CloudFront distribution already has ${name} as its alternate domain name, and CloudFront gives a name to `
    + 'one distribution only. Take it off there, then verify this domain (POST …/verify) to try again.'
  ),
  servedProofLost: ({ name, record }: CertificateValidation): string => (
    `${name} is served by the certificate in place, but ${recordWords(record)} is gone, so no new certificate can be `
    + 'issued for it: it will lose HTTPS when the present one ends. Set the record again.'
  ),
  waitsFor: (missing: readonly CertificateValidation[]): string => (
    'The next certificate of the distribution has to cover every name on it and cannot be issued yet. It waits for '
    + `${missing.map(({ name, record }) => `${recordWords(record)} of ${name}`).join(', and for ')}. `
    + 'Names already served stay on the present certificate; the others are taken up as soon as it is issued.'
  ),
  failed: (certificate: Pick<Certificate, 'status' | 'failureReason'>, missing: readonly CertificateValidation[]): string => (
    `The next certificate of the distribution was not issued${missing.length > 0 ? ` because of ${missing.map(({ name }) => name).join(', ')}` : ''}. `
    + `${certificateFailure(certificate)} Names already served stay on the present certificate; a new one is tried later.`
  ),
  cloudRefused: (message: string): string => (
    `AWS refused a step (${message}). It is tried again; names already served stay as they are.`
  ),
} as const;

function recordWords(record: CertificateValidation['record']): string {
  return record ? `the DNS record ${record.name} (${record.type} to ${record.value})` : 'the DNS validation record';
}
