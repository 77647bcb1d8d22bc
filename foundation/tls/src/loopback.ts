// Which hosts are this machine: connections to them need no TLS.
import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether a host of a URL or a listener, or the address of a connection, is on the loopback interface. */
export function isLoopback(host: string | undefined): boolean {
  if (host === undefined) return false;
  if (host === 'localhost') return true;
  const address = host.startsWith('[') ? host.slice(1, -1) : host;
  const family = isIP(address);
  // IPv4 addresses that are written as IPv6 (RFC 4291 §2.5.5.2) are compared as IPv4 addresses.
  return family !== 0 && loopback.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
