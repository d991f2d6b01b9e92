import type { CustomDomain } from './custom-domain.ts';
import { isMovable, moveRecordName } from './held-name.ts';
import { isApex } from './hostname.ts';
import type { OwnershipChallenge } from './ownership.ts';

/** A DNS record that the owner of a domain has to set. */
export interface RequiredRecord {
  /**
   * - `validation`: by which Amazon checks who controls the name, at first and at every renewal
   * - `move`: shows CloudFront that the name's owner wants it moved here from another distribution
   * - `routing`: sends the visitors here
   * - `ownership`: proves to us that the project's owner controls the name
   */
  readonly purpose: 'validation' | 'move' | 'routing' | 'ownership';
  /** `ALIAS` stands for whatever a provider offers at the top of a zone, where DNS allows no CNAME. */
  readonly type: 'CNAME' | 'ALIAS' | 'TXT';
  /** Undefined until it is known; without trailing dot. */
  readonly name: string | undefined;
  /** As resolvers answer it: names in lower case without trailing dot. */
  readonly value: string | undefined;
}

/** Every record the domain needs, in the order in which its owner should set them; none once it is to go. */
export function requiredRecords(domain: CustomDomain): RequiredRecord[] {
  if (domain.desired === 'absent') return [];
  const { challenge, phase } = domain;
  return [
    ...(challenge ? [ownership(challenge)] : []),
    // No certificate is asked for before control is proven.
    ...(phase === 'challenging' ? [] : [validation(domain)]),
    ...move(domain),
    routing(domain),
  ];
}

function ownership({ recordName, token }: OwnershipChallenge): RequiredRecord {
  return { purpose: 'ownership', type: 'TXT', name: recordName, value: token };
}

function validation({ validation }: CustomDomain): RequiredRecord {
  return { purpose: 'validation', type: 'CNAME', name: validation?.name, value: validation?.value.toLowerCase() };
}

/** Only while another distribution has the name, and there is a way to move it. */
function move({ domain, held, phase }: CustomDomain): RequiredRecord[] {
  if (!held || phase !== 'joining' || !isMovable(domain, held)) return [];
  return [{ purpose: 'move', type: 'TXT', name: moveRecordName(domain), value: held.target.toLowerCase() }];
}

function routing({ domain, distributionDomain }: CustomDomain): RequiredRecord {
  return { purpose: 'routing', type: isApex(domain) ? 'ALIAS' : 'CNAME', name: domain, value: distributionDomain.toLowerCase() };
}
