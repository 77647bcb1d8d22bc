// Where a website sends a request: the redirect of all requests, or of the first routing rule that applies.
import { uriEncode } from '@cess/signature-v4';
import type { Redirect, RoutingRule } from '../configurations/website.js';

export interface Location {
  readonly status: number;
  readonly location: string;
}

/** The rule for a key, before it is read (`errorStatus` undefined) or after that failed. */
export function matchingRule(
  rules: readonly RoutingRule[],
  key: string,
  errorStatus: number | undefined,
): RoutingRule | undefined {
  return rules.find((rule) => rule.errorStatus === errorStatus && key.startsWith(rule.keyPrefix ?? ''));
}

export function redirectByRule({ keyPrefix = '', redirect }: RoutingRule, key: string, host: string): Location {
  const { key: replacement, status } = redirect;
  const target =
    replacement === undefined
      ? key
      : 'whole' in replacement
        ? replacement.whole
        : replacement.prefix + key.slice(keyPrefix.length);
  return { status, location: addressOf(redirect, target, host) };
}

/** Always with a host: a path that begins with two slashes would name another one. */
export function addressOf({ protocol = 'http', host }: Redirect, key: string, ownHost: string): string {
  return `${protocol}://${host ?? ownHost}/${key.split('/').map(uriEncode).join('/')}`;
}
