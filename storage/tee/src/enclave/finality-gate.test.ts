// CHAIN-3, TEE-2: the enclave follows the voters of finality from the set that it pinned, by proof alone.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { grandpaDigest } from '@cess/chain-primitives';
import { type Header, headerCodec, headerHash } from '@cess/client';
import { finalityProofCodec, justificationCodec, justifyBySingleVote } from '@cess/consensus';
import { createEd25519Signer, type Ed25519Signer } from '@cess/crypto';
import { isCessError } from '@cess/primitives';
import { authorities, authority } from '../test-support/proven-chain.js';
import { FinalityGate } from './finality-gate.js';

const [second, third] = [2, 3].map((byte) => createEd25519Signer(new Uint8Array(32).fill(byte))) as [
  Ed25519Signer,
  Ed25519Signer,
];

function header(number: number, next?: Ed25519Signer): Header {
  const change = { next_authorities: [[next?.publicKey ?? new Uint8Array(32), 1n] as const], delay: 0 };
  return {
    parent_hash: new Uint8Array(32),
    number,
    state_root: new Uint8Array(32),
    extrinsics_root: new Uint8Array(32),
    digest: { logs: next === undefined ? [] : [grandpaDigest({ type: 'ScheduledChange', value: change })] },
  };
}

const justified = (block: Header, signer: Ed25519Signer, setId: bigint) =>
  justifyBySingleVote({ target: { hash: headerHash(block), number: block.number }, round: 1n, setId }, signer);

const link = (number: number, next: Ed25519Signer, signer: Ed25519Signer, setId: bigint) => {
  const block = header(number, next);
  return { header: block, justification: justified(block, signer, setId) };
};

const proofOf = (...links: ReturnType<typeof link>[]) => finalityProofCodec.encode({ links });
const changes = proofOf(link(10, second, authority, 0n), link(20, third, second, 1n));

function blockBy(signer: Ed25519Signer, setId: bigint, setChanges?: Uint8Array) {
  const block = header(30);
  const justification = justificationCodec.encode(justified(block, signer, setId));
  return { header: headerCodec.encode(block), justification, setChanges };
}

const refused = (error: unknown) => isCessError(error, 'ENCLAVE_EVIDENCE');

describe('the finality gate of an enclave', () => {
  it('accepts a block of the pinned set, and of one that follows from it', () => {
    assert.equal(new FinalityGate(authorities).admit(blockBy(authority, 0n)).number, 30);
    assert.equal(new FinalityGate(authorities).admit(blockBy(authority, 0n, proofOf())).number, 30);
    assert.equal(new FinalityGate(authorities).admit(blockBy(third, 2n, changes)).number, 30);
  });

  it('refuses a block of a set that nothing proves, of one that was replaced, and proofs that do not hold', () => {
    const gate = new FinalityGate(authorities);
    assert.throws(() => gate.admit(blockBy(third, 2n)), refused);
    assert.throws(() => gate.admit(blockBy(second, 1n, changes)), refused, 'the set before the last change');
    assert.throws(() => gate.admit(blockBy(third, 1n, proofOf(link(20, third, second, 1n)))), refused, 'a gap');
    assert.throws(() => gate.admit(blockBy(third, 1n, proofOf(link(10, third, third, 0n)))), refused, 'by a stranger');
    assert.throws(() => gate.admit(blockBy(third, 2n, changes.slice(0, -1))), refused, 'cut off');
  });
});
