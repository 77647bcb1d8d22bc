// What an enclave refuses, lie by lie: its host and the host's node are the adversaries.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { headerCodec, query } from '@cess/client';
import { challengeAsOf } from '@cess/client/audit';
import { createEd25519Signer, sha256, verifyEd25519 } from '@cess/crypto';
import { type ErrorCode, isCessError } from '@cess/primitives';
import {
  attestationReportData,
  blockOf,
  challengedBlocks,
  checkPublicKey,
  checkSrs,
  createFieldKernel,
  proofGen,
  tagSetDigest,
  tagSizeBytes,
} from '@cess/proofs';
import { softwareEvidenceMessage, verdictDigest } from '@cess/types';
import {
  bls,
  description,
  fileId,
  fragmentBytes,
  holdBy,
  judgeRequest,
  newChain,
  newCore,
  nodeKey,
  orderId,
  otherNodeKey,
  place,
  provider,
  putRound,
  root,
  roundRef,
  seededRng,
  tagRequest,
  worker,
} from '../test-support/enclave-fixture.js';
import { authority, genesis, justify } from '../test-support/proven-chain.js';
import { readRoundToJudge } from './chain-claims.js';
import { maxRollbackBlocks } from './finality-gate.js';

const withCode = (code: ErrorCode) => (error: unknown) => isCessError(error, code);
const forger = createEd25519Signer(new Uint8Array(32).fill(0xbb));
const { keyId, signerKey, publicKey, srs } = description;

