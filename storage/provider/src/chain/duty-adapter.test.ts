// The adapter of the duties against raw storage as the runtime writes it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { query } from '@cess/client';
import { utf8 } from '@cess/primitives';
import { callOf, finalized, stubClient } from '../test-support/stub-client.js';
import { DutyAdapter, type DutyAdapterInit } from './duty-adapter.js';

const bytes32 = (fill: number) => new Uint8Array(32).fill(fill);
const { signal } = new AbortController();
const worker = {
  controller: bytes32(1),
  signer_key: bytes32(2),
  endpoint: utf8('http://127.0.0.1:9'),
  bond: undefined,
  tag_key: bytes32(3),
  staked: 1n,
  state: 'Active' as const,
  seat: 0,
  duties: 0,
  record: { tagged_bytes: 0n, verified_bytes: 0n, verdicts: 0, missed: 0, missed_in_a_row: 0, wrong: 0 },
  registered_at: 1,
};
const providerInfo = {
  account: bytes32(1),
  beneficiary: bytes32(1),
  node_key: bytes32(9),
  endpoint: utf8('https://10.0.0.1:7'),
  staked: 1n,
  declared_space: 1_000n,
  service_space: 400n,
  fragment_count: 1n,
  proven_space: 0n,
  debt: 0n,
  failures: 0,
  state: 'Positive' as const,
  registered_at: 1,
};

function setting(allowPrivateEndpoints = true) {
  const { client, put } = stubClient();
  const submitted: Uint8Array[] = [];
  const submitter: DutyAdapterInit['submitter'] = {
    submit: async (call) => {
      submitted.push(call);
      return { blockHash: finalized, blockNumber: 1, events: [] };
    },
  };
  return { put, submitted, chain: new DutyAdapter({ client, submitter, allowPrivateEndpoints }) };
}

test('workers and keys are read; those that are not active, or live where they must not, are not asked', async () => {
  const { Workers, TagKeys } = query.TeeWorker;
  const key = { worker: 1, x: bytes32(4), x_alpha: bytes32(5), srs_hash: bytes32(6), epoch: 0, registered_at: 1 };
  const full = { ...key, x: new Uint8Array(96).fill(4), x_alpha: new Uint8Array(96).fill(5) };
  for (const isDevelopment of [true, false]) {
    const { chain, put } = setting(isDevelopment);
    put(Workers.key(1), Workers.codec.encode(worker));
    put(Workers.key(2), Workers.codec.encode({ ...worker, state: 'Suspended' }));
    put(Workers.key(3), Workers.codec.encode({ ...worker, endpoint: utf8('ftp://x') }));
    put(TagKeys.key(bytes32(3)), TagKeys.codec.encode(full));
    const asked = { endpoint: 'http://127.0.0.1:9', signerKey: bytes32(2), keyId: bytes32(3), isAuxiliary: false };
    assert.deepEqual(await chain.teeWorkers(), isDevelopment ? [asked] : []);
    const record = (await chain.tagKey(bytes32(3)))!;
    assert.deepEqual([record.srsHash, record.signerKey], [bytes32(6), bytes32(2)]);
    assert.equal(record.endpoint, isDevelopment ? 'http://127.0.0.1:9' : undefined);
    assert.equal(await chain.tagKey(bytes32(7)), undefined);
  }
});

test('R2S-2: workers of candidates that could have a seat and have none are marked', async () => {
  const { chain, put } = setting();
  const { Workers } = query.TeeWorker;
  const { Candidates, Rules } = query.Staking;
  const candidate = {
    stake: 0n,
    key: bytes32(1),
    registered_in: undefined,
    entered_in: 0n,
    state: 'Active' as const,
    exit_announced: undefined,
    last_seat: undefined,
    slashed: 0n,
  };
  const { minimum_stake: stake } = Rules.decodeValue(undefined);
  const bonds = [40, 41, 42, 43, undefined].map((fill) => fill && bytes32(fill));
  for (const [index, bond] of bonds.entries()) {
    put(Workers.key(index), Workers.codec.encode({ ...worker, tag_key: bytes32(index), bond: bond || undefined }));
  }
  put(Candidates.key(bytes32(40)), Candidates.codec.encode({ ...candidate, stake }));
  put(Candidates.key(bytes32(41)), Candidates.codec.encode({ ...candidate, stake: stake - 1n }));
  put(Candidates.key(bytes32(42)), Candidates.codec.encode({ ...candidate, stake }));
  const seed = { beacon: new Uint8Array(64), epoch: undefined };
  const seats = [undefined, { account: bytes32(42), key: bytes32(1) }];
  const { Clock } = query.Session;
  put(Clock.key(), Clock.codec.encode({ epoch: 0n, era: 0n, seed, next_seed: seed, seats, elected: undefined }));
  const marked = (await chain.teeWorkers()).filter(({ isAuxiliary }) => isAuxiliary);
  assert.deepEqual(
    marked.map(({ keyId }) => keyId),
    [bytes32(0)],
  );
});

