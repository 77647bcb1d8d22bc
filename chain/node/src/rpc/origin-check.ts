// Which pages of browsers may use the RPC. Browsers send the origin of the page along; other programs send none and pass.
// Without the check, every page that somebody visits could read from, and write to, the node on the visitor's machine.

/** Origins that may use the RPC besides those of the loopback interface, or all. */
export type RpcOrigins = readonly string[] | 'all';

/** Whether a request with this `Origin` header is answered. */
export function isOriginAllowed(origin: string | undefined, allowed: RpcOrigins): boolean {
  return origin === undefined || allowed === 'all' || allowed.includes(origin) || isLoopback(origin);
}

/** Whether the text is an origin as browsers send it: a scheme, a host, a port unless it is the scheme's own, and no path. */
export function isOrigin(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/[^\s/,?#@]+$/.test(text) && URL.canParse(text);
}

/** Origins from a setting: `all`, `loopback`, or a comma-separated list; undefined for anything else. */
export function parseRpcOrigins(text: string): RpcOrigins | undefined {
  if (text === 'all') return text;
  if (text === 'loopback') return [];
  const origins = text.split(',').map((each) => each.trim());
  return origins.every(isOrigin) ? origins : undefined;
}

function isLoopback(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname } = new URL(origin);
  const isWeb = protocol === 'http:' || protocol === 'https:';
  return isWeb && (/^(.+\.)?localhost$/.test(hostname) || /^127(\.\d+){3}$/.test(hostname) || hostname === '[::1]');
}
