import type { CustomDomain } from '../domain/custom-domain.ts';
import { memberOf } from '../domain/edge-names.ts';
import type { Edge, EdgeMember } from '../domain/edge.ts';
import { newEdge } from '../domain/edge.ts';
import type { Left } from '../ports/edge.ts';
import { dueShardOf } from '../ports/stores.ts';
import type { DomainDeps } from './domain-deps.ts';

type Deps = Pick<DomainDeps, 'stores' | 'clock'>;

/** Puts a proven name on the distribution's item, to be taken up with the others. `again`: the item holds it already or has just changed. */
export async function joinEdge({ stores, clock }: Deps, record: CustomDomain): Promise<Left> {
  const { distributionId } = record;
  const edge = await stores.edges.get({ distributionId });
  const before = edge && memberOf(edge, record.domain);
  if (before && !(before.domainId === record.domainId && before.state === 'refused')) return 'again';
  const member: EdgeMember = {
    domainId: record.domainId, projectId: record.projectId, state: 'joining', since: clock.now(),
    ...(record.ownCertificateArn !== undefined && { ownCertificateArn: record.ownCertificateArn }),
  };
  if (!edge) return createEdge(stores, newEdge(distributionId), { [record.domain]: member }, clock.now());
  return replaceMembers(stores, edge, { ...edge.members, [record.domain]: member }, clock.now());
}

/** Marks the name as leaving, or drops it where CloudFront was never sent it. */
export async function leaveEdge({ stores, clock }: Deps, record: CustomDomain): Promise<Left> {
  const edge = await stores.edges.get({ distributionId: record.distributionId });
  if (!edge) return 'again';
  const member = memberOf(edge, record.domain);
  if (member?.domainId !== record.domainId) return 'again';
  const { [record.domain]: _, ...others } = edge.members;
  const neverSent = (member.state === 'joining' && !member.held) || member.state === 'refused';
  const members = neverSent ? others : { ...edge.members, [record.domain]: { ...member, state: 'leaving' as const } };
  return replaceMembers(stores, edge, members, clock.now());
}

/**
 * Makes the distribution due, unless it waits out a failure; and the look at this domain's name, if
 * another distribution has it: after a verification it is also tried again at once. A lost race is
 * harmless: the winner set it due.
 */
export async function wakeEdge(
  { stores, clock }: Deps, { distributionId, domain, verifiedAt }: Pick<CustomDomain, 'distributionId' | 'domain' | 'verifiedAt'>,
): Promise<void> {
  const edge = await stores.edges.get({ distributionId });
  const now = clock.now();
  if (!edge || edge.attempts > 0) return;
  const member = memberOf(edge, domain);
  const held = member?.state === 'held' ? lookNow(member.held, verifiedAt, now) : undefined;
  if (member && held) {
    const looked = { ...member, held };
    await replaceMembers(stores, edge, { ...edge.members, [domain]: looked }, now);
    return;
  }
  if ((edge.dueAt ?? Infinity) <= now) return;
  await stores.edges.update({ distributionId }, { set: due(edge, now) }, { equals: { revision: edge.revision } });
}

/** Undefined when the look is due as it is. */
function lookNow(held: EdgeMember['held'], verifiedAt: number | undefined, now: number): EdgeMember['held'] {
  if (!held) return undefined;
  const asked = verifiedAt !== undefined && verifiedAt > (held.askedAt ?? held.triedAt);
  if (held.lookAt <= now && !asked) return undefined;
  return { ...held, lookAt: Math.min(held.lookAt, now), ...(asked && { askedAt: verifiedAt }) };
}

async function createEdge(
  stores: Deps['stores'], edge: Edge, members: Edge['members'], now: number,
): Promise<Left> {
  const made = await stores.edges.create({ ...edge, members, ...due(edge, now), revision: 1 });
  return made.created ? 'done' : 'again';
}

async function replaceMembers(
  stores: Deps['stores'], edge: Edge, members: Edge['members'], now: number,
): Promise<Left> {
  const saved = await stores.edges.replace(
    { ...edge, members, ...due(edge, now), revision: edge.revision + 1 }, { equals: { revision: edge.revision } },
  );
  return saved.updated ? 'done' : 'again';
}

function due({ distributionId }: Edge, now: number) {
  return { dueShard: dueShardOf(distributionId), dueAt: now };
}
