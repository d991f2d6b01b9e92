import { AcmError } from './acm-error.ts';
import type { ListCertificatesInput } from './acm-inputs.ts';
import { extendedKeyUsagesOf, keyUsagesOf } from './acm-output.ts';
import { byCreation, type CertificateRecord } from './certificate-record.ts';

export interface CertificatePage {
  readonly certificates: readonly CertificateRecord[];
  readonly nextToken: string | undefined;
}

/** ACM's default: whoever wants to see ECDSA certificates has to ask for them. */
const DEFAULT_KEY_TYPES = ['RSA_1024', 'RSA_2048'];
const MAX_PAGE = 1_000;

/** One page of certificates given oldest first. Throws `ValidationException`, `InvalidArgsException`. */
export function listCertificates(all: readonly CertificateRecord[], input: ListCertificatesInput): CertificatePage {
  if ((input.SortBy === undefined) !== (input.SortOrder === undefined)) {
    throw new AcmError('ValidationException', 'SortBy and SortOrder must be given together.');
  }
  const wanted = all.filter((certificate) => isWanted(certificate, input));
  if (input.SortOrder === 'DESCENDING') wanted.reverse();
  const start = input.NextToken === undefined ? 0 : positionAfter(input.NextToken, wanted, input);
  const certificates = wanted.slice(start, start + (input.MaxItems ?? MAX_PAGE));
  const last = certificates.at(-1);
  const isMore = start + certificates.length < wanted.length;
  return { certificates, nextToken: isMore && last ? tokenOf(last) : undefined };
}

function isWanted(certificate: CertificateRecord, input: ListCertificatesInput): boolean {
  const { CertificateStatuses, Includes = {} } = input;
  const { keyTypes = DEFAULT_KEY_TYPES, keyUsage, extendedKeyUsage, exportOption, managedBy } = Includes;
  return (!CertificateStatuses?.length || CertificateStatuses.includes(certificate.status))
    && keyTypes.includes(certificate.keyAlgorithm)
    && (!keyUsage?.length || keyUsagesOf(certificate).some((usage) => keyUsage.includes(usage)))
    && (!extendedKeyUsage?.length || extendedKeyUsagesOf(certificate).some((usage) => extendedKeyUsage.includes(usage)))
    && (exportOption === undefined || exportOption === certificate.exportOption)
    && (managedBy === undefined || managedBy === certificate.managedBy);
}

/** The token names the last certificate seen by its place in the order, so that it may be deleted meanwhile. */
function tokenOf({ createdAt, arn }: CertificateRecord): string {
  return Buffer.from(JSON.stringify([createdAt, arn])).toString('base64url');
}

function positionAfter(
  token: string, wanted: readonly CertificateRecord[], { SortOrder }: ListCertificatesInput,
): number {
  const [createdAt, arn] = readToken(token);
  const direction = SortOrder === 'DESCENDING' ? -1 : 1;
  const position = wanted.findIndex((certificate) => direction * byCreation(certificate, { createdAt, arn }) > 0);
  return position === -1 ? wanted.length : position;
}

function readToken(token: string): [createdAt: number, arn: string] {
  try {
    const [createdAt, arn] = JSON.parse(Buffer.from(token, 'base64url').toString()) as readonly unknown[];
    if (typeof createdAt === 'number' && typeof arn === 'string') return [createdAt, arn];
  } catch {
    // Falls through to the same refusal as a token of another shape.
  }
  throw new AcmError('InvalidArgsException', 'NextToken is not one that ListCertificates answered.');
}