describe('enclave: tags', () => {
  it('PODR2-2: are signed for the place, root and holder that the finalized chain records', async () => {
    const state = await newChain().finalize(30);
    const { tags, signature } = await newCore().tag(await tagRequest(state));
    const identity = { genesis, orderId, ...place, replica: 0, root, provider: provider, keyId };
    assert.ok(verifyEd25519(signature, tagSetDigest(identity, fragmentBytes.length, sha256(tags)), signerKey));
  });

  it('a header that the justification is not for is refused', async () => {
    const state = await newChain().finalize(30);
    const chain = newChain();
    holdBy(chain, provider + 1);
    const forged = await chain.finalize(30);
    const request = await tagRequest(forged, { callerKey: otherNodeKey });
    const block = { header: forged.block.header, justification: state.block.justification };
    await assert.rejects(newCore().tag({ ...request, block }), withCode('ENCLAVE_EVIDENCE'));
  });

  it('a block that others than the pinned authorities finalized is refused', async () => {
    const state = await newChain().finalize(30, forger);
    await assert.rejects(newCore().tag(await tagRequest(state)), withCode('ENCLAVE_EVIDENCE'));
    assert.ok(await newCore().tag({ ...(await tagRequest(state)), block: await honest(state.header) }));
    async function honest(header: typeof state.header) {
      return { header: headerCodec.encode(header), justification: justify(header, authority) };
    }
  });

  it('headers, justifications and proofs that are damaged in any place are refused', async () => {
    const state = await newChain().finalize(30);
    const request = await tagRequest(state);
    const { header, justification } = request.block;
    const flip = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
    for (let at = 0; at < header.length; at++) {
      const block = { header: flip(header, at), justification };
      await assert.rejects(newCore().tag({ ...request, block }), withCode('ENCLAVE_EVIDENCE'), `header byte ${at}`);
    }
    for (let at = 0; at < justification.length; at += 3) {
      const block = { header, justification: flip(justification, at) };
      await assert.rejects(newCore().tag({ ...request, block }), withCode('ENCLAVE_EVIDENCE'), `vote byte ${at}`);
    }
    for (let missing = 0; missing < request.proof.length; missing++) {
      const proof = request.proof.filter((_, i) => i !== missing);
      await assert.rejects(newCore().tag({ ...request, proof }), withCode('ENCLAVE_EVIDENCE'), `proof item ${missing}`);
    }
  });

  it('a block much older than one that it has seen is refused, a little older one is not', async () => {
    const chain = newChain();
    const core = newCore();
    const [old, slightlyOld] = [await chain.finalize(30), await chain.finalize(31)];
    const newest = await chain.finalize(31 + maxRollbackBlocks);
    await core.tag(await tagRequest(old));
    await core.tag(await tagRequest(newest));
    await core.tag(await tagRequest(slightlyOld));
    await assert.rejects(core.tag(await tagRequest(old)), withCode('ENCLAVE_ROLLBACK'));
  });

  it('nobody but the holder gets them: other providers, strangers, and the holder of what has gone', async () => {
    const chain = newChain();
    const state = await chain.finalize(30);
    const core = newCore();
    await assert.rejects(core.tag(await tagRequest(state, { callerKey: otherNodeKey })), withCode('NOT_HOLDER'));
    const stranger = new Uint8Array(32).fill(0x77);
    await assert.rejects(core.tag(await tagRequest(state, { callerKey: stranger })), withCode('NODE_UNKNOWN'));
    await assert.rejects(core.tag(await tagRequest(state, { fragment: 4 })), withCode('NOT_HOLDER'));
    holdBy(chain, undefined);
    await assert.rejects(core.tag(await tagRequest(await chain.finalize(31))), withCode('NOT_HOLDER'));
    holdBy(chain, provider);
    const { PendingDeletion } = query.FileBank;
    const deletion = { order_id: orderId, next_segment: 0, segment_count: 3, deleted_at: 31 };
    chain.put(PendingDeletion, PendingDeletion.key(fileId), deletion);
    await assert.rejects(core.tag(await tagRequest(await chain.finalize(32))), withCode('NOT_HOLDER'));
  });

  it('PODR2-2: the claimant of a restoral order gets them, and no other provider', async () => {
    const chain = newChain();
    holdBy(chain, undefined);
    const { RestoralOrders } = query.FileBank;
    const order = (miner: number) => ({
      reason: 'Lost' as const,
      opened_at: 5,
      margin: 1,
      claim: { miner, until: 90 },
    });
    const key = RestoralOrders.key(fileId, place.segment, place.fragment);
    chain.put(RestoralOrders, key, order(provider));
    assert.ok(await newCore().tag(await tagRequest(await chain.finalize(30))));
    chain.put(RestoralOrders, key, order(provider + 1));
    await assert.rejects(newCore().tag(await tagRequest(await chain.finalize(31))), withCode('NOT_HOLDER'));
  });

  it('proofs about one place do not pass for another', async () => {
    const state = await newChain().finalize(30);
    const request = await tagRequest(state);
    // A proof may show by the way that something else is absent; that is no place either.
    const isRefused = (error: unknown) => isCessError(error, 'ENCLAVE_EVIDENCE', 'NOT_HOLDER', 'NODE_UNKNOWN');
    await assert.rejects(newCore().tag({ ...request, segment: 1 }), isRefused);
    await assert.rejects(newCore().tag({ ...request, fragment: 2 }), isRefused);
    await assert.rejects(newCore().tag({ ...request, callerKey: new Uint8Array(32) }), isRefused);
  });

  it('another root than that on chain, other bytes and another length are refused', async () => {
    const state = await newChain().finalize(30);
    const request = await tagRequest(state);
    const core = newCore();
    await assert.rejects(core.tag({ ...request, root: new Uint8Array(32) }), withCode('ROOT_MISMATCH'));
    const bytes = fragmentBytes.slice();
    bytes[39_999]! ^= 1;
    await assert.rejects(core.tag({ ...request, bytes }), withCode('ROOT_MISMATCH'));
    await assert.rejects(core.tag({ ...request, bytes: fragmentBytes.subarray(1) }), withCode('ROOT_MISMATCH'));
  });

  it('another key, and an own one that the chain does not know, are refused', async () => {
    const chain = newChain();
    const state = await chain.finalize(30);
    const foreign = await tagRequest(state, { keyId: new Uint8Array(32).fill(1) });
    await assert.rejects(newCore().tag(foreign), withCode('KEY_UNKNOWN'));
    chain.remove(query.TeeWorker.TagKeys.key(keyId));
    await assert.rejects(newCore().tag(await tagRequest(await chain.finalize(31))), withCode('KEY_UNKNOWN'));
  });
});

