import type { CustomDomain } from '../domain/custom-domain.ts';
import type { DomainPair } from '../domain/domain-pair.ts';
import { AnchorError } from '../domain/errors.ts';
import { contenderKey } from '../domain/hostname-claim.ts';
import type { HostnameClaim } from '../domain/hostname-claim.ts';
import type { Hostname } from '../domain/hostname.ts';
import type { Obstacle, OwnershipChallenge } from '../domain/ownership.ts';
import { isHeld, newChallenge, obstacleFor } from '../domain/ownership.ts';
import type { DomainTarget } from '../domain/choose-edge.ts';
import { dueShardOf } from '../ports/stores.ts';
import type { ClaimLook } from './claim-hostname.ts';
import { claimHostname, dropClaim, lookAtClaims } from './claim-hostname.ts';
import { roomTaken } from './distribution-edge.ts';
import type { DomainDeps } from './domain-deps.ts';
import { findOpenProject } from './find-project.ts';
import { owesDomain } from './owe-domain-events.ts';
import { publishDomain } from './publish-owed.ts';

/** More of one project's domains than fit on any distribution. */
const MOST_WAITING = 100;
/** Looks at the claims, each outdated by somebody quicker. */
const MAX_TRIES = 4;

export interface WantedDomain {
  readonly projectId: string;
  readonly hostname: Hostname;
  readonly target: DomainTarget;
  /** Contend for the name should another project hold it. */
  readonly takeOver: boolean;
  readonly pair?: DomainPair | undefined;
}

export interface Begun {
  readonly created: boolean;
  readonly record: CustomDomain;
}

/**
 * Writes the domain: with the name's claim where nothing speaks against it, else as one that first has to
 * prove control, beside the claim and without touching it. Throws `project_not_found`,
 * `project_busy`, `distribution_full`, `hostname_taken`, `domain_deleting`.
 */
export async function beginDomain(deps: DomainDeps, wanted: WantedDomain): Promise<Begun> {
  const { projectId, hostname } = wanted;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const look = await lookAtClaims(deps, projectId, hostname);
    const known = await knownDomain(deps, projectId, look);
    if (known) return { created: false, record: unlessDeleting(known) };
    const own = ownClaim(look, projectId);
    if (!own) await refuseIfFull(deps, wanted);
    const obstacle = obstacleFor(projectId, hostname, look);
    const begun = obstacle && !own
      ? await contend(deps, wanted, obstacle, look) : await hold(deps, wanted, look);
    if (begun) return begun;
  }
  throw new AnchorError('project_busy', `${hostname} was asked for by others at the same time. Try again.`,
    { retryAfterSeconds: 1 });
}

/** The project's own, by the name's claim or beside it. */
async function knownDomain(
  { stores }: DomainDeps, projectId: string, look: ClaimLook,
): Promise<CustomDomain | undefined> {
  const claims = [ownClaim(look, projectId), look.contention].filter((claim) => claim !== undefined);
  const found = await Promise.all(claims.map(({ domainId }) => stores.domains.get({ domainId })));
  return found.find((record) => record !== undefined);
}

function ownClaim({ stored }: ClaimLook, projectId: string): HostnameClaim | undefined {
  return stored?.projectId === projectId && isHeld(stored) ? stored : undefined;
}

function unlessDeleting(record: CustomDomain): CustomDomain {
  if (record.desired === 'present') return record;
  throw domainDeleting(record.domain);
}

export function domainDeleting(domain: Hostname): AnchorError {
  return new AnchorError('domain_deleting',
    `${domain} is being deleted in this project. Add it again when it is gone.`, { retryAfterSeconds: 30 });
}

/**
 * Undefined when it came to nothing and is to be looked at again. The names around it are looked at
 * once more after the claim: of two that claim a name and its wildcard together, one sees the other.
 */
