/** What a caller may do, least first. `deployer` and `domains` may see; `admin` may do everything. */
export const ROLES = ['viewer', 'deployer', 'domains', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** In place of a project's id: every project, those to come included, and what belongs to no project. */
export const EVERY_PROJECT = '*';

export interface Grant {
  /** A project's id, or `EVERY_PROJECT`. */
  readonly project: string;
  readonly role: Role;
}

/** Who is asking. */
export interface Caller {
  /** Kept on every operation this caller starts, and never the same for two callers. */
  readonly caller: string;
  readonly grants: readonly Grant[];
}

export const EVERYTHING: readonly Grant[] = [{ project: EVERY_PROJECT, role: 'admin' }];

/** More grants than this on one caller are taken for a mistake. */
export const MOST_GRANTS = 100;

const INCLUDED: Readonly<Record<Role, readonly Role[]>> = {
  viewer: ['viewer'], deployer: ['viewer', 'deployer'], domains: ['viewer', 'domains'], admin: ROLES,
};

/** `hidden`: nothing is granted there at all, so not even that it exists may be told. */
export type Verdict = 'granted' | 'lesser' | 'hidden';

export function verdictOn(grants: readonly Grant[], project: string, needed: Role): Verdict {
  const held = rolesOn(grants, project);
  if (held.length === 0) return 'hidden';
  return held.some((role) => INCLUDED[role].includes(needed)) ? 'granted' : 'lesser';
}

/** The roles that count on a project. */
export function rolesOn(grants: readonly Grant[], project: string): Role[] {
  const held = grants.filter((grant) => grant.project === EVERY_PROJECT || grant.project === project);
  return [...new Set(held.map(({ role }) => role))];
}

/** Ids of the projects a caller may see; `all` for one who may see every project. */
export function visibleProjects(grants: readonly Grant[]): 'all' | readonly string[] {
  const projects = [...new Set(grants.map(({ project }) => project))];
  return projects.includes(EVERY_PROJECT) ? 'all' : projects;
}

export type ParsedGrants = { readonly grants: readonly Grant[] } | { readonly problem: string };

/**
 * Grants as others write them down: a list of `{ project, role }` or of `project:role`, or one text of such, parted by
 * commas or blanks. One that cannot be read spoils all of them: what was meant is not known.
 */
export function parseGrants(value: unknown): ParsedGrants {
  const parts: unknown = typeof value === 'string' ? value.split(/[\s,]+/).filter((part) => part !== '') : value;
  if (!Array.isArray(parts)) return { problem: 'is not a list of grants' };
  if (parts.length > MOST_GRANTS) return { problem: `holds more than ${MOST_GRANTS} grants` };
  const grants = parts.map(grantIn);
  const read = grants.filter((grant) => grant !== undefined);
  if (read.length === grants.length) return { grants: read };
  return { problem: `holds a grant that is not of the form project:role, with the roles ${ROLES.join(', ')}` };
}

const GRANT = /^(\*|[A-Za-z0-9_-]{1,64}):([a-z]+)$/;

function grantIn(part: unknown): Grant | undefined {
  const text = isGrantObject(part) ? `${part.project}:${part.role}` : part;
  if (typeof text !== 'string') return undefined;
  const [, project = '', name] = GRANT.exec(text) ?? [];
  const role = ROLES.find((each) => each === name);
  return role && { project, role };
}

function isGrantObject(part: unknown): part is { readonly project: string; readonly role: string } {
  return typeof part === 'object' && part !== null && 'project' in part && 'role' in part
    && typeof part.project === 'string' && typeof part.role === 'string';
}
