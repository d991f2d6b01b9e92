import { parse } from 'tldts';
import type { Hostname } from './hostname.ts';

/** Names whose holders have a say in who gets this one. */
export interface NameFamily {
  /**
   * `*.example.com` for `example.com` and the other way round: ACM proves both by the same DNS
   * record, so whoever validated one is issued the other without a question.
   */
  readonly twin: Hostname;
  /** Every name above it up to the registrable one, each with its wildcard; the nearest first. */
  readonly parents: readonly Hostname[];
}

/** Private public suffixes such as github.io end the family too: what is below belongs to different people. */
export function familyOf(hostname: Hostname): NameFamily {
  const base = baseOf(hostname);
  const top = parse(base, { allowPrivateDomains: true }).domain ?? base;
  const above: string[] = [];
  for (let name = base; name !== top && name.endsWith(`.${top}`);) {
    name = name.slice(name.indexOf('.') + 1);
    above.push(name, `*.${name}`);
  }
  const twin = hostname === base ? `*.${base}` : base;
  return { twin: twin as Hostname, parents: above as Hostname[] };
}

/** The name without the `*.` of a wildcard. */
export function baseOf(hostname: Hostname): string {
  return hostname.startsWith('*.') ? hostname.slice(2) : hostname;
}