test('a segment is read with all its fragments, or not at all', async () => {
  const { chain, put } = setting();
  const { Files, Segments, Fragments } = query.FileBank;
  const fileId = bytes32(1);
  const file = {
    owner: bytes32(2),
    territory: utf8('t'),
    order_id: bytes32(3),
    gateway: bytes32(4),
    segment_count: 1,
    size: 10n,
    stored_bytes: 30n,
    state: 'Active' as const,
    declared_at: 1,
  };
  const shape = { k: 1, n: 3, ciphertext_length: 10, fragment_length: 10, root: bytes32(5) };
  assert.equal(await chain.segment(fileId, 0), undefined);
  put(Files.key(fileId), Files.codec.encode(file));
  put(Segments.key(fileId, 0), Segments.codec.encode(shape));
  for (const i of [0, 1]) {
    const info = { root: bytes32(10 + i), holder: i === 0 ? undefined : 7, declared_at: 1, restored: 0 };
    put(Fragments.key(fileId, 0, i), Fragments.codec.encode(info));
  }
  assert.equal(await chain.segment(fileId, 0), undefined);
  const last = { root: bytes32(12), holder: 8, declared_at: 1, restored: 0 };
  put(Fragments.key(fileId, 0, 2), Fragments.codec.encode(last));
  assert.deepEqual(await chain.segment(fileId, 0), {
    orderId: bytes32(3),
    gateway: bytes32(4),
    k: 1,
    n: 3,
    ciphertextLength: 10,
    fragmentLength: 10,
    fragments: [
      { root: bytes32(10), holder: undefined },
      { root: bytes32(11), holder: 7 },
      { root: bytes32(12), holder: 8 },
    ],
  });
});

test('holdings, tags, orders and their queue are read as the runtime writes them', async () => {
  const { chain, put } = setting();
  const { ClaimWaits, HeldBy, RestoralOrders, RepairQueue } = query.FileBank;
  const { Tags, Periods } = query.Audit;
  const place = { fileId: bytes32(1), segment: 2, fragment: 3 };
  put(HeldBy.key(7, place.fileId, 2, 3), HeldBy.codec.encode(undefined));
  put(HeldBy.key(8, place.fileId, 2, 4), HeldBy.codec.encode(undefined));
  const held = [];
  for await (const page of chain.heldOnChain(7)) held.push(...page);
  assert.deepEqual(held, [place]);
  put(Tags.key(place.fileId, 2, 3), Tags.codec.encode({ key_id: bytes32(5), slot: 0, tagged_at: 1 }));
  assert.deepEqual(await chain.tagKeysOf([place, { ...place, fragment: 4 }]), [bytes32(5), undefined]);
  assert.deepEqual(await chain.tagKeysOf([]), []);
  const order = { reason: 'Exit' as const, opened_at: 5, margin: 2, claim: { miner: 7, until: 60 } };
  put(RestoralOrders.key(place.fileId, 2, 3), RestoralOrders.codec.encode(order));
  const wait = { miner: 9, claims: 2, until: 99 };
  put(ClaimWaits.key(place.fileId, 2, 3), ClaimWaits.codec.encode([wait]));
  const owner = new Uint8Array(8).fill(7);
  for (const margin of [1, 2, 3]) {
    put(RepairQueue.key(0, margin, owner, place.fileId, margin), RepairQueue.codec.encode(undefined));
    put(RepairQueue.key(1, margin, owner, place.fileId, 9), RepairQueue.codec.encode(undefined));
  }
  put(Periods.key(), Periods.codec.encode({ cycle: 1, proof: 60, verdict: 60, dispute: 60, claim: 33 }));
  assert.deepEqual(await chain.restoralOrders([place, { ...place, fragment: 4 }]), {
    now: 77,
    claimPeriod: 33,
    orders: [
      {
        reason: 'Exit',
        openedAt: 5,
        margin: 2,
        claim: { provider: 7, until: 60 },
        waits: [{ provider: 9, until: 99 }],
      },
      undefined,
    ],
  });
  const from = { margin: 1, owner: new Uint8Array(8), fileId: new Uint8Array(32) };
  const queued = (margin: number, segment: number) => ({ margin, owner, fileId: place.fileId, segment });
  assert.deepEqual(await chain.queuedSegments('losses', from, 2), [queued(1, 1), queued(2, 2)]);
  assert.deepEqual(await chain.queuedSegments('holes', { ...from, margin: 3 }, 2), [queued(3, 9)]);
});

