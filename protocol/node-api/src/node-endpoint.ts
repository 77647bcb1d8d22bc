// Endpoints of nodes are untrusted input. Only origins are used: https, and http on loopback. Outside of development networks,
// origins in this host or in a private network are rejected (docs/protocol/data-path.md §13).
import { isIP } from 'node:net';
import { err, ok, type Result } from '@cess/primitives';
import { isLoopback } from '@cess/tls';

export type EndpointRefusal = 'malformed' | 'plaintext' | 'private';

/** The origin to send requests to. Rejects host names outside of development, because they may resolve to any address. */
export function parseNodeEndpoint(text: string, allowPrivate: boolean): Result<string, EndpointRefusal> {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return err('malformed');
  }
  const isOrigin =
    url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (!isOrigin || (url.protocol !== 'http:' && url.protocol !== 'https:')) return err('malformed');
  if (!allowPrivate && !isPublicHost(url.hostname)) return err('private');
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) return err('plaintext');
  return ok(url.origin);
}

function isPublicHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) === 4) return !isPrivateIPv4(host);
  if (isIP(host) === 6) return /^[23]/.test(host);
  return false;
}

function isPrivateIPv4(host: string): boolean {
  const [a, b] = host.split('.').map(Number) as [number, number];
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    a >= 224 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && (b === 168 || b === 0)) ||
    (a === 198 && (b === 18 || b === 19))
  );
}
