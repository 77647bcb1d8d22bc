// Addresses to which the gateway sends no request on behalf of others: everything in the special-purpose registries of IANA
// (RFC 6890 and later entries), multicast, and forms of IPv6 that embed an IPv4 address. The operator can allow ranges per target.
import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** https://www.iana.org/assignments/iana-ipv4-special-registry, and multicast. */
const specialV4: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Only global unicast is routed in public. The rest of IPv6 is special, deprecated or not assigned. */
const globalUnicast = ['2000::', 3] as const;
/** https://www.iana.org/assignments/iana-ipv6-special-registry, as far as it lies in global unicast. */
const specialV6: readonly (readonly [network: string, prefix: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
];

// One list per family: Node compares an IPv4 address with IPv6 rules, too.
const refusedV4 = new BlockList();
for (const [network, prefix] of specialV4) refusedV4.addSubnet(network, prefix, 'ipv4');
const publicV6 = new BlockList();
publicV6.addSubnet(...globalUnicast, 'ipv6');
const refusedV6 = new BlockList();
for (const [network, prefix] of specialV6) refusedV6.addSubnet(network, prefix, 'ipv6');

export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !refusedV4.check(address, 'ipv4');
  return isIPv6(address) && publicV6.check(address, 'ipv6') && !refusedV6.check(address, 'ipv6');
}

/** Which addresses a target may have: public ones, and the ranges that the operator allows. */
export class AddressRules {
  readonly #allowedV4 = new BlockList();
  readonly #allowedV6 = new BlockList();

  /** `ranges` in the form `10.0.0.0/8`. Throws RangeError for anything else. */
  constructor(ranges: readonly string[] = []) {
    for (const range of ranges) {
      const [network = '', prefix = ''] = range.split('/');
      const isV4 = isIPv4(network);
      const longest = isV4 ? 32 : 128;
      if (!(isV4 || isIPv6(network)) || !/^\d{1,3}$/.test(prefix) || Number(prefix) > longest)
        throw new RangeError(`"${range}" is not a range of addresses such as 10.0.0.0/8 or fd00::/8.`);
      if (isV4) this.#allowedV4.addSubnet(network, Number(prefix), 'ipv4');
      else this.#allowedV6.addSubnet(network, Number(prefix), 'ipv6');
    }
  }

  allows(address: string): boolean {
    if (isPublicAddress(address)) return true;
    if (isIPv4(address)) return this.#allowedV4.check(address, 'ipv4');
    return isIPv6(address) && this.#allowedV6.check(address, 'ipv6');
  }
}
