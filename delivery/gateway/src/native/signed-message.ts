// The time in the messages that wallets sign for the native API. The message names neither the request nor the gateway, so whoever
// sees it can use it again until it ends; the gateway accepts a short window only (ADR 75).
import { NativeError } from './native-error.js';

/** How far a message of the SDK may be ahead of the clock of the gateway. */
const maxAheadMs = 60_000;

/**
 * Throws MessageExpired and MessageUndated. Accepted are the expiry that clients of DeOSS sign (Unix seconds, Unix milliseconds, or
 * `YYYY-MM-DD hh:mm:ss` in UTC), and the time of signing as cess-js-sdk writes it, each also between `<Bytes>` and `</Bytes>`.
 */
export function assertCurrent(message: string, { nowMs, windowMs }: { nowMs: number; windowMs: number }): void {
  const text = /^<Bytes>(.*)<\/Bytes>$/s.exec(message)?.[1] ?? message;
  const expiresAtMs = expiryOf(text, windowMs, nowMs);
  if (expiresAtMs === undefined) throw new NativeError('MessageUndated');
  if (expiresAtMs <= nowMs || expiresAtMs > nowMs + windowMs) throw new NativeError('MessageExpired');
}

function expiryOf(text: string, windowMs: number, nowMs: number): number | undefined {
  const [, signedAt] = /^cess-js-sdk-(\d{13})$/.exec(text) ?? [];
  if (signedAt !== undefined) {
    const aheadMs = Number(signedAt) - nowMs;
    const toleratedMs = aheadMs > 0 && aheadMs <= maxAheadMs ? aheadMs : 0;
    return Number(signedAt) - toleratedMs + windowMs;
  }
  if (/^\d{10}$/.test(text)) return Number(text) * 1000;
  if (/^\d{13}$/.test(text)) return Number(text);
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) return undefined;
  const timeMs = Date.parse(`${text.replace(' ', 'T')}Z`);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
