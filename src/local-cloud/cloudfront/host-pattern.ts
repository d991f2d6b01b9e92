/** A wildcard stands for exactly one label: never for none (the apex), never for two. */
export function coversHost(pattern: string, host: string): boolean {
  return pattern === host || (pattern.startsWith('*.') && wildcardOver(host) === pattern);
}

/** The wildcard that would cover this host. */
export function wildcardOver(host: string): string {
  return `*${host.slice(host.indexOf('.'))}`;
}

const ALIAS = /^(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;

/** Lower case, at least two labels, maybe a leading `*.`, not an address, no name of CloudFront's own. */
export function isAlias(text: string): boolean {
  return text.length <= 253 && ALIAS.test(text) && !text.endsWith('.cloudfront.net');
}
