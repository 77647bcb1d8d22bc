// R2S-5: two blocks of one author in one slot are proven by their headers (docs/protocol/r2s.md §8).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Header } from '@cess/chain-primitives';
import fc from 'fast-check';
import {
  createEquivocationProof,
  encodeEquivocationProof,
  MAX_EQUIVOCATION_BYTES,
  sealHeader,
  splitSeal,
  verifyEquivocationProof,
} from '../index.js';
import { authoredHeader, authorities, genesisBeacon, plainHeader, signers } from '../test-support/chain.js';

const genesis = plainHeader(undefined);
const slot = 10n;
const offender = authorities[2]!;
const one = authoredHeader(genesis, genesisBeacon, slot);
/** Another block of the author of slot 10. */
const other = resealed({ state_root: new Uint8Array(32).fill(7) });
const proof = createEquivocationProof(offender, slot, [one, other]);

function resealed(changed: Partial<Header>, signer = signers[2]!): Header {
  return sealHeader({ ...splitSeal(one)!.unsealed, ...changed }, signer);
}

function reasonOf(bytes: Uint8Array): string | undefined {
  const result = verifyEquivocationProof(bytes);
  return result.ok ? undefined : result.error.data.reason;
}

const reasonOfPair = (headers: readonly [Header, Header], key = offender, at = slot): string | undefined =>
  reasonOf(encodeEquivocationProof(createEquivocationProof(key, at, headers)));

describe('the proof of an equivocation', () => {
  it('RS-8.1: two sealed headers of one slot by one key prove it, in one form', () => {
    const result = verifyEquivocationProof(encodeEquivocationProof(proof));
    assert.ok(result.ok);
    assert.deepEqual(result.value, proof);
    assert.deepEqual(createEquivocationProof(offender, slot, [other, one]), proof);
    const swapped = { ...proof, first_header: proof.second_header, second_header: proof.first_header };
    assert.equal(reasonOf(encodeEquivocationProof(swapped)), 'its headers are not in order');
  });

  it('RS-8.1: parents, heights and contents do not matter', () => {
    const elsewhere = resealed({ parent_hash: new Uint8Array(32).fill(3), number: 77 });
    assert.equal(reasonOfPair([one, elsewhere]), undefined);
  });

  it('RS-8.2: one block is no offence, whatever its seals', () => {
    assert.equal(reasonOfPair([one, one]), 'it contains one block twice');
    const { unsealed } = splitSeal(one)!;
    const twice = sealHeader(unsealed, signers[1]!);
    assert.equal(reasonOfPair([one, twice]), 'it contains one block twice');
  });

  it('RS-8.2: blocks of other slots, other keys or without seals prove nothing', () => {
    const later = authoredHeader(genesis, genesisBeacon, 14n);
    assert.equal(reasonOfPair([one, later]), 'a header is of another slot');
    assert.equal(reasonOfPair([one, other], offender, 11n), 'a header is of another slot');
    assert.equal(reasonOfPair([one, resealed({ number: 5 }, signers[1]!)]), 'a seal is not by the accused key');
    assert.equal(reasonOfPair([one, other], authorities[1]!), 'a seal is not by the accused key');
    assert.equal(reasonOfPair([one, splitSeal(other)!.unsealed]), 'a header has no seal');
    assert.equal(reasonOfPair([one, resealed({ digest: { logs: [] } })]), 'a header is of another slot');
  });

  it('RS-8.3: malformed and oversized bytes are refused', () => {
    const bytes = encodeEquivocationProof(proof);
    assert.equal(reasonOf(bytes.subarray(1)), 'its bytes are malformed');
    assert.equal(reasonOf(new Uint8Array([...bytes, 0])), 'its bytes are malformed');
    assert.equal(reasonOf(new Uint8Array(0)), 'its bytes are malformed');
    assert.equal(reasonOf(new Uint8Array(MAX_EQUIVOCATION_BYTES + 1)), 'it is too large');
    const claim = { type: 'PreRuntime', value: [new TextEncoder().encode('R2SC'), new Uint8Array(3)] } as const;
    assert.equal(reasonOfPair([one, resealed({ digest: { logs: [claim] } })]), 'its bytes are malformed');
  });

  it('RS-8.2: no changed byte of a proof gives a proof against anyone', () => {
    const bytes = encodeEquivocationProof(proof);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        assert.notEqual(reasonOf(bytes.with(at, bytes[at]! ^ mask)), undefined);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
