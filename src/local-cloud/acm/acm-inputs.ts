import type { Shape } from './input-shape.ts';

/** Shapes and constraints of ACM's API model (2015-12-08), for the operations the embedded cloud has. */

export interface Tag {
  readonly Key: string;
  readonly Value?: string;
}

export interface RequestCertificateInput {
  readonly DomainName: string;
  readonly ValidationMethod?: 'DNS' | 'EMAIL' | 'HTTP';
  readonly SubjectAlternativeNames?: readonly string[];
  readonly IdempotencyToken?: string;
  readonly CertificateAuthorityArn?: string;
  readonly Tags?: readonly Tag[];
  readonly KeyAlgorithm?: string;
  readonly Options?: { readonly Export?: string };
  readonly ManagedBy?: string;
}

export interface ListCertificatesInput {
  readonly CertificateStatuses?: readonly string[];
  readonly Includes?: {
    readonly extendedKeyUsage?: readonly string[];
    readonly keyUsage?: readonly string[];
    readonly keyTypes?: readonly string[];
    readonly exportOption?: string;
    readonly managedBy?: string;
  };
  readonly NextToken?: string;
  readonly MaxItems?: number;
  readonly SortBy?: string;
  readonly SortOrder?: 'ASCENDING' | 'DESCENDING';
}

export interface CertificateInput {
  readonly CertificateArn: string;
}

export interface TagsInput extends CertificateInput {
  readonly Tags: readonly Tag[];
}

/** `PUT /_local/acm/certificates`. */
export interface EndInput {
  readonly certificateArn: string;
  readonly status: 'FAILED' | 'VALIDATION_TIMED_OUT' | 'EXPIRED' | 'REVOKED' | 'INACTIVE';
  readonly failureReason?: string;
}

const STATUSES = [
  'PENDING_VALIDATION', 'ISSUED', 'INACTIVE', 'EXPIRED', 'VALIDATION_TIMED_OUT', 'REVOKED', 'FAILED',
];
const KEY_ALGORITHMS = [
  'RSA_1024', 'RSA_2048', 'RSA_3072', 'RSA_4096', 'EC_prime256v1', 'EC_secp384r1', 'EC_secp521r1',
];
const FAILURE_REASONS = [
  'NO_AVAILABLE_CONTACTS', 'ADDITIONAL_VERIFICATION_REQUIRED', 'DOMAIN_NOT_ALLOWED', 'INVALID_PUBLIC_DOMAIN',
  'DOMAIN_VALIDATION_DENIED', 'CAA_ERROR', 'OTHER',
];

const oneOf = (...values: string[]): Shape => ({ kind: 'string', oneOf: values });
const listOf = (of: Shape, min?: number, max?: number): Shape =>
  ({ kind: 'list', of, ...(min !== undefined && { min }), ...(max !== undefined && { max }) });

const ARN: Shape = {
  kind: 'string', min: 20, max: 2_048,
  pattern: /^(?:arn:[\w+=/,.@-]+:acm:[\w+=/,.@-]*:[0-9]+:[\w+=,.@-]+(\/[\w+=,.@-]+)*)$/,
};
const DOMAIN_NAME: Shape = {
  kind: 'string', min: 1, max: 253,
  pattern: /^(?:(\*\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9]))$/,
};
const TAGS: Shape = listOf({
  kind: 'structure',
  required: ['Key'],
  members: {
    Key: { kind: 'string', min: 1, max: 128, pattern: /^(?:[\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u },
    Value: { kind: 'string', max: 256, pattern: /^(?:[\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u },
  },
}, 1, 50);

export const REQUEST_CERTIFICATE: Shape = {
  kind: 'structure',
  required: ['DomainName'],
  members: {
    DomainName: DOMAIN_NAME,
    ValidationMethod: oneOf('EMAIL', 'DNS', 'HTTP'),
    SubjectAlternativeNames: listOf(DOMAIN_NAME, 1, 100),
    IdempotencyToken: { kind: 'string', min: 1, max: 32, pattern: /^(?:\w+)$/ },
    CertificateAuthorityArn: { kind: 'string', min: 20, max: 2_048 },
    Tags: TAGS,
    KeyAlgorithm: oneOf(...KEY_ALGORITHMS),
    Options: { kind: 'structure', members: { Export: oneOf('ENABLED', 'DISABLED') } },
    ManagedBy: oneOf('CLOUDFRONT'),
  },
};

export const LIST_CERTIFICATES: Shape = {
  kind: 'structure',
  members: {
    CertificateStatuses: listOf(oneOf(...STATUSES)),
    Includes: {
      kind: 'structure',
      members: {
        extendedKeyUsage: listOf({ kind: 'string' }),
        keyUsage: listOf({ kind: 'string' }),
        keyTypes: listOf(oneOf(...KEY_ALGORITHMS)),
        exportOption: oneOf('ENABLED', 'DISABLED'),
        managedBy: oneOf('CLOUDFRONT'),
      },
    },
    NextToken: { kind: 'string', min: 1, max: 10_000 },
    MaxItems: { kind: 'integer', min: 1, max: 1_000 },
    SortBy: oneOf('CREATED_AT'),
    SortOrder: oneOf('ASCENDING', 'DESCENDING'),
  },
};

export const ONE_CERTIFICATE: Shape = {
  kind: 'structure', required: ['CertificateArn'], members: { CertificateArn: ARN },
};

export const CERTIFICATE_TAGS: Shape = {
  kind: 'structure', required: ['CertificateArn', 'Tags'], members: { CertificateArn: ARN, Tags: TAGS },
};

export const END_CERTIFICATE: Shape = {
  kind: 'structure',
  required: ['certificateArn', 'status'],
  members: {
    certificateArn: ARN,
    status: oneOf('FAILED', 'VALIDATION_TIMED_OUT', 'EXPIRED', 'REVOKED', 'INACTIVE'),
    failureReason: oneOf(...FAILURE_REASONS),
  },
};
