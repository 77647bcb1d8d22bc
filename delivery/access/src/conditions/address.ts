// IP addresses and ranges (RFC 4632, RFC 4291). An IPv4 address that a socket shows as IPv6, ::ffff:192.0.2.1, is IPv4.
import type { ValueComparison } from './value-comparison.js';

/** The bytes of an address and how many of its leading bits count. */
export interface AddressRange {
  readonly bytes: readonly number[];
  readonly bits: number;
}

const decimal = /^(?:0|[1-9][0-9]{0,2})$/;
const group = /^[0-9a-fA-F]{1,4}$/;
/** The longest text of an address: 45 characters and a prefix length. */
const maxLength = 50;

export function compileAddress(value: string): ValueComparison | undefined {
  const range = parseRange(value);
  if (range === undefined) return undefined;
  return (text, _lookup, work) => {
    work.steps++;
    const bytes = parseAddress(text);
    return bytes !== undefined && isInRange(bytes, range);
  };
}

/** An address, or a range in CIDR notation whose host bits are ignored. */
export function parseRange(text: string): AddressRange | undefined {
  const slash = text.indexOf('/');
  const bytes = parseBytes(slash < 0 ? text : text.slice(0, slash));
  if (bytes === undefined) return undefined;
  const width = bytes.length * 8;
  const length = slash < 0 ? String(width) : text.slice(slash + 1);
  if (!decimal.test(length) || Number(length) > width) return undefined;
  const bits = Number(length);
  // A range within ::ffff:0:0/96 is one of IPv4.
  return isMapped(bytes) && bits >= 96 ? { bytes: bytes.slice(12), bits: bits - 96 } : { bytes, bits };
}

/** Four or sixteen bytes; undefined for a text that is no address. */
function parseAddress(text: string): readonly number[] | undefined {
  const bytes = parseBytes(text);
  return bytes !== undefined && isMapped(bytes) ? bytes.slice(12) : bytes;
}

function isInRange(address: readonly number[], { bytes, bits }: AddressRange): boolean {
  if (address.length !== bytes.length) return false;
  for (let index = 0; index * 8 < bits; index++) {
    const ignored = Math.max(0, (index + 1) * 8 - bits);
    if ((address[index] ?? 0) >> ignored !== (bytes[index] ?? 0) >> ignored) return false;
  }
  return true;
}

function parseBytes(text: string): readonly number[] | undefined {
  if (text.length > maxLength) return undefined;
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): readonly number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => decimal.test(part) && Number(part) <= 255)) return undefined;
  return parts.map(Number);
}

function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const sides = halves.map((half, index) => (half === '' ? [] : parseGroups(half, index === halves.length - 1)));
  const [head, tail = []] = sides;
  if (head === undefined || sides.includes(undefined)) return undefined;
  if (halves.length === 1) return head.length === 16 ? head : undefined;
  const missing = 16 - head.length - (tail ?? []).length;
  // `::` stands for at least one group.
  return missing < 2 ? undefined : [...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])];
}

/** Groups of two bytes; the last one of the address may be an IPv4 address. */
function parseGroups(text: string, isLast: boolean): readonly number[] | undefined {
  const bytes: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const ipv4 = isLast && index === parts.length - 1 && part.includes('.') ? parseIpv4(part) : undefined;
    if (ipv4 !== undefined) bytes.push(...ipv4);
    else if (group.test(part)) bytes.push(Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 0xff);
    else return undefined;
  }
  return bytes;
}

function isMapped(bytes: readonly number[]): boolean {
  return (
    bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
  );
}
