// A receiver of messages, as the operator declares it in the configuration of the gateway.

export interface WebhookTarget {
  /** Letters, digits, `-` and `_`; at most 80. Names the queue on disk and stands in ARNs. */
  readonly name: string;
  /** `http:` or `https:`, without user, password and fragment. */
  readonly url: string;
  /** Signs the messages (`webhookKey`). */
  readonly key: Uint8Array;
  /** Ranges of addresses that are not public and may be connected to, such as `10.0.0.0/8`. Default: none. */
  readonly allowedAddresses?: readonly string[];
  /** Account ids that may name the target in a bucket. Default: all. */
  readonly accounts?: readonly string[];
  /** Longest time for one request. Default 10 s. */
  readonly timeoutMs?: number;
  /** Most messages on disk; new ones are dropped beyond it. Default 100,000. */
  readonly maxQueued?: number;
  /** Messages that are older are dropped. Default 24 hours. */
  readonly maxAgeMs?: number;
}

export const targetNamePattern = /^[A-Za-z0-9_-]{1,80}$/;
export const defaultMaxQueued = 100_000;
export const defaultMaxAgeMs = 24 * 3600 * 1000;
export const defaultTimeoutMs = 10_000;

/** Why a URL cannot be a target; undefined for one that can. */
export function urlFault(text: string): string | undefined {
  if (!URL.canParse(text)) return 'is not a URL';
  const { protocol, username, password, hash } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return 'must begin with http:// or https://';
  if (username !== '' || password !== '') return 'must not contain a user name or password';
  return hash === '' ? undefined : 'must not contain a fragment';
}
