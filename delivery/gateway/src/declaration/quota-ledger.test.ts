import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCessError } from '@cess/primitives';
import fc from 'fast-check';
import '../errors.js';
import { QuotaLedger } from './quota-ledger.js';

const nothing = { declared: [], deleted: [], dropped: [] };
const name = { owner: new Uint8Array(32).fill(1), territory: 'default' };

async function ledgerWith(lockedBytes: number): Promise<QuotaLedger> {
  const ledger = new QuotaLedger({ isConnected: true, lockedQuota: async () => lockedBytes });
  await ledger.refresh(name);
  return ledger;
}

describe('DATA-10: quota ledger', () => {
  it('acknowledges inside the locked quota and not a byte beyond', async () => {
    const ledger = await ledgerWith(100);
    ledger.reserve(name, 60);
    ledger.reserve(name, 40);
    assert.throws(
      () => ledger.reserve(name, 1),
      (error) => isCessError(error, 'GATEWAY_QUOTA_EXCEEDED'),
    );
  });

  it('keeps territories apart', async () => {
    const ledger = await ledgerWith(100);
    assert.throws(() => ledger.reserve({ ...name, territory: 'other' }, 1));
  });

  it('never gives out more than the chain has locked, whatever the order of events', async () => {
    const event = fc.record({
      kind: fc.constantFrom('reserve', 'release', 'declare', 'delete'),
      pick: fc.nat(),
      bytes: fc.integer({ min: 1, max: 60 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 60 }), async (events) => {
        const chain = { locked: 100 };
        const ledger = await ledgerWith(chain.locked);
        const pending: number[] = [];
        const declared: number[] = [];
        for (const { kind, pick, bytes } of events) {
          if (kind === 'reserve') {
            try {
              ledger.reserve(name, bytes);
              pending.push(bytes);
            } catch {
              assert.ok(bytes > chain.locked - sum(pending));
            }
          } else if (kind === 'release' && pending.length > 0) {
            ledger.release(name, pending.splice(pick % pending.length, 1)[0]!);
          } else if (kind === 'declare' && pending.length > 0) {
            const [size] = pending.splice(pick % pending.length, 1) as [number];
            chain.locked -= size;
            declared.push(size);
            ledger.settled({ ...nothing, declared: [{ ...name, storedBytes: size }] });
          } else if (kind === 'delete' && declared.length > 0) {
            const [size] = declared.splice(pick % declared.length, 1) as [number];
            chain.locked += size;
            ledger.settled({ ...nothing, deleted: [{ ...name, storedBytes: size }] });
          }
          assert.equal(ledger.availableBytes(name), chain.locked - sum(pending));
          assert.ok(ledger.availableBytes(name) >= 0);
        }
      }),
      { seed: 20_261_122, numRuns: 200 },
    );
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
