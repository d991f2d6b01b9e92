import { BlockList, isIP } from 'node:net';

export type AddressOwner = 'Cloudflare' | 'Fastly' | 'Imperva' | 'CloudFront';

/**
 * Ranges that their owners publish, as of 2025. They change: an address in one is a strong hint and
 * no proof, an address in none says nothing.
 */
const RANGES: Readonly<Record<AddressOwner, readonly string[]>> = {
  // https://www.cloudflare.com/ips
  Cloudflare: [
    '173.245.48.0/20', '103.21.244.0/22', '103.22.200.0/22', '103.31.4.0/22', '141.101.64.0/18', '108.162.192.0/18',
    '190.93.240.0/20', '188.114.96.0/20', '197.234.240.0/22', '198.41.128.0/17', '162.158.0.0/15', '104.16.0.0/13',
    '104.24.0.0/14', '172.64.0.0/13', '131.0.72.0/22', '2400:cb00::/32', '2606:4700::/32', '2803:f800::/32',
    '2405:b500::/32', '2405:8100::/32', '2a06:98c0::/29', '2c0f:f248::/32',
  ],
  // https://api.fastly.com/public-ip-list
  Fastly: ['151.101.0.0/16', '199.232.0.0/16', '146.75.0.0/17', '2a04:4e40::/32', '2a04:4e42::/32'],
  // https://docs.imperva.com, "IP addresses and ranges"
  Imperva: ['199.83.128.0/21', '198.143.32.0/19', '149.126.72.0/21', '107.154.0.0/16', '45.60.0.0/16', '45.223.0.0/16'],
  // https://ip-ranges.amazonaws.com/ip-ranges.json, service CLOUDFRONT; the larger ones
  CloudFront: [
    '13.32.0.0/15', '13.35.0.0/16', '13.224.0.0/14', '13.249.0.0/16', '18.64.0.0/14', '18.154.0.0/15', '18.160.0.0/15',
    '18.164.0.0/15', '18.172.0.0/15', '18.238.0.0/15', '18.244.0.0/15', '52.84.0.0/15', '52.222.128.0/17',
    '54.182.0.0/16', '54.192.0.0/16', '54.230.0.0/16', '54.239.128.0/18', '64.252.64.0/18', '65.8.0.0/16',
    '65.9.0.0/17', '99.84.0.0/16', '99.86.0.0/16', '108.138.0.0/15', '108.156.0.0/14', '143.204.0.0/16',
    '205.251.192.0/19', '3.160.0.0/14', '2600:9000::/28',
  ],
};

/** Whose published ranges hold the address; undefined for all others. */
export function addressOwner(address: string): AddressOwner | undefined {
  const owners = Object.keys(RANGES) as AddressOwner[];
  return owners.find((owner) => RANGES[owner].some((range) => inRange(range, address)));
}

function inRange(range: string, address: string): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const [network, bits] = range.split('/') as [string, string];
  if ((isIP(network) === 6) !== (family === 'ipv6')) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(address, family);
}
