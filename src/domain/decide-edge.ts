import { isEnded } from './certificate-failure.ts';
import type { Certificate } from './certificate.ts';
import type { DomainSettings } from './domain-settings.ts';
import type { SeenDistribution } from './edge-names.ts';
import { certificateOn, edgeNames, membersOf, namesIn } from './edge-names.ts';
import { edgeReasons } from './edge-reasons.ts';
import type { EdgeContext, EdgeDecision, EdgeObservation } from './edge-step.ts';
import { blind, change, record, wait } from './edge-step.ts';
import type { Edge, EdgeServing } from './edge.ts';
import { isReported } from './edge-drift.ts';
import { followNext } from './follow-next.ts';
import { coverHeld, lookInTime, moveName, noteHeld } from './move-name.ts';
import { covers } from './name-coverage.ts';
import type { Observed } from './observed.ts';
import { attachCovered, planNext } from './plan-next.ts';
import { sameEdge, settleEdge } from './settle-edge.ts';

const NOTHING_THERE: SeenDistribution = { aliases: [], viewerCertificate: { kind: 'default' }, deployed: true };

/**
 * The one step that brings a distribution nearer to what its members want. First it writes down what
 * is true; then names leave, outside changes are put right, and names that wait are taken up. At no
 * time is a name that is served without a certificate that covers it, because a certificate and the
 * names it is for are always set in one change, and only names that left are ever taken off.
 */
export function decideEdge(
  edge: Edge, observed: EdgeObservation, now: number, settings: DomainSettings,
): EdgeDecision {
  const { distribution } = observed;
  if (distribution.kind === 'unknown') return blind(edge, now, settings);
  const seen = distribution.kind === 'found' ? distribution.value : NOTHING_THERE;
  const settled = settleEdge(edge, seen, now, settings.strayMs);
  if (!sameEdge(settled, edge)) return record(settled, now);
  const serving = withExpiry(edge, observed.serving, now);
  if (serving) return record({ ...edge, serving }, now);
  const context = { edge, seen, observed, now, settings, names: edgeNames(edge, seen) };
  const decision = distribution.kind === 'absent' ? withoutDistribution(context) : firstStep(context);
  return decision.action.kind === 'none' && !decision.blind ? removeRetired(context, decision) : decision;
}

/** What ACM says of the serving certificate; undefined when it did not. */
function withExpiry({ serving }: Edge, look: Observed<Certificate>, now: number): EdgeServing | undefined {
  if (!serving || look.kind === 'not_asked' || look.kind === 'unknown') return undefined;
  if (look.kind === 'absent') return { ...serving, checkedAt: now };
  const { notAfter, status } = look.value;
  const { ended: _, ...rest } = serving;
  return { ...rest, checkedAt: now, ...(notAfter !== undefined && { notAfter }), ...(isEnded(status) && { ended: status }) };
}

function firstStep(context: EdgeContext): EdgeDecision {
  const decision = takeOff(context) ?? putBack(context) ?? repair(context) ?? noteHeld(context) ?? moveName(context)
    ?? followNext(context) ?? attachCovered(context) ?? planNext(context) ?? coverHeld(context) ?? idle(context);
  return decision.action.kind === 'none' && !decision.blind ? lookInTime(context, decision) : decision;
}

/**
 * Takes off names of ours that are to go, under the certificate that is there: it covered them all,
 * so it covers those that stay. CloudFront may refuse one that has ended or was given up; where names
 * of ours stay, they go with the change to the next one.
 */
function takeOff({ edge, names, seen, now }: EdgeContext): EdgeDecision | undefined {
  if (names.unwanted.length === 0) return undefined;
  if (names.rest.length === 0) return change(names, [], { kind: 'default' }, now);
  const current = certificateOn(seen);
  const givenUp = edge.serving?.ended !== undefined || (current !== undefined && edge.retired.includes(current));
  if (givenUp && names.kept.length > 0) return undefined;
  const ours = edge.serving?.certificateArn === current;
  const lastOfOurs = names.kept.length === 0 && names.foreign.length === names.rest.length;
  const original = ours && lastOfOurs ? usable(edge) : undefined;
  return change(names, [], original ?? seen.viewerCertificate, now);
}

/** When nobody of ours is left, the certificate is again the one that was there before us. */
function putBack({ edge, names, seen, now }: EdgeContext): EdgeDecision | undefined {
  const { serving } = edge;
  if (serving === undefined || serving.certificateArn !== certificateOn(seen)) return undefined;
  const ours = names.kept.length + names.waiting.length + names.moving.length + names.held.length;
  if (ours > 0 || namesIn(edge, 'leaving').length > 0) return undefined;
  if (names.rest.length === 0) return change(names, [], { kind: 'default' }, now);
  const original = usable(edge);
  return original && change(names, [], original, now);
}

/** CloudFront's own certificate serves no alias, so it cannot be put back under aliases. */
function usable({ baseline }: Edge): Edge['baseline'] {
  return baseline?.kind === 'default' ? undefined : baseline;
}

/**
 * Somebody else took a name of ours off or set another certificate: ours goes back, if it covers everything.
 * A name whose project wants a report stays off; the certificate is everybody's, so one that wants it back is enough.
 */
function repair(context: EdgeContext): EdgeDecision | undefined {
  const { edge, names, seen, now } = context;
  const { serving } = edge;
  const wanted = names.kept.filter((name) => !isReported(context, name));
  if (wanted.length === 0 || !serving || serving.ended !== undefined) return undefined;
  const missing = wanted.filter((name) => !seen.aliases.includes(name));
  if (missing.length === 0 && serving.certificateArn === certificateOn(seen)) return undefined;
  const adding = edge.oneByOne ? missing.slice(0, 1) : missing;
  if (![...names.rest, ...adding].every((name) => covers(serving.names, name))) return undefined;
  return change(names, adding, { kind: 'acm', certificateArn: serving.certificateArn }, now);
}

function idle({ edge, seen, now, settings }: EdgeContext): EdgeDecision {
  const unfinished = namesIn(edge, 'attaching', 'attached', 'leaving').length > 0 || edge.serving?.deployed === false;
  if (unfinished || !seen.deployed) return wait(undefined, now + settings.deployCheckMs);
  const waiting = namesIn(edge, 'joining', 'served', 'held', 'moving').length > 0 || edge.serving;
  if (waiting) return wait(undefined, now + settings.driftCheckMs);
  const departed = Object.values(edge.departed);
  return wait(undefined, departed.length > 0 ? Math.min(...departed) + settings.strayMs + 1 : undefined);
}

function withoutDistribution({ edge, now, settings }: EdgeContext): EdgeDecision {
  if (membersOf(edge).length > 0) return wait(edgeReasons.noDistribution(edge.distributionId), now + settings.driftCheckMs);
  return wait(undefined, Object.keys(edge.departed).length > 0 ? now + settings.driftCheckMs : undefined);
}

/** While nothing else is to be done: one certificate a pass, and only once CloudFront has deployed what replaced it. */
function removeRetired({ edge, seen, now, settings }: EdgeContext, waiting: EdgeDecision): EdgeDecision {
  const current = certificateOn(seen);
  const certificateArn = edge.retired.find((arn) => arn !== current);
  if (certificateArn === undefined || !seen.deployed || edge.serving?.deployed === false) return waiting;
  const at = (edge.retiredTriedAt ?? -Infinity) + settings.inUseRetryMs;
  if (now < at) return { ...waiting, nextCheckAt: Math.min(waiting.nextCheckAt ?? Infinity, at) };
  return { action: { kind: 'remove_certificate', certificateArn }, reason: waiting.reason, nextCheckAt: now };
}
