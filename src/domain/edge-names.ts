import type { DistributionState } from './distribution.ts';
import type { Edge, EdgeMember, MemberState } from './edge.ts';
import type { Hostname } from './hostname.ts';

/** What a decision looks at on a distribution. */
export type SeenDistribution = Pick<DistributionState, 'aliases' | 'viewerCertificate' | 'deployed'>;

/** The names of a distribution, sorted out into ours and others', wanted and not. */
export interface EdgeNames {
  /** Members that CloudFront has accepted. */
  readonly kept: readonly Hostname[];
  /** Members to be taken up, the longest waiting first. */
  readonly waiting: readonly Hostname[];
  /** Members that another distribution has and that are to be moved here, the longest waiting first. */
  readonly moving: readonly Hostname[];
  /** Members that another distribution has, until there is a way to get them. */
  readonly held: readonly Hostname[];
  /** Aliases on the distribution that are ours to take off. */
  readonly unwanted: readonly string[];
  /** Aliases on the distribution that stay, so any certificate must cover them. */
  readonly rest: readonly string[];
  /** Those of `rest` that others put there. */
  readonly foreign: readonly string[];
}

export function edgeNames(edge: Edge, seen: SeenDistribution): EdgeNames {
  const kept = namesIn(edge, 'attached', 'served');
  const waiting = namesIn(edge, 'joining', 'attaching').sort((a, b) => since(edge, a) - since(edge, b));
  const moving = namesIn(edge, 'moving').sort((a, b) => since(edge, a) - since(edge, b));
  const unwanted = seen.aliases.filter((alias) => isUnwanted(edge, alias));
  const rest = seen.aliases.filter((alias) => !unwanted.includes(alias));
  const ours = new Set<string>([...kept, ...waiting]);
  const foreign = rest.filter((alias) => !ours.has(alias));
  return { kept, waiting, moving, held: namesIn(edge, 'held'), unwanted, rest, foreign };
}

/** Sorted by name. */
export function namesIn(edge: Pick<Edge, 'members'>, ...states: MemberState[]): Hostname[] {
  return membersOf(edge).filter(([, member]) => states.includes(member.state)).map(([name]) => name).sort();
}

export function membersOf(edge: Pick<Edge, 'members'>): [Hostname, EdgeMember][] {
  return Object.entries(edge.members) as [Hostname, EdgeMember][];
}

export function memberOf(edge: Pick<Edge, 'members'>, name: string): EdgeMember | undefined {
  return edge.members[name as Hostname];
}

/** The ACM certificate on the distribution. */
export function certificateOn(seen: SeenDistribution): string | undefined {
  return seen.viewerCertificate.kind === 'acm' ? seen.viewerCertificate.certificateArn : undefined;
}

function isUnwanted(edge: Edge, alias: string): boolean {
  const member = memberOf(edge, alias);
  const strayed = edge.departed[alias] !== undefined;
  if (member === undefined) return strayed;
  if (member.foundThere) return false;
  return member.state === 'leaving' || (member.state === 'refused' && strayed);
}

function since(edge: Edge, name: Hostname): number {
  return memberOf(edge, name)?.since ?? 0;
}