describe('enclave: verdicts', () => {
  /** A right answer to the fixture's round. */
  let right: Uint8Array;

  before(async () => {
    const state = await newChain().finalize(30);
    const { tags } = await newCore().tag(await tagRequest(state));
    const duty = (await readRoundToJudge(state.read, roundRef, { genesis, signerKey }))!;
    const challenge = challengeAsOf({ genesis, provider: provider, keyId }, duty.round.info, duty.round.slots, 20)!;
    assert.ok(challenge.fragments[0]!.indices.length <= challengedBlocks);
    const key = checkPublicKey(bls, publicKey, genesis);
    assert.ok(key.ok);
    const points = checkSrs(bls, key.value, srs, seededRng('srs'));
    assert.ok(points.ok);
    const proof = proofGen({ bls, kernel: createFieldKernel(), srs: points.value }, challenge, (_, index) => ({
      block: blockOf(fragmentBytes, index),
      tag: tags.subarray(index * tagSizeBytes, (index + 1) * tagSizeBytes),
    }));
    assert.ok(proof.ok);
    right = proof.value;
  });

  it('PODR2-6: a right proof is passed, a wrong one failed, and the signature is over that very proof', async () => {
    for (const [proof, passed] of [
      [right, true],
      [new Uint8Array(128), false],
    ] as const) {
      const chain = newChain();
      putRound(chain, { proof });
      const [judgement] = await newCore().judge(await judgeRequest(await chain.finalize(30)));
      assert.equal(judgement?.passed, passed);
      const life = { seed: new Uint8Array(64).fill(3), openedAt: 15 };
      const digest = verdictDigest(genesis, worker, { ...roundRef, ...life, proof, passed });
      assert.ok(verifyEd25519(judgement!.signature, digest, signerKey));
    }
  });

  it('is the same in every state in which the round waits, also when the fragment went away meanwhile', async () => {
    const signatures = new Set<string>();
    for (const [number, goneAt] of [
      [30, undefined],
      [31, 31],
      [90, 21],
    ] as const) {
      const chain = newChain();
      putRound(chain, { proof: right, ...(goneAt === undefined ? {} : { goneAt }) });
      const [judgement] = await newCore().judge(await judgeRequest(await chain.finalize(number)));
      signatures.add(Buffer.from(judgement!.signature).toString('hex'));
    }
    assert.equal(signatures.size, 1);
  });

  it('audit.md §3.4: when nothing is left to ask the provider has not failed', async () => {
    const chain = newChain();
    putRound(chain, { goneAt: 20 });
    const [judgement] = await newCore().judge(await judgeRequest(await chain.finalize(30)));
    assert.equal(judgement?.passed, true);
  });

  it('is not given on rounds of other workers, open ones, other numbers and rounds that are not there', async () => {
    const chain = newChain();
    const judged = async (number: number, ref = roundRef) =>
      newCore().judge(await judgeRequest(await chain.finalize(number), ref));
    assert.deepEqual(await judged(30, { ...roundRef, round: 5 }), [undefined]);
    assert.deepEqual(await judged(30, { ...roundRef, provider: provider + 1 }), [undefined]);
    putRound(chain, { worker: worker + 1 });
    assert.deepEqual(await judged(31), [undefined]);
    putRound(chain, { isOpen: true });
    assert.deepEqual(await judged(32), [undefined]);
  });

  it('is not given on forged states', async () => {
    const forged = await judgeRequest(await newChain().finalize(30, forger));
    await assert.rejects(newCore().judge(forged), withCode('ENCLAVE_EVIDENCE'));
    const honest = await judgeRequest(await newChain().finalize(30));
    const [round] = honest.rounds;
    for (let missing = 0; missing < round!.proof.length; missing++) {
      const proof = round!.proof.filter((_, i) => i !== missing);
      const request = { ...honest, rounds: [{ ...round!, proof }] };
      await assert.rejects(newCore().judge(request), withCode('ENCLAVE_EVIDENCE'), `proof item ${missing}`);
    }
  });
});

describe('enclave: evidence', () => {
  it('TEE-1: binds controller, key, epoch and network; for another network there is none', () => {
    const controller = nodeKey;
    const reportData = attestationReportData(publicKey, 0, genesis);
    const evidence = newCore().evidenceFor(controller, genesis);
    assert.ok(verifyEd25519(evidence, softwareEvidenceMessage(controller, reportData), signerKey));
    assert.throws(() => newCore().evidenceFor(controller, new Uint8Array(32)), withCode('ENCLAVE_GENESIS'));
  });
});
