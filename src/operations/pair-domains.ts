import type { CustomDomain } from '../domain/custom-domain.ts';
import type { DomainPair } from '../domain/domain-pair.ts';
import { withChanges } from '../domain/domain-step.ts';
import { AnchorError } from '../domain/errors.ts';
import type { ErrorCode } from '../domain/errors.ts';
import { contenderKey } from '../domain/hostname-claim.ts';
import type { DomainTarget } from '../domain/choose-edge.ts';
import { dueShardOf } from '../ports/stores.ts';
import { beginDomain } from './begin-domain.ts';
import type { DomainDeps } from './domain-deps.ts';
import { owedAfter } from './owe-domain-events.ts';

/** What speaks against the other name for good; the domain itself goes on without it. */
const REFUSALS: readonly ErrorCode[] = ['hostname_taken', 'distribution_full', 'domain_deleting'];

/** Writes the intent on a domain that is there already; a pair that came about is left as it is. */
export async function wantPair({ stores, clock }: DomainDeps, domainId: string, pair: DomainPair): Promise<void> {
  const record = await stores.domains.get({ domainId });
  if (!record || record.desired === 'absent') return;
  if (record.pair !== undefined && record.pair.state !== 'refused' && record.pair.state !== 'parted') return;
  await stores.domains.update(
    { domainId },
    { set: { pair, attempts: 0, dueShard: dueShardOf(domainId), dueAt: clock.now() }, add: { revision: 1 } },
    { equals: { revision: record.revision } },
  );
}

/**
 * Adds the `www` of an apex, as its intent says, and answers how that ended. The other domain is
 * written with the link back, so that whoever comes here after a crash knows it for this one's.
 */
export async function addPair(deps: DomainDeps, record: CustomDomain, wanted: DomainPair): Promise<DomainPair> {
  const { domain, role } = wanted;
  const { projectId } = record;
  const back: DomainPair = { domain: record.domain, role: 'www', state: 'added', domainId: record.domainId };
  try {
    const { record: other } = await beginDomain(deps, {
      projectId, hostname: domain, target: targetOf(record), takeOver: wanted.takeOver ?? false, pair: back,
    });
    const state = other.pair?.domainId === record.domainId ? 'added' : 'own';
    return { domain, role, state, domainId: other.domainId };
  } catch (error) {
    if (!(error instanceof AnchorError) || !REFUSALS.includes(error.code)) throw error;
    return { domain, role, state: 'refused', reason: error.message };
  }
}

/** Both go onto CloudFront the same way. */
function targetOf({ edgeMode, distributionId, distributionDomain, connectionGroupId }: CustomDomain): DomainTarget {
  return {
    distributionId, distributionDomain, ...(edgeMode && { edgeMode }), ...(connectionGroupId !== undefined && { connectionGroupId }),
  };
}

/** Unties two names as one of them goes: the `www` that was added for an apex goes along, the apex stays. */
export async function partPair({ stores, clock }: DomainDeps, record: CustomDomain): Promise<'parted' | 'again'> {
  const other = await tiedTo(stores, record);
  if (!other?.pair) return 'parted';
  const now = clock.now();
  const parted = withChanges(other, {
    pair: { ...other.pair, state: 'parted' }, revision: other.revision + 1,
    ...(record.pair?.role === 'apex' && other.desired === 'present' && {
      desired: 'absent', updatedAt: now, attempts: 0, reason: undefined, dueShard: dueShardOf(other.domainId), dueAt: now,
    }),
  });
  const owing = withChanges(parted, { owedEvents: owedAfter(other, parted, now) });
  const saved = await stores.domains.replace(owing, { equals: { revision: other.revision } });
  return saved.updated ? 'parted' : 'again';
}

/** The other domain may be written although this one's record does not say so yet: then its name tells. */
async function tiedTo(stores: DomainDeps['stores'], { domainId, projectId, pair }: CustomDomain): Promise<CustomDomain | undefined> {
  if (!pair) return undefined;
  const claims = pair.domainId === undefined ? await Promise.all(
    [pair.domain, contenderKey(pair.domain, projectId)].map((hostname) => stores.hostnames.get({ hostname })),
  ) : [{ domainId: pair.domainId }];
  const ids = claims.filter((claim) => claim !== undefined).map((claim) => claim.domainId);
  const found = await Promise.all(ids.map((id) => stores.domains.get({ domainId: id })));
  return found.find((other) => other?.pair?.domainId === domainId && other.pair.state === 'added');
}
