// The books of Balances, which must agree whatever happened.
import assert from 'node:assert/strict';
import { toHex } from '@cess/primitives';
import type { StorageAccess } from '../frame/context.js';
import { query } from '../index.js';

/** Throws an AssertionError unless the holds of each account are its reserved balance. */
export function assertHoldsAgree(chain: StorageAccess): void {
  const reserved = new Map<string, bigint>();
  for (const [[who], { data }] of query.System.Account.entries(chain, []))
    if (data.reserved > 0n) reserved.set(toHex(who), data.reserved);
  const held = new Map<string, bigint>();
  for (const [[who], holds] of query.Balances.Holds.entries(chain, [])) {
    const names = holds.map(({ id }) => `${id.type}.${id.value}`);
    assert.equal(new Set(names).size, names.length, 'one entry for each reason');
    assert.ok(holds.every(({ amount }) => amount > 0n));
    held.set(
      toHex(who),
      holds.reduce((sum, { amount }) => sum + amount, 0n),
    );
  }
  assert.deepEqual(new Map([...held].sort()), new Map([...reserved].sort()));
}

/** Throws an AssertionError unless all balances together are the issuance. */
export function assertIssuanceAgrees(chain: StorageAccess): void {
  let sum = 0n;
  for (const [, { data }] of query.System.Account.entries(chain, [])) sum += data.free + data.reserved;
  assert.equal(query.Balances.TotalIssuance.get(chain), sum);
}

/** What an account has on hold for a reason, as `Pallet.Reason`. */
export function amountHeld(chain: StorageAccess, who: Uint8Array, reason: string): bigint {
  const found = query.Balances.Holds.get(chain, who).find(({ id }) => `${id.type}.${id.value}` === reason);
  return found?.amount ?? 0n;
}
