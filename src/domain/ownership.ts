import type { HostnameClaim } from './hostname-claim.ts';
import type { Hostname } from './hostname.ts';
import { baseOf } from './name-family.ts';

/**
 * Why control has to be proven before a certificate is asked for:
 * - `held`: another project holds the name now
 * - `formerly_held`: another project was the last to hold the name, or its twin
 * - `parent_held`: another project holds a name above it
 * - `twin_held`: another project holds its wildcard, which the same DNS record proves to ACM
 */
export type ChallengeReason = 'held' | 'formerly_held' | 'parent_held' | 'twin_held';

/** A claim that stands in the way of giving the name at once. */
export interface Obstacle {
  readonly reason: ChallengeReason;
  /** The name whose claim decided. */
  readonly decidedBy: string;
}

/** A DNS record with a value nobody else can know, asked for before anything else is done for the name. */
export interface OwnershipChallenge extends Obstacle {
  readonly token: string;
  readonly recordName: string;
  /** The domain that held or was the last to hold the name when the proof was asked for; absent when none was. */
  readonly against?: string;
  readonly startedAt: number;
  readonly endsAt: number;
  /** When the record was seen. */
  readonly provenAt?: number;
}

/** What is claimed around one name. */
export interface FamilyClaims {
  readonly name: HostnameClaim | undefined;
  readonly twin: HostnameClaim | undefined;
  readonly parents: readonly (HostnameClaim | undefined)[];
}

/** Undefined when the project may have the name without a proof. Its own claims never stand in the way. */
export function obstacleFor(projectId: string, hostname: Hostname, claims: FamilyClaims): Obstacle | undefined {
  const { name, twin } = claims;
  if (name && isOthers(name, projectId)) {
    return { reason: isHeld(name) ? 'held' : 'formerly_held', decidedBy: name.hostname };
  }
  if (twin && isOthers(twin, projectId)) return { reason: twinReason(hostname, twin), decidedBy: twin.hostname };
  const parent = claims.parents.find((claim) => claim && isHeld(claim) && isOthers(claim, projectId));
  return parent && { reason: 'parent_held', decidedBy: parent.hostname };
}

function twinReason(hostname: Hostname, twin: HostnameClaim): ChallengeReason {
  if (!isHeld(twin)) return 'formerly_held';
  return baseOf(hostname) === hostname ? 'twin_held' : 'parent_held';
}

/** A tombstone is nobody's. */
export function isHeld({ releasedAt }: HostnameClaim): boolean {
  return releasedAt === undefined;
}

function isOthers(claim: HostnameClaim, projectId: string): boolean {
  return claim.projectId !== projectId;
}


export function newChallenge(init: {
  hostname: Hostname; obstacle: Obstacle; against: string | undefined; token: string; now: number; lastsMs: number;
}): OwnershipChallenge {
  const { hostname, obstacle, against, token, now, lastsMs } = init;
  return {
    ...obstacle, token, recordName: `_anchor-challenge.${baseOf(hostname)}`,
    ...(against !== undefined && { against }), startedAt: now, endsAt: now + lastsMs,
  };
}
