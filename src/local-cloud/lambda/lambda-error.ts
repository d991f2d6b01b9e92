/** A refusal as Lambda words it: the exception's name, its status, and a message. */
export class LambdaError extends Error {
  override readonly name: string;
  readonly status: number;

  constructor(status: number, name: string, message: string) {
    super(message);
    this.status = status;
    this.name = name;
  }
}

export function notFound(message: string): LambdaError {
  return new LambdaError(404, 'ResourceNotFoundException', message);
}

export function conflict(message: string): LambdaError {
  return new LambdaError(409, 'ResourceConflictException', message);
}

export function invalidParameter(message: string): LambdaError {
  return new LambdaError(400, 'InvalidParameterValueException', message);
}

/** A member that breaks its constraint in the service model, refused before any look at the state. */
export function invalidMember(value: string, member: string, constraint: string): LambdaError {
  return new LambdaError(400, 'ValidationException',
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${constraint}`);
}

export function pattern(expression: string): string {
  return `Member must satisfy regular expression pattern: ${expression}`;
}

export function staleRevision(): LambdaError {
  return new LambdaError(412, 'PreconditionFailedException',
    'The Revision Id provided does not match the latest Revision Id. '
    + 'Call the GetFunction/GetAlias API to retrieve the latest Revision Id');
}

export function serialization(message: string): LambdaError {
  return new LambdaError(400, 'SerializationException', message);
}
