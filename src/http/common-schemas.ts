import { Type } from 'typebox';
import { LONG, component, oneOf, ref } from './component.ts';
import { PROBLEM_KINDS, problemType } from './problem-kinds.ts';
import type { ProblemCode } from './problem-kinds.ts';

/** Answers may grow; what callers send is strict. */
export const STRICT = { additionalProperties: false } as const;

export const ID_PATTERN = '^[A-Za-z0-9_-]{1,64}$';

export const EXAMPLE_TIME = 1_790_000_000_000;
/** For what has to lie in the future when somebody tries the example: the year 2100. */
export const EXAMPLE_END = 4_102_444_800_000;

export function id(description: string, example: string) {
  return Type.String({ description, pattern: ID_PATTERN, examples: [example] });
}

export function time(description: string) {
  return Type.Integer({ ...LONG, description: `${description} Milliseconds since the Unix epoch.`, examples: [EXAMPLE_TIME] });
}

export const ProjectId = id('The project.', 'prj_01k5hq3v7m9e8w');
export const DeploymentId = id('The deployment.', 'dep_01k5hq4c2t6r1x');
export const DomainId = id('The domain.', 'dom_01k5hq5n8d3y7z');
export const OperationId = id('The operation.', 'op_01k5hq6j4b0s5v');

/** Free text on one line, for those who read later what happened. */
export const Reason = Type.String({
  minLength: 1, maxLength: 500, pattern: '^[^\\u0000-\\u001f\\u007f]+$', examples: ['checkout fails in 2026.3.2'],
  description: 'Why, in your words: up to 500 characters, no control characters.',
});

const paging = {
  limit: Type.Integer({
    minimum: 1, maximum: 100, default: 20, description: 'How many items to answer at most.', examples: [20],
  }),
  cursor: Type.Optional(Type.String({
    minLength: 1, maxLength: 512, examples: ['ZGVwXzAxazVocTRjMnQ2cjF4'],
    description: 'Where to go on: the `x-next-cursor` of the page before.',
  })),
};

export const PageQuery = Type.Object(paging, STRICT);
export const pageQueryWith = <T extends Record<string, ReturnType<typeof Type.Optional>>>(filters: T) =>
  Type.Object({ ...filters, ...paging }, STRICT);

export const FieldError = component('FieldError', Type.Object({
  field: Type.String({
    description: 'JSON pointer into the body (`body/…`), or `query/…`.', examples: ['body/targetDeploymentId'],
  }),
  message: Type.String({ description: 'What is wrong with it.', examples: ['is required'] }),
}, { description: 'One part of the request that was wrong.' }));

const codes = Object.keys(PROBLEM_KINDS) as ProblemCode[];

export const problemFields = {
  type: Type.String({
    description: 'Stable name of this kind of problem.', examples: [problemType('project_not_found')],
  }),
  title: Type.String({ description: 'The kind of problem in words.', examples: ['No such project'] }),
  status: Type.Integer({ maximum: 599, description: 'The HTTP status.', examples: [404] }),
  detail: Type.String({
    description: 'What happened this time, and what helps. For people; do not parse it.',
    examples: ['There is no project prj_01k5hq3v7m9e8w.'],
  }),
  code: oneOf(codes, { title: 'ProblemCode', description: 'What programs decide by.', examples: ['project_not_found'] }),
  requestId: Type.String({
    description: 'The `x-request-id` of the answer, under which the server logs.',
    examples: ['0b6d5f0c-5d3e-4f3f-9d5b-3f3f0f6f2a77'],
  }),
};

export const Problem = component('Problem', Type.Object({
  ...problemFields,
  errors: Type.Optional(Type.Array(ref(FieldError), {
    description: 'For `invalid_request`: each part that was wrong.',
  })),
  operationId: Type.Optional(Type.String({
    description: 'The operation this is about, when there is one.', examples: ['op_01k5hq6j4b0s5v'],
  })),
}, { description: 'An error, as RFC 9457 describes it.' }));

export const COMMON_COMPONENTS = [FieldError, Problem];
