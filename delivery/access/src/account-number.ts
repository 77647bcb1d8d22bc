// The number of an account: twelve digits, as ARNs and the principals of policies name accounts. It follows from the id of the
// owner on chain, so that every gateway names an account alike (ADR 56).
import { createHash } from 'node:crypto';

const domain = 'CESS/account-number/v1';
const count = 10n ** 12n;

/**
 * The first eight bytes of SHA-256(domain ‖ owner), big-endian, modulo 10^12. Two owners have the same number with a probability of
 * 10^-12; a gateway serves only one of them.
 */
export function accountNumber(owner: Uint8Array): string {
  const digest = createHash('sha256').update(domain).update(owner).digest();
  return String(digest.readBigUInt64BE(0) % count).padStart(12, '0');
}
