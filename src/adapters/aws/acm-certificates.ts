import {
  DeleteCertificateCommand, DescribeCertificateCommand, KeyAlgorithm, ListCertificatesCommand,
  ListTagsForCertificateCommand, RequestCertificateCommand, paginateListCertificates,
} from '@aws-sdk/client-acm';
import type { ACMClient, CertificateDetail, CertificateSummary, DomainValidation } from '@aws-sdk/client-acm';
import type { Certificate, CertificateValidation } from '../../domain/certificate.ts';
import type { CertificateRequest, Certificates } from '../../ports/certificates.ts';
import { isCloudError } from '../../ports/cloud-error.ts';
import { answered, calling, toCloudError } from './aws-error.ts';

const REQUEST_TAG = 'anchor:request';
/** As many as ACM gives. */
const PAGE_SIZE = 1_000;
/** ACM lists only RSA 1024 and 2048 unless the key types are named. */
const EVERY_KEY_TYPE = { keyTypes: Object.values(KeyAlgorithm) };

/** The `Certificates` port on ACM. The client must be one for us-east-1, where CloudFront takes certificates from. */
export function acmCertificates(client: ACMClient): Certificates {
  return {
    async request(request) {
      const command = new RequestCertificateCommand(requestCertificate(request));
      const answer = await calling('acm', 'RequestCertificate', client.send(command));
      return answered(answer.CertificateArn, 'acm', 'RequestCertificate', 'CertificateArn');
    },
    async describe(certificateArn) {
      const command = new DescribeCertificateCommand({ CertificateArn: certificateArn });
      const answer = await unlessAbsent(calling('acm', 'DescribeCertificate', client.send(command)));
      return answer && certificate(certificateArn, described(answer.Certificate, 'Certificate'));
    },
    async findByToken(request) {
      for await (const summary of summaries(client)) {
        const { CertificateArn: arn, DomainName: subject } = summary;
        if (arn === undefined || subject?.toLowerCase() !== request.names[0]) continue;
        if (await requestToken(client, arn) === request.token) return arn;
      }
      return undefined;
    },
    async listPending(cursor) {
      const command = new ListCertificatesCommand({
        CertificateStatuses: ['PENDING_VALIDATION'], Includes: EVERY_KEY_TYPE, MaxItems: PAGE_SIZE, NextToken: cursor,
      });
      const { CertificateSummaryList: found = [], NextToken } = await calling('acm', 'ListCertificates', client.send(command));
      return { certificateArns: found.flatMap(({ CertificateArn: arn }) => arn ?? []), cursor: NextToken };
    },
    async remove(certificateArn) {
      const command = new DeleteCertificateCommand({ CertificateArn: certificateArn });
      try {
        await calling('acm', 'DeleteCertificate', client.send(command));
        return 'removed';
      } catch (error) {
        if (isCloudError(error, 'not_found')) return 'absent';
        if (isCloudError(error) && error.awsName === 'ResourceInUseException') return 'in_use';
        throw error;
      }
    },
  };
}

function requestCertificate(request: CertificateRequest) {
  const [subject, ...others] = request.names;
  return {
    DomainName: subject,
    // An empty list is refused; the subject is among the alternative names in any case.
    ...(others.length > 0 && { SubjectAlternativeNames: others }),
    ValidationMethod: 'DNS' as const,
    KeyAlgorithm: 'RSA_2048' as const,
    IdempotencyToken: request.token,
    Tags: [
      { Key: 'Project', Value: request.projectId },
      { Key: 'ManagedBy', Value: 'anchor-deploy' },
      { Key: REQUEST_TAG, Value: request.token },
    ],
  };
}

/** Every certificate of the account in any status. */
async function* summaries(client: ACMClient): AsyncGenerator<CertificateSummary> {
  const pages = paginateListCertificates({ client, pageSize: PAGE_SIZE }, { Includes: EVERY_KEY_TYPE });
  try {
    for await (const page of pages) yield* page.CertificateSummaryList ?? [];
  } catch (error) {
    throw toCloudError(error, 'acm', 'ListCertificates');
  }
}

/** Undefined when the certificate is not ours, or went away since it was listed. */
async function requestToken(client: ACMClient, certificateArn: string): Promise<string | undefined> {
  const command = new ListTagsForCertificateCommand({ CertificateArn: certificateArn });
  const answer = await unlessAbsent(calling('acm', 'ListTagsForCertificate', client.send(command)));
  return answer?.Tags?.find((tag) => tag.Key === REQUEST_TAG)?.Value;
}

async function unlessAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isCloudError(error, 'not_found')) return undefined;
    throw error;
  }
}

function certificate(arn: string, detail: CertificateDetail): Certificate {
  return {
    arn,
    names: (detail.SubjectAlternativeNames ?? []).map(plain),
    status: described(detail.Status, 'Status'),
    failureReason: detail.FailureReason,
    validations: (detail.DomainValidationOptions ?? []).map(validation),
    inUse: (detail.InUseBy ?? []).length > 0,
    notAfter: detail.NotAfter?.getTime(),
  };
}

function validation({ DomainName, ValidationStatus, ResourceRecord }: DomainValidation): CertificateValidation {
  return {
    name: plain(described(DomainName, 'DomainName')),
    status: ValidationStatus ?? 'PENDING_VALIDATION',
    record: ResourceRecord && {
      name: plain(described(ResourceRecord.Name, 'ResourceRecord.Name')),
      type: described(ResourceRecord.Type, 'ResourceRecord.Type'),
      value: plain(described(ResourceRecord.Value, 'ResourceRecord.Value')),
    },
  };
}

function described<T>(value: T | undefined, field: string): T {
  return answered(value, 'acm', 'DescribeCertificate', field);
}

/** Lower case, no trailing dot: how names are compared everywhere else. */
function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
