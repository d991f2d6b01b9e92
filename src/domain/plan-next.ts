import { isCertificateLeft } from './edge-drift.ts';
import { certificateOn, memberOf, namesIn } from './edge-names.ts';
import { edgeReasons } from './edge-reasons.ts';
import type { EdgeContext, EdgeDecision } from './edge-step.ts';
import { attach, isCovered, record, wait } from './edge-step.ts';
import type { Edge } from './edge.ts';
import type { Hostname } from './hostname.ts';
import { covers } from './name-coverage.ts';

/** Names that go on coming are waited for, but the first of them no longer than so many windows. */
const LONGEST_WINDOWS = 6;

/** Names that the certificate in place was issued for already. */
export function attachCovered(context: EdgeContext): EdgeDecision | undefined {
  const { edge: { serving }, names } = context;
  const ready = names.waiting.filter((name) => isCovered(context, name));
  return serving && ready.length > 0 ? attach(context, ready, serving.certificateArn) : undefined;
}

/** Plans a certificate for the names of today, when the one in place is not for exactly those. */
export function planNext(context: EdgeContext): EdgeDecision | undefined {
  const { edge, names, now, settings } = context;
  const { taken, full } = takenUp(context);
  const covered = names.moving.filter((name) => isCovered(context, name));
  const left = isCertificateLeft(context);
  const urgent = !left && isUncovered(context);
  const readyAt = urgent ? now : readyForPlan(context, taken, left);
  if (readyAt === undefined) {
    return full ? wait(edgeReasons.full(settings.distributionNameLimit), now + settings.driftCheckMs) : undefined;
  }
  if (readyAt > now) return wait(undefined, readyAt);
  if (edge.holdUntil !== undefined && now < edge.holdUntil) return wait(edge.reason, edge.holdUntil);
  const ours: Hostname[] = [...names.kept, ...taken, ...covered];
  return withOwnCertificate(context, ours, taken) ?? plan(context, ours);
}

/** As many as the certificate has room for; those already on the distribution have to be covered in any case. */
function takenUp(context: EdgeContext): { taken: Hostname[]; full: boolean } {
  const { names, seen, settings } = context;
  const uncovered = names.moving.filter((name) => !isCovered(context, name));
  const wanted = [...names.waiting, ...uncovered];
  const there = wanted.filter((name) => seen.aliases.includes(name));
  const others = wanted.filter((name) => !there.includes(name));
  const fixed = names.kept.length + names.foreign.length + there.length + names.moving.length - uncovered.length;
  const taken = [...there, ...others.slice(0, Math.max(settings.distributionNameLimit - fixed, 0))];
  return { taken, full: taken.length < wanted.length };
}

/** Names of ours are on the distribution, and our certificate is not there or no longer enough. */
function isUncovered({ edge, names, seen }: EdgeContext): boolean {
  if (names.kept.length === 0) return false;
  const { serving } = edge;
  return !serving || serving.ended !== undefined || serving.certificateArn !== certificateOn(seen)
    || ![...names.kept, ...names.rest].every((name) => covers(serving.names, name));
}

/** Undefined when there is nothing to plan. */
function readyForPlan(
  { edge, names, settings }: EdgeContext, taken: readonly Hostname[], certificateLeft: boolean,
): number | undefined {
  const windowMs = settings.edgeBatchWindowMs;
  const since = taken.map((name) => memberOf(edge, name)?.since ?? 0);
  if (since.length > 0) return Math.min(Math.max(...since) + windowMs, Math.min(...since) + LONGEST_WINDOWS * windowMs);
  if (certificateLeft) return undefined;
  const still = new Set<string>([...names.kept, ...names.moving, ...names.held, ...names.rest]);
  const left = edge.serving?.names.filter((name) => !still.has(name)) ?? [];
  const leaving = namesIn(edge, 'leaving').length > 0;
  // A certificate with a name that left cannot be renewed: its owner takes the record away.
  if (names.kept.length === 0 || left.length === 0 || leaving) return undefined;
  return Math.max(0, ...Object.values(edge.departed)) + windowMs;
}

/** The only name on the distribution is served by the certificate with which it proved itself. */
function withOwnCertificate(
  context: EdgeContext, ours: readonly Hostname[], taken: readonly Hostname[],
): EdgeDecision | undefined {
  const [name, ...others] = ours;
  if (name === undefined || others.length > 0) return undefined;
  const own = memberOf(context.edge, name)?.ownCertificateArn;
  const { serving } = context.edge;
  if (serving?.ended !== undefined && serving.certificateArn === own) return undefined;
  if (own === undefined || !context.names.rest.every((alias) => covers([name], alias))) return undefined;
  return attach(context, taken.filter((each) => context.names.waiting.includes(each)), own);
}

/** Ours come first, since the first name is limited in length and the others' might be longer. */
function plan({ edge, names, now }: EdgeContext, ours: readonly Hostname[]): EdgeDecision {
  const others = names.rest.filter((alias) => !covers(ours, alias));
  const [first, ...more] = [...ours].sort() as [Hostname, ...Hostname[]];
  const generation = edge.generation + 1;
  const { holdUntil: _, ...rest } = edge;
  const planned: Edge = {
    ...rest,
    generation,
    next: {
      generation, names: [first, ...more, ...others.sort()],
      projectId: memberOf(edge, first)?.projectId ?? '', plannedAt: now,
    },
  };
  return record(planned, now);
}
