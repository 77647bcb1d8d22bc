// Account ids in ARNs. Amazon's accounts have ids of twelve digits, and tools check that form. Owners here are keys on chain,
// so the id follows from the key: every gateway gives an owner the same id, without a registry (ADR 55).
import { createHash } from 'node:crypto';

const context = 'CESS/account-id/v1';
const least = 100_000_000_000n;
const count = 900_000_000_000n;

/**
 * The account id of an owner: twelve digits, the first not 0. About 2^40 ids exist, so somebody can search for a key with the
 * id of another owner: nothing may be granted because two ids are equal where the owners can be compared.
 */
export function accountIdOf(owner: Uint8Array): string {
  const digest = createHash('sha256').update(context).update(owner).digest();
  return String(least + (digest.readBigUInt64BE(0) % count));
}
