import type { CustomDomain } from '../domain/custom-domain.ts';
import type { EdgeState, EdgeStanding } from '../domain/domain-step.ts';
import { memberOf, membersOf } from '../domain/edge-names.ts';
import type { Edge, EdgeMember, EdgeServing } from '../domain/edge.ts';
import type { Observed } from '../domain/observed.ts';
import type { DomainEdge } from '../ports/edge.ts';
import type { DomainDeps } from './domain-deps.ts';
import { joinEdge, leaveEdge, wakeEdge } from './edge-membership.ts';

/**
 * Onto CloudFront as one of many names of a standard distribution: a domain writes its membership
 * into the distribution's item, whose own passes do the rest and set the domain due when that
 * changes how it stands.
 */
export function distributionEdge(deps: Pick<DomainDeps, 'stores' | 'clock' | 'settings'>): DomainEdge {
  return {
    standing: (record) => standing(deps, record),
    join: (record) => joinEdge(deps, record),
    leave: (record) => leaveEdge(deps, record),
    hurry: (record) => wakeEdge(deps, record),
  };
}

/** Where a distribution is full for one more name; those on their way out, held elsewhere or refused do not count. */
export function roomTaken(edge: Edge | undefined): number {
  if (!edge) return 0;
  const members = membersOf(edge).filter(([, { state }]) => !['refused', 'leaving', 'held'].includes(state));
  return members.length + edge.foreign.length;
}

async function standing(
  { stores, settings }: Pick<DomainDeps, 'stores' | 'settings'>, record: CustomDomain,
): Promise<Observed<EdgeStanding>> {
  const edge = await stores.edges.get({ distributionId: record.distributionId });
  const member = edge && memberOf(edge, record.domain);
  return {
    kind: 'found',
    value: {
      ...(member ? memberStanding(member, record) : { state: 'absent' }),
      ...(edge?.serving && servingStanding(edge.serving)),
      ...(edge?.reason !== undefined && { reason: edge.reason }),
      full: roomTaken(edge) >= settings.distributionNameLimit,
      watched: true,
    },
  };
}

function memberStanding(member: EdgeMember, { domainId }: CustomDomain): Omit<EdgeStanding, 'full' | 'watched'> {
  if (member.domainId !== domainId) {
    return { state: 'other', ...(member.state !== 'leaving' && { otherDomainId: member.domainId }) };
  }
  const { since, ownCertificateArn, held, refusal, warning, drift } = member;
  return {
    state: stateOf(member), since,
    ...(ownCertificateArn !== undefined && { ownCertificateArn }),
    ...(held && { held }),
    ...(refusal && { refusal }),
    ...(warning !== undefined && { warning }),
    ...(drift && { drift }),
  };
}

function servingStanding({ certificateArn, notAfter, ended }: EdgeServing): Partial<EdgeStanding> {
  return {
    servingCertificateArn: certificateArn,
    ...(notAfter !== undefined && { certificateExpiresAt: notAfter }),
    ...(ended !== undefined && { certificateEnded: ended }),
  };
}

/** While a name that was held is tried again in the usual way it still counts as held. */
function stateOf({ state, held }: EdgeMember): EdgeState {
  if (state === 'joining' || state === 'attaching') return held ? 'held' : 'joining';
  return state;
}
