import { certificateOn, memberOf } from './edge-names.ts';
import type { EdgeContext } from './edge-step.ts';
import type { Hostname } from './hostname.ts';

/** Whether others changed what this name needs, and its project wants that left as it is. */
export function isReported({ edge, observed }: Pick<EdgeContext, 'edge' | 'observed'>, name: Hostname): boolean {
  const member = memberOf(edge, name);
  return member?.drift !== undefined && observed.reporting.includes(member.projectId);
}

/** Another certificate was set, and every project with a name here wants that left as it is. */
export function isCertificateLeft(context: EdgeContext): boolean {
  const { edge: { serving }, names, seen } = context;
  return serving !== undefined && serving.certificateArn !== certificateOn(seen)
    && names.kept.every((name) => isReported(context, name));
}

/**
 * Names that a certificate may be made without when their record is gone: those that wait here or elsewhere, those that
 * stay off the distribution, and all when the serving certificate has ended, for nothing is lost then.
 */
export function droppable({ edge, names, seen, observed }: Pick<EdgeContext, 'edge' | 'names' | 'seen' | 'observed'>): Hostname[] {
  const lost = edge.serving?.ended !== undefined;
  const off = (name: Hostname) => !seen.aliases.includes(name) && isReported({ edge, observed }, name);
  return [...names.waiting, ...names.moving, ...names.held, ...names.kept.filter((name) => lost || off(name))];
}
