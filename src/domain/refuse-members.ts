import { memberOf } from './edge-names.ts';
import { edgeReasons } from './edge-reasons.ts';
import type { Edge, EdgeMember, EdgeRefusal } from './edge.ts';
import type { Hostname } from './hostname.ts';
import { hold } from './move-name.ts';
import type { EdgeDraft } from './settle-edge.ts';
import { retire, withoutWarnings } from './settle-edge.ts';

/** Leaves names out whose validation record is gone, and drops the certificate that waited for them. */
export function refuseUnproven(edge: Edge, names: readonly Hostname[], now: number): Edge {
  const reasonFor = edge.serving?.ended === undefined ? edgeReasons.proofLost : edgeReasons.lapsed;
  const refused = names.reduce((each, name) => (
    refuse(each, name, { kind: 'proof', reason: reasonFor(name), at: now })
  ), edge);
  return dropNext(refused);
}

/**
 * After CloudFront refused to add `adding` because another distribution holds one of them. It does
 * not say which; so with several they go one by one from here, and a single one is the culprit. It
 * waits from then on, without holding up the others; `target` is our distribution's domain name.
 */
export function afterNameConflict(edge: Edge, adding: readonly Hostname[], target: string, now: number): Edge {
  const [name, ...others] = adding;
  if (name === undefined) return edge;
  if (others.length === 0) {
    const { oneByOne: _, ...rest } = hold(edge, name, target, now);
    return rest;
  }
  return { ...edge, oneByOne: true };
}

/**
 * The certificate is deleted later; without ARN it must not have been asked for. What it waited for
 * is no warning any more; whether a record is there every domain watches by itself.
 */
export function dropNext(edge: Edge): Edge {
  const draft: EdgeDraft = { ...edge, members: withoutWarnings(edge) };
  delete draft.next;
  if (edge.next?.certificateArn !== undefined) retire(draft, edge.next.certificateArn);
  return draft;
}

/**
 * After CloudFront went on refusing a certificate that should have been good (deleted or expired
 * meanwhile): it is not offered again. A new one is planned after `holdUntil`.
 */
export function withoutCertificate(edge: Edge, certificateArn: string | undefined, holdUntil: number): Edge {
  const draft: EdgeDraft = { ...edge };
  if (certificateArn === undefined || !isOnEdge(edge, certificateArn)) {
    delete draft.baseline;
    return draft;
  }
  draft.holdUntil = holdUntil;
  if (edge.next?.certificateArn === certificateArn) delete draft.next;
  if (edge.serving?.certificateArn === certificateArn) delete draft.serving;
  draft.members = Object.fromEntries(Object.entries(edge.members).map(([name, { ownCertificateArn, ...member }]) => [
    name,
    ownCertificateArn === undefined || ownCertificateArn === certificateArn ? member : { ...member, ownCertificateArn },
  ]));
  retire(draft, certificateArn);
  return draft;
}

function isOnEdge(edge: Edge, certificateArn: string): boolean {
  const own = Object.values(edge.members).map((member: EdgeMember) => member.ownCertificateArn);
  return [edge.next?.certificateArn, edge.serving?.certificateArn, ...own].includes(certificateArn);
}

function refuse(edge: Edge, name: Hostname, refusal: EdgeRefusal): Edge {
  const member = memberOf(edge, name);
  if (!member) return edge;
  const refused: EdgeMember = { ...member, state: 'refused', refusal };
  const strays = member.state !== 'joining' && !member.foundThere;
  return {
    ...edge,
    members: { ...edge.members, [name]: refused },
    departed: strays ? { ...edge.departed, [name]: refusal.at } : edge.departed,
  };
}
