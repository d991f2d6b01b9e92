import type { SeenDistribution } from './edge-names.ts';
import { certificateOn, edgeNames, membersOf, namesIn } from './edge-names.ts';
import type { Edge, EdgeDrift, EdgeMember, EdgeServing } from './edge.ts';
import type { Hostname } from './hostname.ts';

export type EdgeDraft = { -readonly [K in keyof Edge]: Edge[K] };

/**
 * Writes down what the distribution shows: which certificate CloudFront accepted, which members are
 * attached, served or gone, what others have there. Asks for nothing and changes nothing outside,
 * and gives the same edge when there is no news.
 */
export function settleEdge(edge: Edge, seen: SeenDistribution, now: number, strayMs: number): Edge {
  const draft: EdgeDraft = { ...edge };
  noteBaseline(draft, seen);
  adoptCertificate(draft, seen);
  draft.members = settledMembers(draft, seen, now);
  noteDrift(draft, seen, now);
  retireOwnCertificates(draft);
  letGoOfServing(draft, seen);
  forgetDeparted(draft, seen, now, strayMs);
  draft.foreign = [...edgeNames(draft, seen).foreign].sort();
  if (allAreThere(draft, seen)) delete draft.oneByOne;
  forgetBaseline(draft);
  return draft;
}

function allAreThere(draft: EdgeDraft, seen: SeenDistribution): boolean {
  return namesIn(draft, 'joining', 'attaching', 'attached', 'served').every((name) => seen.aliases.includes(name));
}

/** Whether two edges hold the same, whatever the order of their attributes. */
export function sameEdge(a: Edge, b: Edge): boolean {
  return canonical(a) === canonical(b);
}

export function withoutWarnings(edge: Pick<Edge, 'members'>): Edge['members'] {
  return Object.fromEntries(membersOf(edge).map(([name, { warning: _, ...member }]) => [name, member]));
}

/** Puts a certificate among those to delete, unless something on the edge still names it. */
export function retire(draft: EdgeDraft, certificateArn: string): void {
  const named = [draft.serving?.certificateArn, draft.next?.certificateArn,
    ...membersOf(draft).map(([, member]) => member.ownCertificateArn), ...draft.retired];
  if (!named.includes(certificateArn)) draft.retired = [...draft.retired, certificateArn];
}

/** Before our first change, so that it can be put back after our last. */
function noteBaseline(draft: EdgeDraft, seen: SeenDistribution): void {
  if (draft.baseline || draft.serving || namesIn(draft, 'joining', 'attaching', 'held', 'moving').length === 0) return;
  const current = certificateOn(seen);
  if (current === undefined || !isOurs(draft, current)) draft.baseline = seen.viewerCertificate;
}

function isOurs(draft: EdgeDraft, certificateArn: string): boolean {
  return draft.retired.includes(certificateArn) || draft.next?.certificateArn === certificateArn
    || membersOf(draft).some(([, member]) => member.ownCertificateArn === certificateArn);
}

/** What the distribution carries is what CloudFront accepted, whether or not the answer was ever seen. */
function adoptCertificate(draft: EdgeDraft, seen: SeenDistribution): void {
  const current = certificateOn(seen);
  const before = draft.serving;
  if (current === undefined) return;
  if (before?.certificateArn === current) {
    if (seen.deployed && !before.deployed) draft.serving = { ...before, deployed: true };
    return;
  }
  const adopted = adoptable(draft, current, seen.deployed);
  if (!adopted) return;
  draft.serving = adopted;
  if (draft.next?.certificateArn === current) delete draft.next;
  if (before) retire(draft, before.certificateArn);
  draft.members = withoutWarnings(draft);
}

function adoptable(draft: EdgeDraft, current: string, deployed: boolean): EdgeServing | undefined {
  if (draft.next?.certificateArn === current) return { certificateArn: current, names: draft.next.names, deployed };
  const owner = membersOf(draft).find(([, { ownCertificateArn, state }]) => (
    ownCertificateArn === current && state !== 'leaving' && state !== 'refused'
  ));
  return owner && { certificateArn: current, names: [owner[0]], deployed };
}

function settledMembers(draft: EdgeDraft, seen: SeenDistribution, now: number): Edge['members'] {
  const members: Record<Hostname, EdgeMember> = {};
  for (const [name, member] of membersOf(draft)) {
    const settled = settledMember(draft, name, member, seen);
    if (settled) members[name] = settled;
    else if (!member.foundThere) draft.departed = { ...draft.departed, [name]: now };
  }
  return members;
}

