import type { ServiceName } from './rule.ts';

export interface AwsDocument {
  readonly title: string;
  readonly url: string;
}

const CLOUDFRONT_GUIDE = 'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/';
const ACM_GUIDE = 'https://docs.aws.amazon.com/acm/latest/userguide/';
const LAMBDA_GUIDE = 'https://docs.aws.amazon.com/lambda/latest/dg/';
const DYNAMODB_GUIDE = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/';

/** AWS's documents that rules rest on, beside the API references. */
export const DOCUMENTS = {
  /** No document says it: the local cloud had to decide. */
  'not settled': { title: 'none', url: '' },
  'weighted aliases': {
    title: 'Lambda Developer Guide, Implement Lambda canary deployments using a weighted alias',
    url: `${LAMBDA_GUIDE}configuring-alias-routing.html`,
  },
  'lambda errors': {
    title: 'Lambda API Reference, Common Errors',
    url: 'https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html',
  },
  'dns validation': {
    title: 'ACM User Guide, DNS validation', url: `${ACM_GUIDE}dns-validation.html`,
  },
  'failed requests': {
    title: 'ACM User Guide, Troubleshoot certificate requests', url: `${ACM_GUIDE}troubleshooting-cert-requests.html`,
  },
  'caa': {
    title: 'ACM User Guide, Troubleshoot Certification Authority Authorization (CAA) problems',
    url: `${ACM_GUIDE}troubleshooting-caa.html`,
  },
  'acm errors': {
    title: 'ACM API Reference, Common Errors',
    url: 'https://docs.aws.amazon.com/acm/latest/APIReference/CommonErrors.html',
  },
  'alternate names': {
    title: 'CloudFront Developer Guide, Use custom URLs by adding alternate domain names (CNAMEs)',
    url: `${CLOUDFRONT_GUIDE}CNAMEs.html`,
  },
  'certificates': {
    title: 'CloudFront Developer Guide, Requirements for using SSL/TLS certificates with CloudFront',
    url: `${CLOUDFRONT_GUIDE}cnames-and-https-requirements.html`,
  },
  'moving names': {
    title: 'CloudFront Developer Guide, Move an alternate domain name',
    url: `${CLOUDFRONT_GUIDE}alternate-domain-names-move.html`,
  },
  'cloudfront quotas': {
    title: 'CloudFront Developer Guide, Quotas', url: `${CLOUDFRONT_GUIDE}cloudfront-limits.html`,
  },
  'tenants': {
    title: 'CloudFront Developer Guide, Understand how multi-tenant distributions work',
    url: `${CLOUDFRONT_GUIDE}distribution-config-options.html`,
  },
  'invalidation batch': {
    title: 'CloudFront API Reference, InvalidationBatch',
    url: 'https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_InvalidationBatch.html',
  },
  'invalidating files': {
    title: 'CloudFront Developer Guide, What you need to know when invalidating files',
    url: `${CLOUDFRONT_GUIDE}invalidation-specifying-objects.html`,
  },
  'expressions': {
    title: 'DynamoDB Developer Guide, Using expressions in DynamoDB', url: `${DYNAMODB_GUIDE}Expressions.html`,
  },
  'global indexes': {
    title: 'DynamoDB Developer Guide, Using Global Secondary Indexes in DynamoDB', url: `${DYNAMODB_GUIDE}GSI.html`,
  },
  'dynamodb errors': {
    title: 'DynamoDB Developer Guide, Error handling with DynamoDB',
    url: `${DYNAMODB_GUIDE}Programming.Errors.html`,
  },
} as const satisfies Readonly<Record<string, AwsDocument>>;

export type DocumentName = keyof typeof DOCUMENTS;

const REFERENCES: Readonly<Record<ServiceName, string>> = {
  lambda: 'https://docs.aws.amazon.com/lambda/latest/api/',
  acm: 'https://docs.aws.amazon.com/acm/latest/APIReference/',
  cloudfront: 'https://docs.aws.amazon.com/cloudfront/latest/APIReference/',
  dynamodb: 'https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/',
};

/** The address of the operation's page in the service's API reference. */
export function reference(service: ServiceName, operation: string): string {
  return `${REFERENCES[service]}API_${operation}.html`;
}
