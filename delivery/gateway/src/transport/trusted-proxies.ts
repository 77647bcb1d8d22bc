// The proxies whose statements about the address of a client are believed: addresses and networks of the configuration.
import { BlockList, isIP, isIPv4 } from 'node:net';
import { invariant } from '@cess/primitives';

/** Whether an entry is an address or a network such as 10.0.0.0/8. */
export function isProxyEntry(entry: string): boolean {
  const { address, length, longest } = partsOf(entry);
  return isIP(address) !== 0 && length <= longest;
}

/** Whether a peer is one of the proxies. */
export function createTrustedProxies(entries: readonly string[]): (address: string | undefined) => boolean {
  const list = new BlockList();
  for (const entry of entries) addEntry(list, entry);
  return (address = '') => {
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
    return isIP(plain) !== 0 && list.check(plain, familyOf(plain));
  };
}

function addEntry(list: BlockList, entry: string): void {
  invariant(isProxyEntry(entry), 'trusted proxies are addresses or networks');
  const { address, length } = partsOf(entry);
  list.addSubnet(address, length, familyOf(address));
}

function partsOf(entry: string): { readonly address: string; readonly length: number; readonly longest: number } {
  const [address = '', prefix, ...more] = entry.split('/');
  const longest = isIPv4(address) ? 32 : 128;
  const isNumber = prefix === undefined || (/^\d{1,3}$/.test(prefix) && more.length === 0);
  return { address, longest, length: isNumber ? Number(prefix ?? longest) : Number.NaN };
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6';
}
