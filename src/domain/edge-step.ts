import { checkDelayMs, failureDelayMs } from './check-delay.ts';
import type { Certificate } from './certificate.ts';
import type { DistributionChange, DistributionState } from './distribution.ts';
import type { DomainSettings } from './domain-settings.ts';
import type { EdgeNames, SeenDistribution } from './edge-names.ts';
import { certificateOn, memberOf, membersOf } from './edge-names.ts';
import type { Edge, EdgeNext } from './edge.ts';
import type { NameConflict } from './held-name.ts';
import type { Hostname } from './hostname.ts';
import type { Observed, Proof, StillPending } from './observed.ts';

/** A look at a name that another distribution has. */
export interface HeldLook {
  /** Whether its TXT record names our distribution. */
  readonly proof: Proof;
  /** Who has it; asked for only where AWS would answer. */
  readonly conflicts: Observed<readonly NameConflict[]>;
}

export interface EdgeObservation {
  readonly distribution: Exclude<Observed<DistributionState>, { kind: 'not_asked' }>;
  /** The certificate of `edge.next`, asked for when its ARN is known; listed as pending only within the grace time. */
  readonly next: Observed<Certificate> | StillPending;
  /** The ARN under the token of `edge.next`, looked for when the token's hour is over. */
  readonly nextByToken: Observed<string>;
  /** Validation records of waiting names that are still pending after the grace time. */
  readonly proofs: Readonly<Record<string, Proof>>;
  /** The serving certificate, asked for when its end is unknown or near. */
  readonly serving: Observed<Certificate>;
  /** Projects of names that others changed, which want that left as it is. */
  readonly reporting: readonly string[];
  /** Names held elsewhere whose look is due. */
  readonly held: Readonly<Record<string, HeldLook>>;
}

export type EdgeAction =
  | { readonly kind: 'none' }
  /** Save this and decide again; nothing outside changes. */
  | { readonly kind: 'record'; readonly edge: Edge }
  | { readonly kind: 'request_certificate'; readonly next: EdgeNext }
  | EdgeChange
  /** Takes the name from whoever has it. */
  | { readonly kind: 'move_name'; readonly name: Hostname }
  | { readonly kind: 'remove_certificate'; readonly certificateArn: string };

export interface EdgeChange extends DistributionChange {
  readonly kind: 'change_distribution';
  /** Names that are not on the distribution yet. */
  readonly adding: readonly Hostname[];
}

export interface EdgeDecision {
  readonly action: EdgeAction;
  /** For the owners of names that wait; undefined clears it. Not for `record`, whose edge holds its own. */
  readonly reason?: string | undefined;
  /** Undefined: not before somebody joins or leaves. */
  readonly nextCheckAt: number | undefined;
  /** The world could not be seen: counts as a failed pass. */
  readonly blind?: true;
}

/** Everything the steps of a decision look at. */
export interface EdgeContext {
  readonly edge: Edge;
  readonly names: EdgeNames;
  readonly seen: SeenDistribution;
  readonly observed: EdgeObservation;
  readonly now: number;
  readonly settings: DomainSettings;
}

/** Nothing to do before `nextCheckAt`. */
export function wait(reason: string | undefined, nextCheckAt: number | undefined): EdgeDecision {
  return { action: { kind: 'none' }, reason, nextCheckAt };
}

export function record(edge: Edge, now: number): EdgeDecision {
  return { action: { kind: 'record', edge }, nextCheckAt: now };
}

/** Nothing is decided on what could not be seen. */
export function blind(edge: Edge, now: number, settings: DomainSettings): EdgeDecision {
  const delayMs = failureDelayMs(settings.certificateCheckMs, edge.attempts + 1, edge.distributionId);
  return { action: { kind: 'none' }, reason: edge.reason, nextCheckAt: now + delayMs, blind: true };
}

/** Whether the certificate on the distribution is ours, is good and was issued for this name. */
export function isCovered({ edge: { serving }, seen }: EdgeContext, name: Hostname): boolean {
  return serving !== undefined && serving.ended === undefined && serving.certificateArn === certificateOn(seen)
    && serving.names.includes(name);
}

/** Adds names under a certificate that covers everything; written down before it is sent. */
export function attach(
  { edge, names, now }: EdgeContext, ready: readonly Hostname[], certificateArn: string,
): EdgeDecision {
  const adding = edge.oneByOne ? ready.slice(0, 1) : ready;
  const unwritten = adding.filter((name) => memberOf(edge, name)?.state === 'joining');
  if (unwritten.length > 0) return record(marked(edge, unwritten), now);
  return change(names, adding, { kind: 'acm', certificateArn }, now);
}

function marked(edge: Edge, names: readonly Hostname[]): Edge {
  const members = membersOf(edge).map(([name, member]) => (
    [name, names.includes(name) ? { ...member, state: 'attaching' as const } : member] as const
  ));
  return { ...edge, members: Object.fromEntries(members) };
}

/** Names that stay keep their place: every change sends all of them. */
export function change(
  { rest }: EdgeNames, adding: readonly Hostname[], viewerCertificate: DistributionChange['viewerCertificate'], now: number,
): EdgeDecision {
  const aliases = [...new Set<string>([...rest, ...adding])];
  return { action: { kind: 'change_distribution', aliases, viewerCertificate, adding }, nextCheckAt: now };
}

/** The pace of looks at something that takes its time. */
export function laterAt({ edge, now, settings }: EdgeContext, since: number): number {
  return now + checkDelayMs(settings.certificateCheckMs, now - since, edge.distributionId);
}
