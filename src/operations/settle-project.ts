import {
  afterAnswer, afterInvalidation, afterSupersession, claimDue, dueFollowUps, isSettled, type DueFollowUps,
} from '../domain/follow-ups.ts';
import { operationEvents } from '../domain/operation-events.ts';
import type { Operation, SettlingOperation } from '../domain/operation.ts';
import type { Project } from '../domain/project.ts';
import { dueShardOf } from '../ports/stores.ts';
import { publishOperation } from './publish-owed.ts';
import { requestInvalidation } from './request-invalidation.ts';
import { scheduleOf } from './schedule-project.ts';
import type { SwitchDeps } from './switch-deps.ts';

export type SettleDeps = Pick<
  SwitchDeps, 'stores' | 'clock' | 'settings' | 'distributions' | 'probe' | 'inBackground' | 'events'>;

type Settling = Readonly<Record<string, SettlingOperation>>;

/**
 * One step towards what finished operations still owe: their records, the invalidation, the proof of
 * live. Answers the project as it is afterwards; undefined when somebody else changed it meanwhile.
 *
 * Order matters: how a follow-up ended is first written on the project's item, then in the
 * operation's own record, and only then is the entry dropped. So a replica that lost a race has
 * written nothing that is not so, and one that dies leaves the rest to the next.
 *
 * What has to be asked outside is asked in the background, because a site may be slow to answer, and
 * is first put off on the item, so that of several replicas one asks. An entry is left alone while
 * an operation holds the project, whose last write would take back what is written meanwhile.
 */
export async function settleProject(deps: SettleDeps, project: Project): Promise<Project | undefined> {
  if (project.operation || !project.settling) return project;
  const now = deps.clock.now();
  const entries = Object.values(project.settling).map((entry) => withoutStaleProbe(entry, project));
  await Promise.all(entries.map((entry) => writeRecords(deps, entry)));
  for (const { operation } of entries.filter(owesRecords)) deps.inBackground(() => publishOperation(deps, operation));

  const open = entries.filter((entry) => !isSettled(entry)).map(({ deployment: _, ...entry }) => {
    const due = dueFollowUps(entry, now);
    return { due, entry: { ...claimDue(entry, due, now + deps.settings.leaseMs), recorded: true as const } };
  });
  const settling = Object.fromEntries(open.map(({ entry }) => [entry.operation.operationId, entry]));
  const asked = open.filter(({ due }) => due.invalidation ?? due.probe);
  if (asked.length === 0 && sameEntries(project.settling, settling)) return project;
  const saved = await save(deps, project, settling);
  if (saved && asked.length > 0) deps.inBackground(() => followUp(deps, saved, asked));
  return saved;
}

/** Whether nothing is dropped, recorded or ended; what is claimed is not looked at. */
function sameEntries(before: Settling, after: Settling): boolean {
  return Object.entries(before).every(([id, { recorded, probe }]) => (
    recorded && after[id] !== undefined && (probe === undefined) === (after[id].probe === undefined)
  ));
}

function withoutStaleProbe(entry: SettlingOperation, { live }: Project): SettlingOperation {
  const isLive = live?.operationId === entry.operation.operationId;
  return entry.probe && !isLive ? afterSupersession(entry) : entry;
}

/** The operation's record is written as soon as it has ended, and again when its follow-ups have. */
export async function writeRecords(
  { stores }: Pick<SettleDeps, 'stores'>, entry: SettlingOperation,
): Promise<void> {
  if (!owesRecords(entry)) return;
  await Promise.all([
    writeOperation(stores, entry),
    entry.deployment && stores.deployments.create(entry.deployment),
  ]);
}

function owesRecords(entry: SettlingOperation): boolean {
  return !entry.recorded || isSettled(entry);
}

/**
 * A record without anything pending is the last word; a late writer changes it no more. The record owes
 * the operation's events from then on, so that the project's item need not be free for them.
 */
async function writeOperation({ operations }: SettleDeps['stores'], entry: SettlingOperation): Promise<void> {
  const { operation } = entry;
  const { operationId, startedAt, endedAt = startedAt } = operation;
  const record: Operation = {
    ...operation, owedEvents: operationEvents(entry), revision: 1, dueShard: dueShardOf(operationId), dueAt: endedAt,
  };
  const written = await operations.create(record);
  if (written.created || !hasPending(written.existing) || hasPending(operation)) return;
  const { revision = 1 } = written.existing;
  await operations.replace({ ...record, revision: revision + 1 }, { equals: { revision } });
}

function hasPending({ cache, proof }: Operation): boolean {
  return cache?.state === 'pending' || proof?.state === 'pending';
}

async function save(deps: SettleDeps, project: Project, settling: Settling): Promise<Project | undefined> {
  const { settling: _, ...rest } = project;
  const none = Object.keys(settling).length === 0;
  const after: Project = none ? rest : { ...rest, settling };
  const schedule = scheduleOf(after);
  const saved = await deps.stores.projects.update(
    { projectId: project.projectId },
    {
      set: { ...(!none && { settling }), ...schedule.set },
      remove: [...(none ? ['settling' as const] : []), ...schedule.remove],
      add: { revision: 1 },
    },
    { equals: { revision: project.revision }, absent: ['operation'] },
  );
  return saved.updated ? saved.item : undefined;
}

interface Asked {
  /** As it was claimed. */
  readonly entry: SettlingOperation;
  readonly due: DueFollowUps;
}

/** What was learned, to be told of the entry as it is by then. */
type Learned = (entry: SettlingOperation) => SettlingOperation;

/** Writers that lose this often in a row meet a project under heavy change. */
const MAX_TRIES = 8;

/**
 * The project may change while a site takes its time. What was learned still holds unless somebody
 * else has claimed the same; while an operation holds the project it is dropped, and asked again once
 * the claim has run out.
 */
async function followUp(deps: SettleDeps, claimed: Project, asked: readonly Asked[]): Promise<void> {
  const learned = new Map(await Promise.all(asked.map(async ({ entry, due }) => (
    [entry.operation.operationId, await askFor(deps, entry, due)] as const
  ))));
  let project: Project | undefined = claimed;
  for (let tries = 0; project?.settling && !project.operation && tries < MAX_TRIES; tries++) {
    const settling: Record<string, SettlingOperation> = {};
    for (const [id, entry] of Object.entries(project.settling)) {
      const current = withoutStaleProbe(entry, project);
      settling[id] = learned.get(id)?.(current) ?? current;
    }
    const saved = await save(deps, project, settling);
    if (saved) return void await settleProject(deps, saved);
    project = await deps.stores.projects.get({ projectId: claimed.projectId });
  }
}

async function askFor(deps: SettleDeps, claimed: SettlingOperation, due: DueFollowUps): Promise<Learned> {
  const { clock, settings: { followUps } } = deps;
  const [invalidation, answer] = await Promise.all([
    due.invalidation && requestInvalidation(deps.distributions, due.invalidation),
    due.probe && deps.probe.ask(due.probe.url, due.probe).then((given) => ({ given, at: clock.now() })),
  ]);
  const endedAt = clock.now();
  return (entry) => {
    let after = entry;
    if (invalidation && entry.invalidation?.dueAt === claimed.invalidation?.dueAt) {
      after = afterInvalidation(after, invalidation, endedAt, followUps);
    }
    if (answer && entry.probe?.dueAt === claimed.probe?.dueAt) after = afterAnswer(after, answer.given, answer.at, followUps);
    return after;
  };
}
