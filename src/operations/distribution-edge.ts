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
    hurry: ({ distributionId }) => wakeEdge(deps, distributionId),
  };
}

/** Where a distribution is full for one more name; those that are on their way out or were refused do not count. */
export function roomTaken(edge: Edge | undefined): number {
  if (!edge) return 0;
  const members = membersOf(edge).filter(([, { state }]) => state !== 'refused' && state !== 'leaving');
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
  if (member.domainId !== domainId) return { state: 'other' };
  const { since, ownCertificateArn, refusal, warning, drift } = member;
  return {
    state: stateOf(member), since,
    ...(ownCertificateArn !== undefined && { ownCertificateArn }),
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

function stateOf({ state }: EdgeMember): EdgeState {
  return state === 'attaching' ? 'joining' : state;
}
