import { Type } from 'typebox';
import type { Static } from 'typebox';
import { DeploymentId, OperationId, Reason, STRICT } from '../../common-schemas.ts';
import { LONG, component, nullable, ref } from '../../component.ts';
import { ELIGIBILITY_EXAMPLE, eligibilityFields } from '../eligibility/schemas.ts';

const target = (description: string) =>
  Type.String({ minLength: 1, maxLength: 64, description, examples: ['dep_01k5hq4c2t6r1x'] });

export const RollbackRequest = component('RollbackRequest', Type.Object({
  targetDeploymentId: target('The deployment of this project to go back to.'),
  reason: Type.Optional(Reason),
  pin: Type.Optional(Type.Boolean({
    default: true, examples: [true],
    description: 'Whether the project is pinned, so that no pipeline undoes the rollback.',
  })),
  dryRun: Type.Optional(Type.Boolean({
    default: false, examples: [false], description: 'Only check whether it would work; moves nothing.',
  })),
}, {
  ...STRICT, description: 'What to make live again.',
  examples: [{ targetDeploymentId: 'dep_01k5hq4c2t6r1x', reason: 'checkout fails' }],
}));

export const RollbackResult = component('RollbackResult', Type.Object({
  message: Type.String({
    description: 'What was done, for people.',
    examples: ['Rolled back from version 8 to deployment dep_01k5hq4c2t6r1x.'],
  }),
  deploymentId: { ...DeploymentId, description: 'The new deployment record of the rollback itself.' },
  rolledBackTo: { ...DeploymentId, description: 'The deployment that is live again.' },
  previousVersion: Type.String({ description: 'The server version that was live before.', examples: ['8'] }),
  newAliasVersion: Type.String({ description: 'The server version that is live now.', examples: ['7'] }),
  rollbackTimeMs: Type.Integer({ ...LONG, description: 'How long it took, in milliseconds.', examples: [412] }),
  operationId: OperationId,
}, { description: 'A rollback that is done: every alias points at the target.' }));

export const RollbackDryRun = component('RollbackDryRun', Type.Object({
  // Not a literal: the Python client of openapi-generator takes no true for one.
  dryRun: Type.Boolean({ description: 'Always true: tells it from a rollback that was done.', examples: [true] }),
  ...eligibilityFields,
}, { description: 'What speaks for and against the rollback. Nothing was moved.' }));

/** A dry run alone has `dryRun`: a rollback's answer stays what it was before there were dry runs. */
export const RollbackAnswer = component('RollbackAnswer', Type.Unsafe<
  Static<typeof RollbackResult> | Static<typeof RollbackDryRun>
>({
  oneOf: [ref(RollbackResult), ref(RollbackDryRun)],
  description: 'The rollback that was done; with `dryRun` in the request, what was found instead.',
}));

export const PromoteRequest = component('PromoteRequest', Type.Object({
  deploymentId: target('The deployment of this project to make live.'),
  reason: Type.Optional(Reason),
  override: Type.Optional(Type.Boolean({
    default: false, examples: [false], description: 'Promote although the project is pinned. The pin stays.',
  })),
}, {
  ...STRICT, description: 'What to make live.', examples: [{ deploymentId: 'dep_01k5hq4c2t6r1x', reason: 'release' }],
}));

export const UndoRequest = component('UndoRequest', Type.Object({
  reason: Type.Optional(Reason),
}, { ...STRICT, description: 'Why the rollback is undone.', examples: [{ reason: 'it was not the build' }] }));

export const SwitchResult = component('SwitchResult', Type.Object({
  message: Type.String({
    description: 'What was done, for people.', examples: ['Promoted deployment dep_01k5hq4c2t6r1x.'],
  }),
  deploymentId: nullable({
    description: 'The deployment that is live now; null after an undo to versions of which no deployment is known.',
    examples: ['dep_01k5hq4c2t6r1x'],
  }),
  previousVersion: Type.String({ description: 'The server version that was live before.', examples: ['7'] }),
  newAliasVersion: Type.String({ description: 'The server version that is live now.', examples: ['8'] }),
  switchTimeMs: Type.Integer({ ...LONG, description: 'How long it took, in milliseconds.', examples: [398] }),
  operationId: OperationId,
}, { description: 'A promote or an undo that is done: every alias is where it should be.' }));

export const ROLLBACK_EXAMPLE: Static<typeof RollbackResult> = {
  message: 'Rolled back from version 8 to deployment dep_01k5hq4c2t6r1x.',
  deploymentId: 'dep_01k5hq7p3w8g2m',
  rolledBackTo: 'dep_01k5hq4c2t6r1x',
  previousVersion: '8',
  newAliasVersion: '7',
  rollbackTimeMs: 412,
  operationId: 'op_01k5hq6j4b0s5v',
};

export const ROLLBACK_EXAMPLES = {
  done: { summary: 'The rollback is done', value: ROLLBACK_EXAMPLE },
  dryRun: { summary: 'With `dryRun`: nothing was moved', value: { dryRun: true as const, ...ELIGIBILITY_EXAMPLE } },
};

export const SWITCH_EXAMPLE: Static<typeof SwitchResult> = {
  message: 'Promoted deployment dep_01k5hq4c2t6r1x.',
  deploymentId: 'dep_01k5hq4c2t6r1x',
  previousVersion: '7',
  newAliasVersion: '8',
  switchTimeMs: 398,
  operationId: 'op_01k5hq6j4b0s5v',
};
