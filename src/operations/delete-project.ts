import { AnchorError } from '../domain/errors.ts';
import type { Project } from '../domain/project.ts';
import type { Clock } from '../ports/clock.ts';
import type { Stores } from '../ports/stores.ts';
import { findProject } from './find-project.ts';
import type { Operations } from './operations.ts';
import { projectEvent } from './owe-project-events.ts';
import { recordEvents, type EventDeps } from './record-events.ts';

/** Writers that lose this often in a row meet a project under heavy change. */
const MAX_TRIES = 8;
const PAGE = 100;

interface Deps extends EventDeps {
  readonly stores: Pick<Stores, 'projects' | 'domains' | 'deployments' | 'operations' | 'events' | 'feeds' | 'webhooks'>;
}

/**
 * Deletes the project with its deployments, operations and webhooks; its events stay for as long as they are
 * kept. The project is marked as closing before
 * its domains are looked for, so that none can be added after the look; a deletion that died half
 * way is finished by the next one. Throws `operation_in_progress` and `project_has_domains`, and
 * `project_not_found` unless an earlier run of the same request may have deleted it.
 */
export function deleteProject(deps: Deps): Operations['deleteProject'] {
  const { stores, clock } = deps;
  return async (projectId, run) => {
    if (run?.isResumed && !await stores.projects.get({ projectId })) return;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const closing = await close(stores, clock, await findProject(stores, projectId));
      if (!closing) continue;
      await refuseIfDomains(stores, clock, closing);
      await removeRecords(deps, projectId);
      await recordEnd(deps, closing);
      // A change since then may have been an old operation writing its records: look again.
      const gone = await stores.projects.remove({ projectId }, { equals: { revision: closing.revision } });
      if (gone.removed || !gone.current) return;
    }
    throw new AnchorError('project_busy', 'The project was changed by others at the same time. Try again.',
      { retryAfterSeconds: 1 });
  };
}

/** Undefined when somebody else changed the project meanwhile. */
async function close(stores: Deps['stores'], clock: Clock, project: Project): Promise<Project | undefined> {
  if (project.operation) {
    throw new AnchorError('operation_in_progress',
      `Operation ${project.operation.operationId} is running; delete the project when it has ended.`,
      { operationId: project.operation.operationId, retryAfterSeconds: 1 });
  }
  if (project.closing) return project;
  const marked = await stores.projects.update(
    { projectId: project.projectId },
    { set: { closing: true, updatedAt: clock.now() }, add: { revision: 1 } },
    { equals: { revision: project.revision }, absent: ['operation'] },
  );
  return marked.updated ? marked.item : undefined;
}

async function refuseIfDomains(stores: Deps['stores'], clock: Clock, { projectId }: Project): Promise<void> {
  const domains = await stores.domains.query({ index: 'byProject', hash: projectId, order: 'descending', limit: 3 });
  if (domains.length === 0) return;
  await stores.projects.update({ projectId },
    { set: { updatedAt: clock.now() }, remove: ['closing'], add: { revision: 1 } }, { present: ['closing'] });
  throw new AnchorError('project_has_domains',
    `The project still has domains (${domains.map((each) => each.domain).join(', ')}). Delete them, `
    + 'and wait until those that are being deleted are gone.');
}

/**
 * Before the project goes, since nobody would owe its events any more. A deletion that dies in between
 * leaves a project that is closing, and the next one finds the event recorded.
 */
async function recordEnd(deps: Deps, closing: Project): Promise<void> {
  const { projectId, name, owedEvents = [] } = closing;
  const end = projectEvent(closing, { type: 'project.deleted', name: 'deleted', data: { name } }, deps.clock.now());
  await recordEvents(deps, projectId, [...owedEvents, { ...end, eventKey: `${projectId}:deleted`, at: closing.updatedAt }]);
}

async function removeRecords(deps: Deps, projectId: string): Promise<void> {
  const { stores } = deps;
  for (;;) {
    const query = { hash: projectId, order: 'ascending', limit: PAGE } as const;
    const [deployments, operations, webhooks] = await Promise.all(
      [stores.deployments.query(query), stores.operations.query(query), stores.webhooks.query(query)]);
    if (deployments.length + operations.length + webhooks.length === 0) return;
    // What they still have to tell, the project's record keeps.
    for (const { owedEvents = [] } of [...deployments, ...operations, ...webhooks]) {
      await recordEvents(deps, projectId, owedEvents);
    }
    await Promise.all([
      ...deployments.map(({ deploymentId }) => stores.deployments.remove({ projectId, deploymentId })),
      ...operations.map(({ operationId }) => stores.operations.remove({ projectId, operationId })),
      ...webhooks.map(({ webhookId }) => stores.webhooks.remove({ projectId, webhookId })),
    ]);
  }
}
