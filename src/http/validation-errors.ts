import type { FieldError } from '../domain/errors.ts';
import type { ProblemCode } from './problem-kinds.ts';

/** As Ajv reports it, with `verbose`. */
interface Violation {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message: string;
  readonly parentSchema: { readonly description?: string };
}

interface ValidationError {
  readonly validation: readonly Violation[];
  readonly validationContext: string;
}

/** A body of nonsense is answered with this many remarks at most. */
const MAX_ERRORS = 20;

const NOT_FOUND: Readonly<Record<string, ProblemCode>> = {
  '/projectId': 'project_not_found',
  '/deploymentId': 'deployment_not_found',
  '/domainId': 'domain_not_found',
  '/operationId': 'operation_not_found',
  '/tokenId': 'token_not_found',
  '/webhookId': 'webhook_not_found',
  '/deliveryId': 'delivery_not_found',
};

/** An id that we cannot have given out names nothing: not found rather than invalid. */
export function notFoundCodeOf(error: unknown): ProblemCode | undefined {
  if (!isValidationError(error) || error.validationContext !== 'params') return undefined;
  return error.validation.map(({ instancePath }) => NOT_FOUND[instancePath]).find((code) => code !== undefined);
}

/** Undefined when the error is not about the shape of a request. */
export function fieldErrorsOf(error: unknown): FieldError[] | undefined {
  if (!isValidationError(error)) return undefined;
  const part = error.validationContext === 'querystring' ? 'query' : error.validationContext;
  return error.validation.slice(0, MAX_ERRORS).map((violation) => ({
    field: part + violation.instancePath + ownName(violation),
    message: messageOf(violation),
  }));
}

function isValidationError(error: unknown): error is ValidationError {
  return error instanceof Error && 'validation' in error && Array.isArray(error.validation);
}

/** Ajv reports a missing and an unknown property at the object that has or lacks it. */
function ownName({ params }: Violation): string {
  const name = params.missingProperty ?? params.additionalProperty;
  return typeof name === 'string' ? `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}` : '';
}

function messageOf({ keyword, params, message, parentSchema }: Violation): string {
  switch (keyword) {
    case 'required': return 'is required';
    case 'additionalProperties': return 'is not known here';
    case 'type': return `must be ${[params.type].flat().join(' or ')}`;
    case 'enum': return `must be one of ${[params.allowedValues].flat().join(', ')}`;
    case 'pattern': return `has the wrong form; expected: ${parentSchema.description}`.replace(/\.$/, '');
    default: return message;
  }
}
