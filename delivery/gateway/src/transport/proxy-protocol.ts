// The header with which a proxy tells the address of its client (HAProxy, "The PROXY protocol", versions 1 and 2). Pure parser:
// the bytes that have arrived give a header, an error, or the need for more bytes.
import { isIP, isIPv4, isIPv6 } from 'node:net';

export type ProxyHeader =
  | { readonly type: 'incomplete' }
  | { readonly type: 'malformed'; readonly reason: string }
  /** `address` is undefined where the proxy speaks for itself, as for health checks. */
  | { readonly type: 'header'; readonly length: number; readonly address: string | undefined };

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const headLength = 16;
/** Extensions behind the addresses of version 2; the longest that proxies send hold a client certificate. */
const maxBinaryLength = 4_096;
const maxTextLength = 107;
const textStart = Buffer.from('PROXY ');
const incomplete: ProxyHeader = { type: 'incomplete' };

export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  if (isStartOf(signature, bytes)) return bytes.length < headLength ? incomplete : parseBinary(bytes);
  if (isStartOf(textStart, bytes)) return bytes.length < textStart.length ? incomplete : parseText(bytes);
  return malformed('there is no header');
}

/** Whether the bytes begin with the start, or may do so when more have arrived. */
function isStartOf(start: Buffer, bytes: Buffer): boolean {
  const length = Math.min(start.length, bytes.length);
  return start.subarray(0, length).equals(bytes.subarray(0, length));
}

function parseText(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, maxTextLength).indexOf('\r\n');
  if (end < 0) return bytes.length < maxTextLength ? incomplete : malformed('the line is too long');
  const length = end + 2;
  const [, family, source = '', destination = '', sourcePort = '', destinationPort = '', ...more] = bytes
    .toString('latin1', 0, end)
    .split(' ');
  if (family === 'UNKNOWN') return { type: 'header', length, address: undefined };
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : undefined;
  if (isAddress === undefined) return malformed('the address family is unknown');
  if (!isAddress(source) || !isAddress(destination) || source.includes('%'))
    return malformed('an address is not valid');
  if (!isPort(sourcePort) || !isPort(destinationPort) || more.length > 0) return malformed('a port is not valid');
  return { type: 'header', length, address: source };
}

function isPort(text: string): boolean {
  return /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

function parseBinary(bytes: Buffer): ProxyHeader {
  const version = bytes.readUInt8(12) >> 4;
  const command = bytes.readUInt8(12) & 0x0f;
  const family = bytes.readUInt8(13);
  const body = bytes.readUInt16BE(14);
  if (version !== 2 || command > 1) return malformed('version or command is unknown');
  if (body > maxBinaryLength) return malformed('the header is too long');
  const length = headLength + body;
  if (bytes.length < length) return incomplete;
  if (command === 0) return { type: 'header', length, address: undefined };
  const addresses = bytes.subarray(headLength, length);
  if (family === 0x11)
    return addresses.length < 12 ? malformed('an address is cut off') : known(length, ipv4(addresses));
  if (family === 0x21)
    return addresses.length < 36 ? malformed('an address is cut off') : known(length, ipv6(addresses));
  // Unspecified, UNIX sockets, datagrams: there is no address that rules could be about.
  return { type: 'header', length, address: undefined };
}

function known(length: number, address: string): ProxyHeader {
  return isIP(address) === 0 ? malformed('an address is not valid') : { type: 'header', length, address };
}

function ipv4(bytes: Buffer): string {
  return [...bytes.subarray(0, 4)].join('.');
}

/** In the shortest form, as sockets name their peers. */
function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16));
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

function malformed(reason: string): ProxyHeader {
  return { type: 'malformed', reason };
}
