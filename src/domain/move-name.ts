import { memberOf } from './edge-names.ts';
import type { EdgeContext, EdgeDecision, HeldLook } from './edge-step.ts';
import { change, isCovered, record } from './edge-step.ts';
import type { Edge, EdgeMember } from './edge.ts';
import type { HeldElsewhere } from './held-name.ts';
import { heldSince, holderAmong, isMovable, mayRetry, mayTryBlindly, nextLookAt } from './held-name.ts';
import type { Hostname } from './hostname.ts';
import { covers } from './name-coverage.ts';
import type { DomainSettings } from './domain-settings.ts';

/** Members held elsewhere whose look is due. */
export function dueLooks(edge: Edge, now: number): Hostname[] {
  return (Object.entries(edge.members) as [Hostname, EdgeMember][])
    .filter(([, { state, held }]) => state === 'held' && held !== undefined && held.lookAt <= now)
    .map(([name]) => name);
}

/** Writes down what a look at names held elsewhere gave, and which of them can go on. */
export function noteHeld({ edge, observed, now, settings }: EdgeContext): EdgeDecision | undefined {
  const looked = dueLooks(edge, now).flatMap((name) => {
    const [member, look] = [memberOf(edge, name), observed.held[name]];
    return member?.held && look
      ? [[name, afterLook(edge, name, { ...member, held: member.held }, look, now, settings)] as const] : [];
  });
  if (looked.length === 0) return undefined;
  return record({ ...edge, members: { ...edge.members, ...Object.fromEntries(looked) } }, now);
}

/**
 * Moves a name here once CloudFront has deployed a certificate for it: from the moment CloudFront
 * sends its visitors here there is a certificate for them.
 */
export function moveName(context: EdgeContext): EdgeDecision | undefined {
  const { edge, names, seen, now } = context;
  if (!seen.deployed || edge.serving?.deployed !== true) return undefined;
  const name = names.moving.find((each) => isCovered(context, each));
  return name && { action: { kind: 'move_name', name }, reason: edge.reason, nextCheckAt: now };
}

/**
 * Where nobody is served yet, the certificate with which a held name proved itself is set without the
 * name: AWS tells who has a name only to a distribution whose certificate covers it.
 */
export function coverHeld(context: EdgeContext): EdgeDecision | undefined {
  const { edge, names, now } = context;
  if (edge.serving || edge.next || names.kept.length + names.waiting.length + names.moving.length > 0) return undefined;
  if (edge.holdUntil !== undefined && now < edge.holdUntil) return undefined;
  const name = names.held.find((each) => (
    memberOf(edge, each)?.ownCertificateArn !== undefined && names.rest.every((alias) => covers([each], alias))
  ));
  const certificateArn = name && memberOf(edge, name)?.ownCertificateArn;
  return certificateArn === undefined ? undefined : change(names, [], { kind: 'acm', certificateArn }, now);
}

/** Not later than the next look at a name that is held elsewhere. */
export function lookInTime({ edge, names }: EdgeContext, waiting: EdgeDecision): EdgeDecision {
  const looks = names.held.flatMap((name) => memberOf(edge, name)?.held?.lookAt ?? []);
  if (looks.length === 0) return waiting;
  return { ...waiting, nextCheckAt: Math.min(waiting.nextCheckAt ?? Infinity, ...looks) };
}

/** After CloudFront refused to add the name because another distribution has it. */
export function hold(edge: Edge, name: Hostname, target: string, now: number): Edge {
  const member = memberOf(edge, name);
  if (!member) return edge;
  // A name that was taken from us is not put right but moved.
  const { drift: _drift, warning: _warning, ...rest } = member;
  const held = heldSince(member.held, target, now);
  return { ...edge, members: { ...edge.members, [name]: { ...rest, state: 'held', held } } };
}

/** After AWS refused to move the name: it is tried again at the pace of looks. */
export function afterMoveRefused(
  edge: Edge, name: Hostname, refusal: string, now: number, settings: DomainSettings,
): Edge {
  const member = memberOf(edge, name);
  if (!member?.held) return edge;
  const held = { ...member.held, triedAt: now, lookAt: nextLookAt(member.held, name, now, settings), refusal };
  return { ...edge, members: { ...edge.members, [name]: { ...member, state: 'held', held } } };
}

function afterLook(
  edge: Edge, name: Hostname, member: EdgeMember & { readonly held: HeldElsewhere }, { proof, conflicts }: HeldLook,
  now: number, settings: DomainSettings,
): EdgeMember {
  const { holder: before, ...rest } = member.held;
  const found = conflicts.kind === 'found';
  const holder = found ? holderAmong(name, conflicts.value, edge.serving?.certificateArn ?? '') : before;
  const held = { ...rest, ...(holder && { holder }), lookAt: nextLookAt(rest, name, now, settings) };
  if (proof === 'seen' && isMovable(name, held)) return { ...member, held, state: 'moving', since: now };
  const isFree = found && holder?.name !== name && mayRetry(held, now, settings);
  const isBlind = conflicts.kind === 'not_asked' && mayTryBlindly(held, now, settings);
  return isFree || isBlind ? { ...member, held, state: 'joining', since: now } : { ...member, held };
}
