import { AnchorError } from '../domain/errors.ts';
import { EVERY_PROJECT, rolesOn, verdictOn, type Grant, type Role } from '../domain/grants.ts';

/** Throws `grant_missing`, which names the role. `project` is an id or `EVERY_PROJECT`. */
export function demandGrant(grants: readonly Grant[], project: string, needed: Role): void {
  if (verdictOn(grants, project, needed) === 'granted') return;
  const where = project === EVERY_PROJECT ? 'every project ("*")' : `project ${project}`;
  const held = rolesOn(grants, project).join(', ') || 'none';
  throw new AnchorError('grant_missing', `This needs the role "${needed}" on ${where}; yours there: ${held}.`);
}
