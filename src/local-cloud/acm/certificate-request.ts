import { AcmError } from './acm-error.ts';
import type { RequestCertificateInput, Tag } from './acm-inputs.ts';
import { type CertificateRecord, digest } from './certificate-record.ts';

/** What RequestCertificate asks for, after ACM's rules beyond the API model. */
export type CertificateRequest = Pick<
  CertificateRecord,
  'names' | 'validationMethod' | 'keyAlgorithm' | 'exportOption' | 'managedBy' | 'requestKey' | 'tags'
>;

/** "The first domain name … cannot exceed 64 octets" (API reference; the X.509 common name). */
const MAX_SUBJECT_LENGTH = 64;
const MAX_TAGS = 50;
const PUBLIC_KEY_ALGORITHMS = ['RSA_2048', 'EC_prime256v1', 'EC_secp384r1'];

/** Throws `AcmError`. */
export function certificateRequest(input: RequestCertificateInput, namesPerCertificate: number): CertificateRequest {
  refuseUnsupported(input);
  const names = namesOf(input, namesPerCertificate);
  const request = {
    names,
    // ACM validates by e-mail unless told otherwise.
    validationMethod: input.ValidationMethod === 'DNS' ? 'DNS' : 'EMAIL',
    keyAlgorithm: input.KeyAlgorithm ?? 'RSA_2048',
    exportOption: input.Options?.Export ?? 'DISABLED',
    ...(input.ManagedBy !== undefined && { managedBy: input.ManagedBy }),
  } as const;
  const token = input.IdempotencyToken;
  return {
    ...request,
    tags: withTags([], input.Tags ?? []),
    ...(token !== undefined && { requestKey: digest(token, JSON.stringify(request)) }),
  };
}

function refuseUnsupported(input: RequestCertificateInput): void {
  if (input.CertificateAuthorityArn !== undefined) {
    throw new AcmError('InvalidParameterException', 'The local cloud has no private certificate authority.');
  }
  if (input.ValidationMethod === 'HTTP') {
    throw new AcmError('InvalidParameterException', 'The local cloud validates by DNS; HTTP is not there.');
  }
  if (input.KeyAlgorithm !== undefined && !PUBLIC_KEY_ALGORITHMS.includes(input.KeyAlgorithm)) {
    throw new AcmError('InvalidParameterException',
      `A public certificate cannot have key algorithm ${input.KeyAlgorithm}: ${PUBLIC_KEY_ALGORITHMS.join(', ')}.`);
  }
}

function namesOf(input: RequestCertificateInput, namesPerCertificate: number): readonly [string, ...string[]] {
  if (input.DomainName.length > MAX_SUBJECT_LENGTH) {
    throw new AcmError('InvalidParameterException',
      `The first domain name can be no longer than ${MAX_SUBJECT_LENGTH} characters: ${input.DomainName}.`);
  }
  const subject = input.DomainName.toLowerCase();
  const others = new Set((input.SubjectAlternativeNames ?? []).map((name) => name.toLowerCase()));
  others.delete(subject);
  const names = [subject, ...others] as const;
  if (names.length > namesPerCertificate) {
    throw new AcmError('LimitExceededException',
      `The certificate has ${names.length} names; the quota is ${namesPerCertificate}.`);
  }
  return names;
}

/** Later values win. Throws `InvalidTagException`, `TooManyTagsException`. */
export function withTags(present: readonly Tag[], added: readonly Tag[]): readonly Tag[] {
  const reserved = added.find(({ Key }) => Key.toLowerCase().startsWith('aws:'));
  if (reserved) throw new AcmError('InvalidTagException', `${reserved.Key}: tags beginning with aws: are reserved.`);
  const tags = new Map([...present, ...added].map((tag) => [tag.Key, tag]));
  if (tags.size > MAX_TAGS) {
    throw new AcmError('TooManyTagsException', `A certificate can have ${MAX_TAGS} tags, not ${tags.size}.`);
  }
  return [...tags.values()];
}

/** A tag given without a value goes whatever its value is, otherwise only when the value is the same. */
export function withoutTags(present: readonly Tag[], removed: readonly Tag[]): readonly Tag[] {
  return present.filter((tag) => !removed.some(({ Key, Value }) =>
    Key === tag.Key && (Value === undefined || Value === (tag.Value ?? ''))));
}