/** Undefined when the member has left. */
function settledMember(
  draft: EdgeDraft, name: Hostname, member: EdgeMember, seen: SeenDistribution,
): EdgeMember | undefined {
  const onDistribution = seen.aliases.includes(name);
  const { serving } = draft;
  const covered = onDistribution && serving !== undefined && serving.certificateArn === certificateOn(seen)
    && serving.ended === undefined && serving.names.includes(name);
  switch (member.state) {
    case 'joining': {
      const { foundThere: _, ...rest } = member;
      return onDistribution && draft.departed[name] === undefined ? { ...rest, foundThere: true } : rest;
    }
    case 'attaching':
    case 'attached':
      if (covered) return { ...withoutHeld(member), state: seen.deployed ? 'served' : 'attached' };
      return member;
    // It is ours now, whoever moved it; under a certificate that is not ours one has to be found for it.
    case 'held':
    case 'moving':
      return onDistribution ? { ...withoutHeld(member), state: 'attaching' } : member;
    case 'leaving':
      return member.foundThere || (!onDistribution && seen.deployed) ? undefined : member;
    case 'served':
      // Nothing is served by a certificate that has ended, and what replaces it has to be deployed first.
      return serving?.ended === undefined ? member : { ...member, state: 'attached' };
    case 'refused':
      return member;
  }
}

function withoutHeld({ held: _, ...member }: EdgeMember): EdgeMember {
  return member;
}

/** What we last saw accepted and is there no more was changed by others; a mark stays until what is right again is deployed. */
function noteDrift(draft: EdgeDraft, seen: SeenDistribution, now: number): void {
  for (const name of namesIn(draft, 'attached', 'served')) {
    const { drift, ...member } = draft.members[name] as EdgeMember;
    const kind = driftOf(draft, seen, name);
    const marked = kind ?? (seen.deployed ? undefined : drift?.kind);
    if (marked === drift?.kind) continue;
    const noted = marked === undefined ? member : { ...member, drift: { kind: marked, foundAt: drift?.foundAt ?? now } };
    draft.members = { ...draft.members, [name]: noted };
  }
}

function driftOf({ serving }: EdgeDraft, seen: SeenDistribution, name: Hostname): EdgeDrift['kind'] | undefined {
  if (!seen.aliases.includes(name)) return 'alias_removed';
  return serving && serving.certificateArn !== certificateOn(seen) ? 'certificate_replaced' : undefined;
}

/** A member that a shared certificate serves needs its own no more. */
function retireOwnCertificates(draft: EdgeDraft): void {
  const { serving } = draft;
  if (!serving?.deployed) return;
  for (const [name, member] of membersOf(draft)) {
    const { ownCertificateArn, ...rest } = member;
    if (member.state !== 'served' || ownCertificateArn === undefined) continue;
    if (ownCertificateArn === serving.certificateArn || !serving.names.includes(name)) continue;
    draft.members = { ...draft.members, [name]: rest };
    retire(draft, ownCertificateArn);
  }
}

function letGoOfServing(draft: EdgeDraft, seen: SeenDistribution): void {
  const { serving } = draft;
  if (!serving || serving.certificateArn === certificateOn(seen)) return;
  if (namesIn(draft, 'attaching', 'attached', 'served', 'leaving').length > 0) return;
  delete draft.serving;
  retire(draft, serving.certificateArn);
}

/** A name that is still there has to be taken off, however long ago that was decided. */
function forgetDeparted(draft: EdgeDraft, seen: SeenDistribution, now: number, strayMs: number): void {
  const back = new Set<string>(namesIn(draft, 'attached', 'served'));
  draft.departed = Object.fromEntries(
    Object.entries(draft.departed).filter(([name, at]) => (
      (now - at <= strayMs || seen.aliases.includes(name)) && !back.has(name)
    )),
  );
}

/** Only when nothing of ours can come back any more: a late change would need it again. */
function forgetBaseline(draft: EdgeDraft): void {
  const busy = namesIn(draft, 'joining', 'attaching', 'attached', 'served', 'held', 'moving', 'leaving').length > 0;
  if (busy || draft.serving || draft.next || Object.keys(draft.departed).length > 0) return;
  delete draft.baseline;
  delete draft.holdUntil;
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part
  ));
}
