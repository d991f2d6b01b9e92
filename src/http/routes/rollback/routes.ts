import { BODY_PROBLEMS, answer, answers, problems } from '../../answers.ts';
import { ref } from '../../component.ts';
import { emptyWithoutBody } from '../../optional-body.ts';
import type { RouteDeps, RouteScope } from '../../route-scope.ts';
import { eligibilityView } from '../eligibility/schemas.ts';
import { ProjectParams } from '../projects/schemas.ts';
import {
  PromoteRequest, ROLLBACK_EXAMPLES, RollbackAnswer, RollbackRequest, SWITCH_EXAMPLE, SwitchResult, UndoRequest,
} from './schemas.ts';

const tags = ['Rollback'];

/** What can keep any switch from happening. */
const SWITCH_PROBLEMS = [
  'project_not_found', 'deployment_not_found', 'deployment_not_deployable', 'version_not_found', 'alias_not_found',
  'function_not_configured', 'operation_in_progress', 'project_busy', 'alias_update_failed', 'operation_unfinished',
] as const;
const UNDO_PROBLEMS = [
  'project_not_found', 'version_not_found', 'alias_not_found', 'operation_in_progress', 'project_busy',
  'alias_update_failed', 'operation_unfinished',
] as const;

export function rollbackRoutes(app: RouteScope, { operations }: RouteDeps): void {
  app.post('/projects/:projectId/rollback', {
    config: { claimsBeside: true, grant: 'deployer' },
    schema: {
      operationId: 'rollBack', tags, summary: 'Roll back to a deployment',
      description: 'Points the live alias of the server function, and of the image function when the target has an '
        + 'image version, at the target\'s versions: all of them or none. The answer comes when they are moved. The '
        + 'project is pinned thereby unless `pin` is false. With `dryRun` nothing is moved, and the answer says what '
        + 'was found.',
      params: ProjectParams, body: ref(RollbackRequest),
      response: {
        200: answers('The target is live; or what a dry run found.', ref(RollbackAnswer), ROLLBACK_EXAMPLES),
        ...problems(...BODY_PROBLEMS, ...SWITCH_PROBLEMS),
      },
    },
  }, async ({ params: { projectId }, body: { dryRun = false, ...input }, caller, run }) => {
    if (!dryRun) return operations.rollBack(projectId, { ...input, caller, run });
    await run?.claim();
    const found = await operations.checkEligibility(projectId, input.targetDeploymentId);
    return { dryRun: true as const, ...eligibilityView(found) };
  });

  app.post('/projects/:projectId/promote', {
    config: { claimsBeside: true, grant: 'deployer' },
    schema: {
      operationId: 'promoteDeployment', tags, summary: 'Make a deployment live',
      description: 'Goes forward as a rollback goes back: all aliases or none. While the project is pinned it is '
        + 'refused unless `override` is true.',
      params: ProjectParams, body: ref(PromoteRequest),
      response: {
        200: answer('The deployment is live.', ref(SwitchResult), SWITCH_EXAMPLE),
        ...problems(...BODY_PROBLEMS, ...SWITCH_PROBLEMS, 'project_pinned'),
      },
    },
  }, async ({ params, body, caller, run }) => operations.promote(params.projectId, { ...body, caller, run }));

  app.post('/projects/:projectId/rollback/undo', {
    config: { claimsBeside: true, grant: 'deployer' },
    preValidation: emptyWithoutBody,
    schema: {
      operationId: 'undoRollback', tags, summary: 'Undo the latest rollback',
      description: 'Makes live again what was live before the latest rollback, and lifts the pin that it set. Only '
        + 'while the rollback is what is live. The body may be left out.',
      params: ProjectParams, body: ref(UndoRequest),
      response: {
        200: answer('What was live before is live again.', ref(SwitchResult), SWITCH_EXAMPLE),
        ...problems(...BODY_PROBLEMS, ...UNDO_PROBLEMS, 'nothing_to_undo'),
      },
    },
  }, async ({ params, body, caller, run }) => operations.undoRollback(params.projectId, { ...body, caller, run }));
}
