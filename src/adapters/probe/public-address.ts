import { BlockList, isIP } from 'node:net';

/**
 * IPv4 ranges that are not the public Internet: the IANA special-purpose registry (RFC 6890), with
 * private, shared, loopback and link-local addresses (where clouds serve their metadata), multicast,
 * and what is reserved.
 */
const SPECIAL_V4: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12],
  ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.88.99.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15],
  ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
];

/**
 * Within 2000::/3, the only IPv6 range that is routed publicly (so ::1, fc00::/7, fe80::/10, ff00::/8,
 * ::ffff:0:0/96 and 64:ff9b::/96 are out already): protocol assignments with Teredo, documentation,
 * and 6to4, which carries an IPv4 address of anybody's choice.
 */
const SPECIAL_V6: readonly (readonly [network: string, prefix: number])[] = [
  ['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20],
];

export type AddressCheck = (address: string) => boolean;

/** Whether an IP address is one of the public Internet; false for anything that is no IP address. */
export function publicAddressCheck(): AddressCheck {
  const special = new BlockList();
  for (const [network, prefix] of SPECIAL_V4) special.addSubnet(network, prefix, 'ipv4');
  for (const [network, prefix] of SPECIAL_V6) special.addSubnet(network, prefix, 'ipv6');
  const routed = new BlockList();
  routed.addSubnet('2000::', 3, 'ipv6');
  return (address) => {
    switch (isIP(address)) {
      case 4: return !special.check(address, 'ipv4');
      case 6: return routed.check(address, 'ipv6') && !special.check(address, 'ipv6');
      default: return false;
    }
  };
}