test('STORE: other providers are read from only where the network lets them live', async () => {
  const { Miners } = query.Sminer;
  const there = { endpoint: 'https://10.0.0.1:7', nodeKey: bytes32(9) };
  for (const isDevelopment of [true, false]) {
    const { chain, put } = setting(isDevelopment);
    put(Miners.key(7), Miners.codec.encode(providerInfo));
    const found = await chain.providers([7, 8]);
    assert.deepEqual([...found], isDevelopment ? [[7, there]] : []);
    assert.deepEqual(await chain.ownSpace(7), { isActive: true, freeBytes: 600 });
    assert.deepEqual(await chain.ownSpace(8), { isActive: false, freeBytes: 0 });
  }
});

test('rounds are found by provider, and read with their slots and deletions at one block', async () => {
  const { chain, put } = setting();
  const { Challenges, Slots } = query.Audit;
  const [keyId, fileId] = [bytes32(3), bytes32(4)];
  assert.equal(await chain.round(7, keyId), undefined);
  const info = {
    round: 5,
    opened_at: 70,
    seed: new Uint8Array(64),
    frozen: 1,
    bytes: 10n,
    deadline: 130,
    state: { type: 'Open' as const, value: undefined },
  };
  const slot = { tag_id: bytes32(1), file_id: fileId, segment: 0, fragment: 1, length: 10, gone_at: undefined };
  put(Challenges.key(7, keyId), Challenges.codec.encode(info));
  put(Challenges.key(8, keyId), Challenges.codec.encode({ ...info, round: 6 }));
  put(Slots.key(7, keyId, 0), Slots.codec.encode(slot));
  assert.deepEqual(await chain.rounds(7), [{ provider: 7, keyId, round: 5 }]);
  const { PendingDeletion } = query.FileBank;
  const deletion = { order_id: bytes32(9), next_segment: 0, segment_count: 1, deleted_at: 75 };
  put(PendingDeletion.key(fileId), PendingDeletion.codec.encode(deletion));
  const round = (await chain.round(7, keyId))!;
  assert.equal(round.asOf, 77);
  assert.equal(round.info.round, 5);
  assert.deepEqual(round.slots, [{ slot, fileDeletedAt: 75 }]);
});

test('duties are submitted as calls of Audit and FileBank', async () => {
  const { chain, submitted } = setting();
  const ref = { provider: 7, keyId: bytes32(3), round: 5 };
  const place = { fileId: bytes32(1), segment: 2, fragment: 3 };
  const report = { ...place, tagsHash: bytes32(6), signature: new Uint8Array(64).fill(7) };
  await chain.reportTags(ref.keyId, [report], signal);
  await chain.submitProof({ ...ref, asOf: 77, proof: new Uint8Array(128).fill(8) }, signal);
  await chain.concede(ref, signal);
  await chain.dispute(ref, signal);
  await chain.reportLoss([place], signal);
  await chain.claimRestoralOrders([place], signal);
  await chain.completeRestoralOrders(ref.keyId, [report], signal);
  const calls = submitted.map(callOf);
  assert.deepEqual(
    calls.map(({ pallet, call }) => `${pallet}.${call}`),
    [
      'Audit.report_tags',
      'Audit.submit_proof',
      'Audit.concede',
      'Audit.dispute',
      'FileBank.report_loss',
      'FileBank.claim_restoral_orders',
      'FileBank.complete_restoral_orders',
    ],
  );
  const onChain = { file_id: place.fileId, segment: 2, fragment: 3 };
  assert.deepEqual(calls[0]!.args, {
    key_id: ref.keyId,
    reports: [{ ...onChain, tags_hash: report.tagsHash, signature: report.signature }],
  });
  assert.deepEqual(calls[1]!.args, { key_id: ref.keyId, round: 5, as_of: 77, proof: new Uint8Array(128).fill(8) });
  assert.deepEqual(calls[3]!.args, { miner: 7, key_id: ref.keyId, round: 5 });
  assert.deepEqual(calls[6]!.args, {
    key_id: ref.keyId,
    fragments: [{ ...onChain, tags_hash: report.tagsHash, signature: report.signature }],
  });
});
