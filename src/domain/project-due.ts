import { checkDelayMs } from './check-delay.ts';
import { isSettled } from './follow-ups.ts';
import type { SettlingOperation } from './operation.ts';
import type { Project } from './project.ts';

/**
 * When background work has to look at the project next; undefined: never. While an operation holds
 * the project, only its lease counts, because nobody else may change what it will write.
 */
export function projectDueAt(
  { operation, settling = {}, live, aliasCheckAt, owedEvents = [] }:
    Pick<Project, 'operation' | 'settling' | 'live' | 'aliasCheckAt' | 'owedEvents'>,
): number | undefined {
  if (operation) return operation.leaseUntil;
  const times = [...Object.values(settling).map(settlingDueAt), ...owedEvents.map(({ at }) => at)];
  if (live && aliasCheckAt !== undefined) times.push(aliasCheckAt);
  return times.length > 0 ? Math.min(...times) : undefined;
}

function settlingDueAt(entry: SettlingOperation): number {
  if (!entry.recorded || isSettled(entry)) return entry.operation.endedAt ?? 0;
  return Math.min(entry.invalidation?.dueAt ?? Infinity, entry.probe?.dueAt ?? Infinity);
}

/**
 * The next look at the aliases: spread by the project's id, so that projects that went live together
 * do not ask Lambda together. Undefined when aliases are not looked at.
 */
export function nextAliasCheckAt(aliasCheckMs: number, projectId: string, now: number): number | undefined {
  return aliasCheckMs > 0 ? now + checkDelayMs(aliasCheckMs, 0, projectId) : undefined;
}
