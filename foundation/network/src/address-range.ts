// Ranges of addresses that one operator is likely to hold: /24 of IPv4, /48 of IPv6. Limits count connections by them, because
// addresses in one range are cheap (eclipse attacks: Heilman et al., 2015).
import { BlockList, isIP } from 'node:net';

/** Loopback, private networks (RFC 1918, RFC 4193), link-local addresses. */
const privateRanges = new BlockList();
for (const [address, length] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
] as const)
  privateRanges.addSubnet(address, length, 'ipv4');
for (const [address, length] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  privateRanges.addSubnet(address, length, 'ipv6');

export function isPrivateAddress(address: string | undefined): boolean {
  const plain = unmapped(address ?? '');
  const version = isIP(plain);
  return version !== 0 && privateRanges.check(plain, version === 4 ? 'ipv4' : 'ipv6');
}

/** What connections are counted by: the range, `relay` for relayed connections, or `other`. */
export function rangeOf(address: string | undefined): string {
  if (address === undefined) return 'other';
  const plain = unmapped(address);
  if (isIP(plain) === 4) return `${plain.split('.').slice(0, 3).join('.')}.0/24`;
  if (isIP(plain) === 6) return `${groupsOf(plain).slice(0, 3).join(':')}::/48`;
  return 'other';
}

/** IPv4 addresses that are written as IPv6 (RFC 4291 §2.5.5.2) are IPv4 addresses. */
function unmapped(address: string): string {
  const withoutZone = address.split('%')[0] ?? address;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(withoutZone)?.[1] ?? withoutZone;
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const parts = (text: string) => (text === '' ? [] : text.split(':').flatMap(withoutDots));
  const before = parts(head);
  const after = tail === undefined ? [] : parts(tail);
  const zeros = new Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16).toString(16));
}

/** The last group may be written as an IPv4 address: two groups. */
function withoutDots(group: string): string[] {
  if (!group.includes('.')) return [group];
  const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
  return [(a * 256 + b).toString(16), (c * 256 + d).toString(16)];
}
