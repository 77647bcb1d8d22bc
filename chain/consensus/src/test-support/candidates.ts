// Candidates and accounts for tests of elections.
import fc from 'fast-check';
import type { ElectionCandidate, ElectionRules } from '../index.js';

/** An account of 32 bytes whose order is that of the number. */
export function account(number: number): Uint8Array {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

export const rules: ElectionRules = { seats: 11, minimumMembers: 4, minimumStake: 1000n, creditThreshold: 100 };

/** A candidate in good standing: minimum stake, half of the credit, no proof. */
export function candidate(number: number, changed: Partial<ElectionCandidate> = {}): ElectionCandidate {
  return {
    account: account(number),
    stake: rules.minimumStake,
    credit: 500,
    vrfOutput: undefined,
    erasInPool: 9,
    mayServe: true,
    hasPassedTrials: true,
    ...changed,
  };
}

/** R of 64 bytes from its first two. */
export function output(first: number, second = 0): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set([first, second]);
  return bytes;
}

/** Up to 30 candidates of all kinds. Few values each, so that ties are frequent. */
export const anyCandidates: fc.Arbitrary<ElectionCandidate[]> = fc
  .array(
    fc.record({
      stake: fc.bigInt({ min: 0n, max: 12n }).map((part) => (part * rules.minimumStake) / 2n),
      credit: fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.constantFrom(0, 99, 100, 1000)),
      vrfOutput: fc.option(
        fc.tuple(fc.nat(255), fc.nat(1)).map(([first, second]) => output(first, second)),
        { nil: undefined },
      ),
      erasInPool: fc.nat(8),
      mayServe: fc.boolean(),
      hasPassedTrials: fc.boolean(),
    }),
    { maxLength: 30 },
  )
  .chain((parts) =>
    fc
      .uniqueArray(fc.nat(1000), { minLength: parts.length, maxLength: parts.length })
      .map((numbers) => parts.map((part, i) => ({ ...part, account: account(numbers[i]!) }))),
  );
