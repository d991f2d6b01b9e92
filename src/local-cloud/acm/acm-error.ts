export type AcmErrorType =
  | 'ValidationException' | 'SerializationException' | 'UnknownOperationException' | 'InvalidParameterException'
  | 'InvalidArgsException' | 'InvalidArnException' | 'InvalidTagException' | 'TooManyTagsException'
  | 'InvalidDomainValidationOptionsException' | 'ResourceNotFoundException' | 'ResourceInUseException'
  | 'LimitExceededException';

/** A refusal as ACM words it; always status 400 on the wire. */
export class AcmError extends Error {
  override readonly name = 'AcmError';
  readonly type: AcmErrorType;

  constructor(type: AcmErrorType, message: string) {
    super(message);
    this.type = type;
  }
}
