import { Type } from 'typebox';
import type { Static } from 'typebox';
import { EXAMPLE_TIME, OperationId, ProjectId, time } from '../../common-schemas.ts';
import { component, nullable, nullableInteger, oneOf, ref } from '../../component.ts';
import { CACHE_EXAMPLE, PROOF_EXAMPLE, outcomeFields, outcomesView } from './outcome-schemas.ts';
import type { Operation as OperationRecord } from '../../../domain/operation.ts';

export const OperationStep = component('OperationStep', Type.Object({
  at: time('When the step ended.'),
  name: Type.String({ description: 'What was done.', examples: ['move server alias'] }),
  outcome: oneOf(['ok', 'failed'], { title: 'StepOutcome', description: 'How it ended.', examples: ['ok'] }),
  detail: nullable({ description: 'More about it, for people.', examples: ['storefront-server: 8 to 7'] }),
}, { description: 'One step of an operation.' }));

export const OperationResult = component('OperationResult', Type.Object({
  previousVersion: Type.String({ description: 'The server version that was live before.', examples: ['8'] }),
  newVersion: Type.String({ description: 'The server version that it made live.', examples: ['7'] }),
}, { description: 'What an operation that succeeded did.' }));

const RESULT_EXAMPLE: Static<typeof OperationResult> = { previousVersion: '8', newVersion: '7' };

export const Operation = component('Operation', Type.Object({
  projectId: ProjectId,
  operationId: OperationId,
  kind: oneOf(['rollback', 'promote', 'undo'], {
    title: 'OperationKind',
    description: '`rollback`: to an earlier deployment, with a record of its own. `promote`: to any deployment, going '
      + 'forward. `undo`: back to what was live before the latest rollback.',
    examples: ['rollback'],
  }),
  state: oneOf(['running', 'succeeded', 'failed', 'undone'], {
    title: 'OperationState',
    description: '`failed`: it ended and left every alias where it was. `undone`: its server died on the way, and what '
      + 'it had moved was put back.',
    examples: ['succeeded'],
  }),
  targetDeploymentId: nullable({
    description: 'The deployment to be made live; null when an undo goes to versions no deployment is known of.',
    examples: ['dep_01k5hq4c2t6r1x'],
  }),
  resultDeploymentId: nullable({
    description: 'The deployment that is live when it succeeds; for a rollback the record it writes.',
    examples: ['dep_01k5hq7p3w8g2m'],
  }),
  caller: Type.String({ description: 'Who asked for it.', examples: ['admin'] }),
  reason: nullable({ description: 'Why, in the caller\'s words.', examples: ['checkout fails'] }),
  startedAt: time('When it began.'),
  endedAt: nullableInteger({
    description: 'When it ended; null while it runs. Milliseconds since the Unix epoch.', examples: [EXAMPLE_TIME],
  }),
  steps: Type.Array(ref(OperationStep), { description: 'What was done so far, in order.' }),
  cause: nullable({
    description: 'For `failed` and `undone`: why, in words to act on.', examples: ['Lambda throttled the move.'],
  }),
  result: Type.Unsafe<Static<typeof OperationResult> | null>({
    anyOf: [ref(OperationResult), { type: 'null' }], examples: [RESULT_EXAMPLE],
    description: 'For `succeeded`: the versions before and after.',
  }),
  ...outcomeFields,
}, { description: 'One change of what is live: who, why, to what, and every step with its time.' }));

export const OperationParams = Type.Object({ projectId: ProjectId, operationId: OperationId });

export const OPERATION_EXAMPLE: Static<typeof Operation> = {
  projectId: 'prj_01k5hq3v7m9e8w',
  operationId: 'op_01k5hq6j4b0s5v',
  kind: 'rollback',
  state: 'succeeded',
  targetDeploymentId: 'dep_01k5hq4c2t6r1x',
  resultDeploymentId: 'dep_01k5hq7p3w8g2m',
  caller: 'admin',
  reason: 'checkout fails',
  startedAt: EXAMPLE_TIME,
  endedAt: EXAMPLE_TIME + 412,
  steps: [{ at: EXAMPLE_TIME + 310, name: 'move server alias', outcome: 'ok', detail: 'storefront-server: 8 to 7' }],
  cause: null,
  result: RESULT_EXAMPLE,
  cache: CACHE_EXAMPLE,
  proof: PROOF_EXAMPLE,
};

export function operationView(operation: OperationRecord): Static<typeof Operation> {
  const {
    projectId, operationId, kind, state, targetDeploymentId, resultDeploymentId, caller, reason, startedAt, endedAt,
    steps, cause, result,
  } = operation;
  return {
    projectId, operationId, kind, state, caller, startedAt,
    targetDeploymentId: targetDeploymentId ?? null,
    resultDeploymentId: resultDeploymentId ?? null,
    reason: reason ?? null,
    endedAt: endedAt ?? null,
    steps: steps.map((step) => ({ ...step, detail: step.detail ?? null })),
    cause: cause ?? null,
    result: result ?? null,
    ...outcomesView(operation),
  };
}
