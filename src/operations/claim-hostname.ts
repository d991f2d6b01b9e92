import { contenderKey, type HostnameClaim } from '../domain/hostname-claim.ts';
import type { Hostname } from '../domain/hostname.ts';
import { familyOf } from '../domain/name-family.ts';
import type { FamilyClaims } from '../domain/ownership.ts';
import { isHeld } from '../domain/ownership.ts';
import type { CustomDomain } from '../domain/custom-domain.ts';
import type { DomainDeps } from './domain-deps.ts';

type Deps = Pick<DomainDeps, 'stores' | 'clock' | 'settings'>;

/** The claims that have a say in a name, and what a project has of it. */
export interface ClaimLook extends FamilyClaims {
  /** The name's claim as it stands in the store, abandoned or not. */
  readonly stored: HostnameClaim | undefined;
  /** The project contends for the name already. */
  readonly contention: HostnameClaim | undefined;
}

/** All look-ups by key, side by side. */
export async function lookAtClaims(deps: Deps, projectId: string, hostname: Hostname): Promise<ClaimLook> {
  const { twin, parents } = familyOf(hostname);
  const keys = [hostname, contenderKey(hostname, projectId), twin, ...parents];
  const found = await Promise.all(keys.map((key) => deps.stores.hostnames.get({ hostname: key })));
  const [stored, contention, twinClaim, ...parentClaims] = found;
  const name = stored && stored.projectId !== projectId ? await unlessAbandoned(deps, stored) : stored;
  return { stored, contention, name, twin: twinClaim, parents: parentClaims };
}

/**
 * A claim whose domain was never written, because its maker died in between, holds the name for a
 * while only. What was held before stays known.
 */
async function unlessAbandoned({ stores, clock, settings }: Deps, claim: HostnameClaim): Promise<HostnameClaim | undefined> {
  if (!isHeld(claim) || clock.now() - claim.claimedAt < settings.claimTakeoverMs) return claim;
  if (await stores.domains.get({ domainId: claim.domainId })) return claim;
  return claim.heldBefore ? { ...claim, releasedAt: claim.claimedAt } : undefined;
}

/**
 * Gives the name to one domain id, and always to the same: the answer is the claim that holds, be it
 * new or this project's own from before. Only for a name nothing speaks against. Undefined when
 * somebody else was quicker than the look.
 */
export async function claimHostname(
  { stores }: Deps, wanted: HostnameClaim, { stored }: Pick<ClaimLook, 'stored'>,
): Promise<HostnameClaim | undefined> {
  if (!stored) {
    const made = await stores.hostnames.create(wanted);
    return made.created ? wanted : ownHeld(made.existing, wanted.projectId);
  }
  const own = ownHeld(stored, wanted.projectId);
  if (own) return own;
  const renewed: HostnameClaim = stored.projectId === wanted.projectId ? { ...wanted, heldBefore: true } : wanted;
  const { domainId, claimedAt } = stored;
  const taken = await stores.hostnames.replace(renewed, { equals: { domainId, claimedAt } });
  return taken.updated ? renewed : ownHeld(taken.current, wanted.projectId);
}

function ownHeld(claim: HostnameClaim | undefined, projectId: string): HostnameClaim | undefined {
  return claim?.projectId === projectId && isHeld(claim) ? claim : undefined;
}

/** Undoes a claim nothing came of; somebody else's stays. */
export async function dropClaim(
  { stores, clock }: Pick<Deps, 'stores' | 'clock'>, { hostname, domainId, heldBefore }: HostnameClaim,
): Promise<void> {
  const mine = { equals: { domainId } };
  if (heldBefore) await stores.hostnames.update({ hostname }, { set: { releasedAt: clock.now() } }, mine);
  else await stores.hostnames.remove({ hostname }, mine);
}

/** What a domain has of its name is given back: its claim becomes a tombstone, its contention goes. */
export async function releaseNames(
  { stores, clock }: Pick<Deps, 'stores' | 'clock'>, { domain, domainId, projectId }: CustomDomain,
): Promise<void> {
  const mine = { equals: { domainId } };
  await Promise.all([
    stores.hostnames.update({ hostname: domain }, { set: { releasedAt: clock.now() } }, { ...mine, absent: ['releasedAt'] }),
    stores.hostnames.remove({ hostname: contenderKey(domain, projectId) }, mine),
  ]);
}
