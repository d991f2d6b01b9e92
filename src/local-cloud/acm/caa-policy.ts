import { parseCaa } from '../dns/caa.ts';
import { baseDomain } from './certificate-record.ts';

/** Any of these in a CAA record lets ACM issue (ACM user guide, "Configure a CAA record"). */
const ACM_ISSUERS = ['amazon.com', 'amazontrust.com', 'awstrust.com', 'amazonaws.com'];
const KNOWN_TAGS = ['issue', 'issuewild', 'iodef'];
const CRITICAL = 128;

/**
 * Whether CAA lets ACM issue for a name (RFC 8659): the first CAA set on the way up the tree
 * decides; none at all allows everybody. `lookup` follows CNAMEs, as a resolver does.
 */
export function caaAllowsAcm(domainName: string, lookup: (name: string) => readonly string[]): boolean {
  const labels = baseDomain(domainName).split('.');
  for (let skip = 0; skip < labels.length; skip++) {
    const records = lookup(labels.slice(skip).join('.'));
    if (records.length > 0) return setAllowsAcm(records, domainName.startsWith('*.'));
  }
  return true;
}

function setAllowsAcm(records: readonly string[], isWildcard: boolean): boolean {
  const properties = records.map(parseCaa).filter((property) => property !== undefined);
  if (properties.some(({ flags, tag }) => flags >= CRITICAL && !KNOWN_TAGS.includes(tag))) return false;
  const wild = isWildcard ? properties.filter(({ tag }) => tag === 'issuewild') : [];
  const relevant = wild.length > 0 ? wild : properties.filter(({ tag }) => tag === 'issue');
  return relevant.length === 0 || relevant.some(({ value }) => ACM_ISSUERS.includes(issuerOf(value)));
}

/** `amazon.com; validationmethods=dns` names amazon.com; `;` names nobody. */
function issuerOf(value: string): string {
  return value.replace(/;.*$/s, '').trim().toLowerCase();
}
