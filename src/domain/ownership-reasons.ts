import type { Hostname } from './hostname.ts';
import type { OwnershipChallenge } from './ownership.ts';

/** Full sentences for owners of names that somebody else has or had. */
export const ownershipReasons = {
  why: (domain: Hostname, { reason, decidedBy }: Pick<OwnershipChallenge, 'reason' | 'decidedBy'>): string => {
    switch (reason) {
      case 'held':
        return `Another project holds ${domain}. It keeps the name until you have proven control by a DNS record and the `
          + 'certificate of this domain is issued.';
      case 'formerly_held':
        return `Another project held ${decidedBy} before, so Amazon would issue a certificate for ${domain} without asking. `
          + 'Prove by a DNS record that you control it.';
      case 'parent_held':
        return `Another project holds ${decidedBy}, to which ${domain} belongs. Prove by a DNS record that you control it.`;
      case 'twin_held':
        return `Another project holds ${decidedBy}, which Amazon proves by the same record as ${domain}. Prove by a DNS `
          + 'record of your own that you control it.';
    }
  },
  waitsForOld: (domain: Hostname): string => (
    `You have proven control of ${domain}. It is being taken off where it was served until now, and then put here; `
    + 'there is nothing to do.'
  ),
  takenOver: (domain: Hostname): string => (
    `Another project proved by a DNS record that it controls ${domain} and has taken it over, so it is not served for this `
    + 'project any more. If that is wrong, add it again with takeOver and prove control; otherwise delete this domain.'
  ),
  ended: ({ recordName, startedAt, endsAt }: OwnershipChallenge): string => (
    `The TXT record ${recordName} was not seen in the ${Math.round((endsAt - startedAt) / 86_400_000)} days that it was `
    + 'looked for. Delete the domain and add it again to get a fresh record.'
  ),
} as const;
