// Which page sends a request to the console. Cookies do not tell ports apart, and content that users store is served at the S3 port of
// the same host, so `SameSite` alone is no protection: the origin must be the console's own, to the port.
import type { IncomingMessage } from 'node:http';

/** Reads may also come from the address bar; changes must come from the console's own pages. */
export function isFromOwnPage({ method, headers, socket }: IncomingMessage): boolean {
  const { origin, host = '' } = headers;
  const site = headers['sec-fetch-site'];
  const own = `${'encrypted' in socket ? 'https' : 'http'}://${host}`;
  const isRead = method === 'GET' || method === 'HEAD';
  if (origin !== undefined && origin !== own) return false;
  // Browsers without Fetch Metadata send the origin with every change.
  if (site === undefined) return isRead || origin === own;
  return site === 'same-origin' || (isRead && site === 'none');
}
