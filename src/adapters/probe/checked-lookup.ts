import { lookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { AddressCheck } from './public-address.ts';

/** The site's name leads to an address that may not be asked. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';

  /** `setting`: what allows it. */
  constructor(hostname: string, address: string, setting = 'PROBE_ALLOW_PRIVATE') {
    super(`${hostname} leads to ${address}, which is no public address; ${setting} allows it.`);
  }
}

type Resolve = (hostname: string, answer: (error: Error | null, addresses: LookupAddress[]) => void) => void;

const systemResolve: Resolve = (hostname, answer) => lookup(hostname, { all: true, verbatim: true }, answer);

/**
 * The look-up of a connection, which fails unless every address of the name is allowed. The
 * connection is made to the very addresses that were checked, so a name whose answer changes between
 * two look-ups gains nothing.
 */
export function checkedLookup(
  isAllowed: AddressCheck, resolve: Resolve = systemResolve, setting?: string,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, (error, addresses) => {
      const [first] = addresses ?? [];
      const refused = (addresses ?? []).find(({ address }) => !isAllowed(address));
      if (error ?? refused ?? !first) {
        callback(error ?? new AddressRefused(hostname, refused?.address ?? 'no address', setting), []);
      } else if (options.all) {
        callback(null, addresses);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}
