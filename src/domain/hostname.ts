import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { parse } from 'tldts';

/** A fully qualified DNS name: lower case, punycode, no trailing dot, maybe with a leading `*.`. */
export type Hostname = string & { readonly __brand: 'Hostname' };

export type ParsedHostname =
  | { readonly ok: true; readonly hostname: Hostname }
  /** A full sentence with the remedy. */
  | { readonly ok: false; readonly reason: string };

/** DNS: RFC 1035, without the trailing dot. */
const LONGEST_NAME = 253;
/** ACM takes a certificate's first name, its common name, up to this length (RFC 5280, API reference of RequestCertificate). */
const LONGEST_COMMON_NAME = 64;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** What a URL has around its host, and white space: refused before the host parser could drop or decode it. */
const NOT_IN_NAMES = /[\s/\\:@?#[\]%<>^|"'`{}]/u;
/** Names that AWS itself hands out; nobody proves control of them. */
const PLATFORM_NAMES = ['cloudfront.net', 'amazonaws.com', 'amazonaws.com.cn', 'on.aws'];

/**
 * Lower case and punycode; one trailing dot is taken off. `platformDomains` are the installation's
 * own, refused with everything below them and every wildcard over them. Never throws.
 */
export function parseHostname(text: string, platformDomains: readonly string[] = []): ParsedHostname {
  const given = text.endsWith('.') ? text.slice(0, -1) : text;
  const wildcard = given.startsWith('*.');
  const base = wildcard ? given.slice(2) : given;
  const malformed = reasonAgainstText(base);
  if (malformed !== undefined) return { ok: false, reason: malformed };
  const ascii = domainToASCII(base);
  const reason = reasonAgainstName(base, ascii, wildcard) ?? reasonAgainstPlatform(ascii, wildcard, platformDomains);
  return reason === undefined
    ? { ok: true, hostname: (wildcard ? `*.${ascii}` : ascii) as Hostname }
    : { ok: false, reason };
}

/** Whether the name is its registrable domain itself, where DNS allows no CNAME. */
export function isApex(hostname: string): boolean {
  return parse(hostname, { allowPrivateDomains: true }).domain === hostname;
}

function reasonAgainstText(base: string): string | undefined {
  if (base === '') return 'The domain name is empty. Give a full name such as www.example.com.';
  if (isIP(base) !== 0 || isIP(base.replace(/^\[(.*)\]$/, '$1')) !== 0) return ipAddress(base);
  if (NOT_IN_NAMES.test(base)) {
    return 'The domain name contains a character that no domain name has. '
      + 'Give the bare name, without https://, port, path or spaces.';
  }
  if (base.includes('*')) {
    return 'A wildcard stands for the whole first label only. Write it as *.example.com.';
  }
  return undefined;
}

function reasonAgainstName(given: string, ascii: string, wildcard: boolean): string | undefined {
  if (isIP(ascii) !== 0) return ipAddress(given);
  if (ascii === '') return `"${given}" is not a valid domain name. Check the spelling, and its international letters.`;
  return reasonAgainstLabels(ascii) ?? reasonAgainstPlatform(ascii, wildcard, PLATFORM_NAMES) ?? reasonAgainstLength(wildcard ? `*.${ascii}` : ascii)
    ?? reasonAgainstOwner(ascii);
}

function reasonAgainstLabels(ascii: string): string | undefined {
  const labels = ascii.split('.');
  const wrong = labels.find((label) => !LABEL.test(label));
  if (wrong === '') return 'The domain name has an empty label. Take out the extra dot.';
  if (wrong !== undefined && wrong.length > 63) {
    return `The label "${wrong.slice(0, 20)}…" is longer than the 63 characters that DNS allows. Choose a shorter one.`;
  }
  if (wrong !== undefined) {
    return `The label "${wrong}" is not allowed in a host name. `
      + 'Use letters, digits and hyphens, with no hyphen at either end.';
  }
  if (labels.length === 1) return `"${ascii}" is a single label. Give a full name such as www.${ascii}.com.`;
  return undefined;
}

function reasonAgainstLength(name: string): string | undefined {
  if (name.length > LONGEST_NAME) {
    return `The domain name has ${name.length} characters in DNS and ${LONGEST_NAME} are allowed. Choose a shorter one.`;
  }
  if (name.length > LONGEST_COMMON_NAME) {
    return `The domain name has ${name.length} characters in DNS; Amazon issues certificates for names of up to `
      + `${LONGEST_COMMON_NAME}. Choose a shorter one, or a wildcard above it.`;
  }
  return undefined;
}

function reasonAgainstOwner(ascii: string): string | undefined {
  if (parse(ascii, { allowPrivateDomains: true }).publicSuffix === ascii) {
    return `"${ascii}" is a public suffix, under which others register names. Give the name you registered below it.`;
  }
  return undefined;
}

/** Amazon may have validated a platform's own name in this very account, so its certificate would prove nothing. */
function reasonAgainstPlatform(ascii: string, wildcard: boolean, platformDomains: readonly string[]): string | undefined {
  const platform = platformDomains.find((name) => (
    ascii === name || ascii.endsWith(`.${name}`) || (wildcard && name.slice(name.indexOf('.') + 1) === ascii)
  ));
  return platform === undefined ? undefined
    : `Names under ${platform} belong to the platform and cannot be custom domains. Give a name of your own.`;
}

function ipAddress(given: string): string {
  return `"${given}" is an IP address, and certificates are issued for domain names only. Give the domain name.`;
}
