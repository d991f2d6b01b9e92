/** A refusal, with the code and HTTP status CloudFront gives it. */
export class CloudFrontError extends Error {
  override readonly name = 'CloudFrontError';
  readonly code: CloudFrontErrorCode;

  constructor(code: CloudFrontErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** HTTP status by code, as in the service model of API version 2020-05-31. */
export const STATUS_OF = {
  BatchTooLarge: 413,
  CNAMEAlreadyExists: 409,
  CannotDeleteEntityWhileInUse: 409,
  DistributionAlreadyExists: 409,
  DistributionNotDisabled: 409,
  EntityAlreadyExists: 409,
  EntityLimitExceeded: 400,
  EntityNotFound: 404,
  IllegalUpdate: 400,
  InconsistentQuantities: 400,
  InvalidArgument: 400,
  InvalidAssociation: 409,
  InvalidIfMatchVersion: 400,
  InvalidMinimumProtocolVersion: 400,
  InvalidTagging: 400,
  InvalidViewerCertificate: 400,
  InvalidationBatchAlreadyExists: 409,
  MalformedXML: 400,
  MissingBody: 400,
  NoSuchDistribution: 404,
  NoSuchInvalidation: 404,
  NoSuchOrigin: 404,
  NoSuchResource: 404,
  PreconditionFailed: 412,
  ResourceInUse: 409,
  ResourceNotDisabled: 409,
  TooManyDistributionCNAMEs: 400,
  TooManyInvalidationsInProgress: 400,
  UnsupportedOperation: 400,
} as const;

export type CloudFrontErrorCode = keyof typeof STATUS_OF;
