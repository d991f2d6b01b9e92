import { isSettled } from '../domain/follow-ups.ts';
import type { SettlingOperation } from '../domain/operation.ts';
import type { Project } from '../domain/project.ts';
import { CloudError } from '../ports/cloud-error.ts';
import type { HeldProject } from './operation-journal.ts';
import { writeRecords, type SettleDeps } from './settle-project.ts';

/**
 * Writes the records that earlier operations still owe, for whoever holds the project: a project that
 * is changed without a pause is never free for `settleProject`, and its item would grow with every
 * change. The holder's last write leaves out what is done. What cannot be written stays owed.
 */
export async function recordOwed(deps: Pick<SettleDeps, 'stores'>, held: HeldProject): Promise<HeldProject> {
  const { settling, ...rest } = held.project;
  if (!settling) return held;
  const left = await Promise.all(Object.values(settling).map((entry) => leftOf(deps, entry)));
  const owed = left.flatMap((entry) => (entry ? [[entry.operation.operationId, entry] as const] : []));
  const project: Project = owed.length === 0 ? rest : { ...rest, settling: Object.fromEntries(owed) };
  return { ...held, project };
}

/** Undefined when nothing is left to do. */
async function leftOf(
  deps: Pick<SettleDeps, 'stores'>, entry: SettlingOperation,
): Promise<SettlingOperation | undefined> {
  try {
    await writeRecords(deps, entry);
  } catch (error) {
    if (error instanceof CloudError) return entry;
    throw error;
  }
  const { deployment: _, ...rest } = entry;
  return isSettled(entry) ? undefined : { ...rest, recorded: true };
}
