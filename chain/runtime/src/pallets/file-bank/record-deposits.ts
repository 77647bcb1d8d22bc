// Deposits for records of files (docs/protocol/ledger.md §3). The lease of a territory pays for records as far as the fragments of
// a file have PAID_FRAGMENT_BYTES on average; for smaller ones the declarer has a deposit on hold until the record is removed.
import type { Context } from '../../frame/context.js';
import { stateDeposit } from '../../state-deposit.js';
import type { CheckedFile } from './batch-shape.js';
import { fileBankStorage as storage } from './declaration.js';
import type { FileBankNeeds } from './needs.js';

/** Stored bytes whose lease pays for the record of one fragment. */
const PAID_FRAGMENT_BYTES = 65_536n;

/** Entries and bytes of their values: of a file its record, order id and deposit. */
const OF_FILE = { items: 3, bytes: 300 };
const OF_SEGMENT = { items: 1, bytes: 50 };
/** Of a fragment its record, its entry in the list of its holder, its slot and its tag. */
const OF_FRAGMENT = { items: 4, bytes: 250 };

/** The deposit for a file: that of its whole record if it stored nothing, and none if its space pays for it. */
function recordDeposit({
  declaration: { segments },
  storedBytes,
}: Pick<CheckedFile, 'declaration' | 'storedBytes'>): bigint {
  const fragments = segments.reduce((sum, segment) => sum + segment.fragments.length, 0);
  const required = BigInt(fragments) * PAID_FRAGMENT_BYTES;
  if (storedBytes >= required) return 0n;
  const whole = stateDeposit(
    OF_FILE.items + segments.length * OF_SEGMENT.items + fragments * OF_FRAGMENT.items,
    OF_FILE.bytes + segments.length * OF_SEGMENT.bytes + fragments * OF_FRAGMENT.bytes,
  );
  return (whole * (required - storedBytes)) / required;
}

/** Puts the deposit for a file on hold. */
export function payForRecord(ctx: Context, needs: FileBankNeeds, who: Uint8Array, file: CheckedFile): void {
  const amount = recordDeposit(file);
  if (amount === 0n) return;
  needs.recordDeposits.hold(ctx, who, amount);
  storage.RecordDeposits.put(ctx, file.id, { who, amount });
}

/** Returns the deposit for a file whose record has been removed. */
export function returnRecordDeposit(ctx: Context, needs: FileBankNeeds, fileId: Uint8Array): void {
  const deposit = storage.RecordDeposits.get(ctx, fileId);
  if (deposit === undefined) return;
  storage.RecordDeposits.remove(ctx, fileId);
  needs.recordDeposits.release(ctx, deposit.who, deposit.amount);
}
