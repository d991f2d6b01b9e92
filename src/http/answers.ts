import { Type } from 'typebox';
import type { Static, TSchema } from 'typebox';
import { ref } from './component.ts';
import { Problem } from './common-schemas.ts';
import { PROBLEM_KINDS, problemType } from './problem-kinds.ts';
import type { ProblemCode } from './problem-kinds.ts';

type Headers = Readonly<Record<string, { readonly type: string; readonly description: string }>>;

/** What HTTP itself can refuse about a body. */
export const BODY_PROBLEMS = [
  'invalid_request', 'malformed_request', 'payload_too_large', 'unsupported_media_type',
] as const;
const API_PROBLEMS = [
  'unauthenticated', 'internal_error', 'upstream_unavailable', 'upstream_throttled', 'callers_unavailable',
  'rate_limited', 'under_pressure',
] as const;

export const LOCATION = { location: { type: 'string', description: 'Where the new resource is.' } } as const;

export const PAGE_HEADERS = {
  link: { type: 'string', description: 'The next page: `<…>; rel="next"`. Absent on the last page.' },
  'x-next-cursor': { type: 'string', description: 'The cursor of the next page. Absent on the last page.' },
} as const;

/** A JSON answer with its example. */
export function answer<T extends TSchema>(description: string, schema: T, example: Static<T>, headers: Headers = {}) {
  return { description, headers, content: { 'application/json': { schema, example } } };
}

/** A JSON answer of several forms, with an example of each. */
export function answers<T extends TSchema>(
  description: string, schema: T,
  examples: Readonly<Record<string, { readonly summary: string; readonly value: Static<T> }>>,
) {
  return { description, content: { 'application/json': { schema, examples } } };
}

export function noContent(description: string) {
  return Type.Null({ description });
}

/**
 * The errors of an operation by status, with those every operation can have. Typed as nothing, since
 * errors are thrown and handlers only send successes.
 */
export function problems(...codes: ProblemCode[]): Record<never, never> {
  return problemsOnly(...codes, ...API_PROBLEMS);
}

export function problemsOnly(...codes: ProblemCode[]): Record<never, never> {
  const statuses = new Set(codes.map((code) => PROBLEM_KINDS[code].status));
  return Object.fromEntries([...statuses].map((status) =>
    [status, problemAnswer(codes.filter((code) => PROBLEM_KINDS[code].status === status))]));
}

function problemAnswer(codes: readonly ProblemCode[]) {
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEM_KINDS[code].title}.`).join(' '),
    content: {
      'application/problem+json': {
        schema: ref(Problem),
        examples: Object.fromEntries(codes.map((code) =>
          [code, { summary: PROBLEM_KINDS[code].title, value: example(code) }])),
      },
    },
  };
}

function example(code: ProblemCode): Static<typeof Problem> {
  const { status, title } = PROBLEM_KINDS[code];
  return {
    type: problemType(code), title, status, detail: `${title}.`, code,
    requestId: '0b6d5f0c-5d3e-4f3f-9d5b-3f3f0f6f2a77',
    ...(code === 'invalid_request' ? { errors: [{ field: 'body/name', message: 'is required' }] } : {}),
  };
}

/** The answers of an operation by status. */
export type Responses = Readonly<Record<string, object>>;

/** The answers with further problems, beside what their statuses can say already. */
export function withProblems(responses: Responses, ...codes: ProblemCode[]): Responses {
  const more = problemsOnly(...codes) as Readonly<Record<string, ReturnType<typeof problemAnswer>>>;
  const merged = Object.entries(more).map(([status, added]) => {
    const known = responses[status] as ReturnType<typeof problemAnswer> | undefined;
    return [status, known ? bothProblems(known, added) : added] as const;
  });
  return { ...responses, ...Object.fromEntries(merged) };
}

function bothProblems(known: ReturnType<typeof problemAnswer>, added: ReturnType<typeof problemAnswer>) {
  const type = 'application/problem+json';
  const { schema, examples } = known.content[type];
  const fresh = Object.entries(added.content[type].examples).filter(([code]) => !(code in examples));
  if (fresh.length === 0) return known;
  const words = fresh.map(([code, { summary }]) => `\`${code}\`: ${summary}.`);
  return {
    description: [known.description, ...words].join(' '),
    content: { [type]: { schema, examples: { ...examples, ...Object.fromEntries(fresh) } } },
  };
}

/** The successes with one more header. */
export function withHeader(responses: Responses, name: string, description: string): Responses {
  return Object.fromEntries(Object.entries(responses).map(([status, response]) => {
    const { headers } = response as { readonly headers?: Headers };
    const header = { [name]: { type: 'string', description } };
    return [status, Number(status) < 400 ? { ...response, headers: { ...headers, ...header } } : response];
  }));
}
