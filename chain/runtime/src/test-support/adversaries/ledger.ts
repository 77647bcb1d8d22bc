// What a game costs and gains each party: free and reserved tokens at its end against those at its beginning.
import { toHex } from '@cess/primitives';
import { query } from '../../index.js';
import type { AuditScenario } from '../audit-scenario.js';

/** Free and reserved tokens of an account, in the smallest unit. */
function wealthOf(chain: AuditScenario, account: Uint8Array): bigint {
  const { free, reserved } = query.System.Account.get(chain, account).data;
  return free + reserved;
}

export class Ledger {
  readonly #before = new Map<string, bigint>();

  /** Records the wealth of an account; the first record counts. */
  open(chain: AuditScenario, account: Uint8Array): void {
    const name = toHex(account);
    if (!this.#before.has(name)) this.#before.set(name, wealthOf(chain, account));
  }

  /** Gain of these accounts together since they were opened; negative for a loss. */
  gainOf(chain: AuditScenario, accounts: readonly Uint8Array[]): bigint {
    return accounts.reduce((sum, account) => sum + wealthOf(chain, account) - this.#openingOf(account), 0n);
  }

  #openingOf(account: Uint8Array): bigint {
    return this.#before.get(toHex(account)) ?? 0n;
  }
}
