// GR-51: a verifier that pins one authority set follows its changes by proof, and by nothing less.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DigestItem, type GrandpaLog, grandpaDigest, type Header } from '@cess/chain-primitives';
import { createEd25519Signer, type Ed25519Signer } from '@cess/crypto';
import { isCessError, toHex } from '@cess/primitives';
import {
  type AuthoritySet,
  type FinalityProof,
  finalityProofCodec,
  followAuthoritySet,
  headerHash,
  justifyCommit,
  nextSet,
  signVote,
} from '../index.js';
import { plainHeader } from '../test-support/chain.js';

/** Four signers of a set; each set has its own. */
const setOf = (id: number): Ed25519Signer[] =>
  [1, 2, 3, 4].map((i) => createEd25519Signer(new Uint8Array(32).fill(16 * id + i)));
const authoritiesOf = (id: number) => setOf(id).map(({ publicKey }) => ({ key: publicKey, weight: 1n }));
const pinned: AuthoritySet = { setId: 5n, authorities: authoritiesOf(5) };

function changeTo(id: number, delay = 0): GrandpaLog {
  const next_authorities = authoritiesOf(id).map(({ key, weight }): [Uint8Array, bigint] => [key, weight]);
  return { type: 'ScheduledChange', value: { next_authorities, delay } };
}

function headerAt(number: number, ...logs: GrandpaLog[]): Header {
  return { ...plainHeader(undefined), number, digest: { logs: logs.map(grandpaDigest) } };
}

function link(header: Header, setId: number, signers = setOf(setId)): FinalityProof['links'][number] {
  const target = { hash: toHex(headerHash(header)), number: header.number };
  const precommits = signers.slice(0, 3).map((signer) => ({
    target,
    voter: toHex(signer.publicKey),
    signature: signVote({ kind: 'precommit', round: 1, setId, target }, signer),
  }));
  return { header, justification: justifyCommit({ round: 1, setId, target, precommits }, () => undefined) };
}

const chain = [
  link(headerAt(10, changeTo(6)), 5),
  link(headerAt(20, { type: 'OnDisabled', value: 0n }, changeTo(7)), 6),
  link(headerAt(25), 7),
];

function reasonOf(links: FinalityProof['links'], from = pinned): unknown {
  const result = followAuthoritySet({ links }, from);
  if (result.ok) return undefined;
  return isCessError(result.error, 'FINALITY_PROOF_INVALID')
    ? [result.error.data.link, result.error.data.reason]
    : result.error;
}

describe('finality proof', () => {
  it('GR-51: the set after every change is known, and the last finalized block', () => {
    const proof = finalityProofCodec.decode(finalityProofCodec.encode({ links: chain }));
    const followed = followAuthoritySet(proof, pinned);
    assert.ok(followed.ok);
    assert.deepEqual(followed.value.set, { setId: 7n, authorities: authoritiesOf(7) });
    assert.equal(followed.value.finalized?.number, 25);
    const nothing = followAuthoritySet({ links: [] }, pinned);
    assert.ok(nothing.ok);
    assert.deepEqual(nothing.value, { set: pinned, finalized: undefined });
  });

  it('GR-51: a link by another set, an old set, or left out breaks the chain', () => {
    assert.deepEqual(reasonOf(chain.slice(1)), [0, 'justification']);
    assert.deepEqual(reasonOf([chain[0]!, chain[2]!]), [1, 'justification']);
    assert.deepEqual(reasonOf([chain[0]!, link(headerAt(20, changeTo(7)), 6, setOf(5))]), [1, 'justification']);
    assert.deepEqual(reasonOf(chain, { ...pinned, setId: 4n }), [0, 'justification']);
  });

  it('GR-51: header and justification belong together, and heights rise', () => {
    assert.deepEqual(reasonOf([{ ...chain[0]!, header: headerAt(10, changeTo(7)) }]), [0, 'header']);
    assert.deepEqual(reasonOf([chain[0]!, link(headerAt(10, changeTo(7)), 6)]), [1, 'order']);
  });

  it('GR-51: every link but the last changes the set', () => {
    assert.deepEqual(reasonOf([link(headerAt(10), 5), link(headerAt(20, changeTo(6)), 5)]), [0, 'missing-change']);
    assert.equal(reasonOf([link(headerAt(10), 5)]), undefined);
  });

  it('GR-51: changes that a proof cannot follow are refused', () => {
    const empty: GrandpaLog = { type: 'ScheduledChange', value: { next_authorities: [], delay: 0 } };
    const { value } = changeTo(6);
    const forced: GrandpaLog = { type: 'ForcedChange', value: [3, value as typeof empty.value] };
    for (const logs of [[changeTo(6, 1)], [changeTo(6), changeTo(7)], [empty], [forced]]) {
      assert.deepEqual(reasonOf([link(headerAt(10, ...logs), 5)]), [0, 'change']);
    }
    const item = grandpaDigest(changeTo(6));
    assert.ok(item.type === 'Consensus');
    const cut: DigestItem = { type: 'Consensus', value: [item.value[0], Uint8Array.of(1, 4)] };
    const result = nextSet({ ...plainHeader(undefined), digest: { logs: [cut] } }, pinned);
    assert.ok(!result.ok && isCessError(result.error, 'AUTHORITY_SET_INVALID'));
  });
});
