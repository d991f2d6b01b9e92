import { Type } from 'typebox';
import type { Static } from 'typebox';
import { DeploymentId, OperationId, STRICT } from '../../common-schemas.ts';
import { component } from '../../component.ts';

export const RollbackRequest = component('RollbackRequest', Type.Object({
  targetDeploymentId: Type.String({
    minLength: 1, maxLength: 64, description: 'The deployment of this project to go back to.',
    examples: ['dep_01k5hq4c2t6r1x'],
  }),
}, {
  ...STRICT, description: 'What to make live again.', examples: [{ targetDeploymentId: 'dep_01k5hq4c2t6r1x' }],
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
  rollbackTimeMs: Type.Integer({ description: 'How long it took, in milliseconds.', examples: [412] }),
  operationId: OperationId,
}, { description: 'A rollback that is done: every alias points at the target.' }));

export const ROLLBACK_EXAMPLE: Static<typeof RollbackResult> = {
  message: 'Rolled back from version 8 to deployment dep_01k5hq4c2t6r1x.',
  deploymentId: 'dep_01k5hq7p3w8g2m',
  rolledBackTo: 'dep_01k5hq4c2t6r1x',
  previousVersion: '8',
  newAliasVersion: '7',
  rollbackTimeMs: 412,
  operationId: 'op_01k5hq6j4b0s5v',
};