async function hold(deps: DomainDeps, wanted: WantedDomain, look: ClaimLook): Promise<Begun | undefined> {
  const { projectId, hostname } = wanted;
  const claim = await claimHostname(deps, {
    hostname, projectId, domainId: deps.ids.next('dom'), claimedAt: deps.clock.now(),
  }, look);
  if (!claim) return undefined;
  const around = await lookAtClaims(deps, projectId, hostname);
  if (obstacleFor(projectId, hostname, around)) {
    await dropClaim(deps, claim);
    return undefined;
  }
  await checkProjectStays(deps, claim);
  return write(deps, wanted, claim.domainId, undefined);
}

async function contend(deps: DomainDeps, wanted: WantedDomain, obstacle: Obstacle, look: ClaimLook): Promise<Begun> {
  const { projectId, hostname } = wanted;
  if (obstacle.reason === 'held' && !wanted.takeOver) throw hostnameTaken(hostname);
  const entry: HostnameClaim = {
    hostname: contenderKey(hostname, projectId), projectId, domainId: deps.ids.next('dom'), claimedAt: deps.clock.now(),
  };
  const made = await deps.stores.hostnames.create(entry);
  const contention = made.created ? entry : made.existing;
  await checkProjectStays(deps, contention);
  const challenge = newChallenge({
    hostname, obstacle, against: look.stored?.domainId, token: deps.tokens.next(),
    now: deps.clock.now(), lastsMs: deps.settings.challengeMs,
  });
  return write(deps, wanted, contention.domainId, challenge);
}

function hostnameTaken(hostname: string): AnchorError {
  return new AnchorError('hostname_taken',
    `${hostname} is in use already, and a name can be held once. If it is yours, send `
    + `{"domain": "${hostname}", "takeOver": true} to prove by a DNS record that you control it; until then it stays `
    + 'where it is.');
}

/** Counts what is on the distribution and what this project is about to bring; when names join it is counted again. */
async function refuseIfFull(deps: DomainDeps, { projectId, target }: WantedDomain): Promise<void> {
  if (target.edgeMode === 'tenant') return;
  const { distributionId } = target;
  const [edge, domains] = await Promise.all([
    deps.stores.edges.get({ distributionId }),
    deps.stores.domains.query({ index: 'byProject', hash: projectId, order: 'descending', limit: MOST_WAITING }),
  ]);
  const waiting = domains.filter((domain) => (
    domain.distributionId === distributionId && domain.desired === 'present'
    && ['requesting', 'validating'].includes(domain.phase)
  ));
  const limit = deps.settings.distributionNameLimit;
  if (roomTaken(edge) + waiting.length < limit) return;
  throw new AnchorError('distribution_full',
    `The project's distribution carries ${limit} names, or is about to, and one certificate holds no more. Remove a `
    + 'domain, raise the limit (ACM\'s quota of names per certificate goes up to 100), or give the project a '
    + 'distribution of its own.');
}

/** The project may have begun to close since it was read; the claim must not outlive it. */
async function checkProjectStays(deps: DomainDeps, claim: HostnameClaim): Promise<void> {
  try {
    await findOpenProject(deps.stores, claim.projectId);
  } catch (error) {
    if (error instanceof AnchorError) await dropClaim(deps, claim);
    throw error;
  }
}

/** Due soon, so that the worker goes on with it should this process die; until then this request does. */
async function write(
  deps: DomainDeps, wanted: WantedDomain, domainId: string, challenge: OwnershipChallenge | undefined,
): Promise<Begun> {
  const { projectId, hostname, target, pair } = wanted;
  const now = deps.clock.now();
  const record: CustomDomain = {
    domainId, projectId, domain: hostname, ...target, desired: 'present',
    ...(challenge ? { phase: 'challenging', challenge } : { phase: 'requesting', certificateRequestedAt: now }),
    ...(pair && { pair }),
    certificateGeneration: 1, certificateStatus: 'REQUESTED',
    cloudFrontStatus: 'not_attached', createdAt: now, updatedAt: now, revision: 1, attempts: 0,
    dueShard: dueShardOf(domainId), dueAt: now + deps.settings.pollForRecordMs,
  };
  const owing = owesDomain(record);
  const made = await deps.stores.domains.create(owing);
  if (!made.created) return { created: false, record: made.existing };
  await publishDomain(deps, owing, owing.dueAt);
  return { created: true, record };
}
