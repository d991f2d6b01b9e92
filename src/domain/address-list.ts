import { BlockList, isIP } from 'node:net';

/** Addresses and networks of IPv4 and IPv6. */
export interface AddressList {
  /** An IPv4 address may be written in IPv6's notation. False for what is no address. */
  has(address: string): boolean;
}

/** What is wrong with one entry of a list, in words; undefined when it is an address or `network/prefix`. */
export function addressProblem(entry: string): string | undefined {
  const { address, prefix, family } = partsOf(entry);
  const longest = family === 4 ? 32 : 128;
  if (family === 0) return `${entry} is neither an address nor a network such as 10.0.0.0/8`;
  if (!Number.isInteger(prefix) || prefix > longest) return `${entry} has no prefix of 1 to ${longest} after the slash`;
  return prefix < 1 ? `${entry} is everybody, not ${address}` : undefined;
}

/** The entries must be free of problems. */
export function addressList(entries: readonly string[]): AddressList {
  const list = new BlockList();
  for (const { address, prefix, family } of entries.map(partsOf)) {
    list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  }
  return {
    has: (address) => {
      const family = isIP(address);
      return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6');
    },
  };
}

function partsOf(entry: string): { address: string; prefix: number; family: number } {
  const [address = '', after] = entry.split('/', 2);
  const family = isIP(address);
  const whole = family === 4 ? 32 : 128;
  return { address, family, prefix: after === undefined ? whole : /^[0-9]{1,3}$/.test(after) ? Number(after) : NaN };
}
