import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TiB, utf8 } from '@cess/primitives';
import { fragmentLength, holdingDigest } from '@cess/types';
import { maxHooksRefTime } from '../../block-limits.js';
import { describeDispatchError, type EventRecord, MAX_ATTESTATION_BLOCKS, query, tx } from '../../index.js';
import { failsWith } from '../../test-support/fails.js';
import { alice, bob, carol, GENESIS_HASH } from '../../test-support/harness.js';
import { amountHeld } from '../../test-support/ledger-books.js';
import {
  batchOf,
  fileOf,
  idOf,
  registration,
  StorageScenario,
  segmentOf,
  TERRITORY,
} from '../../test-support/storage-scenario.js';
import { DELETIONS_PER_BLOCK, HOLE_DEPOSIT } from './declaration.js';

const ALL = [0, 1, 2, 3, 4, 5];
const territory = (chain: StorageScenario) => query.StorageHandler.Territory.get(chain, alice.publicKey, TERRITORY)!;
const quota = (chain: StorageScenario) =>
  query.StorageHandler.Quota.get(chain, alice.publicKey, TERRITORY, bob.publicKey)?.locked ?? 0n;
const providerAt = (chain: StorageScenario, index: number) => query.Sminer.Miners.get(chain, index)!;

function ready(): StorageScenario {
  const chain = new StorageScenario();
  chain.lockQuota();
  return chain;
}

/** Expects this error of the call, and that it leaves the number of files as it is. */
function changesNothing(chain: StorageScenario, signer: typeof bob, call: Uint8Array, name: string): void {
  const before = [...query.FileBank.Files.entries(chain, [])].length;
  failsWith(chain, signer, call, name);
  assert.equal([...query.FileBank.Files.entries(chain, [])].length, before);
}

describe('FileBank.declare_batch', () => {
  it('STORE-5: records files, segments and fragments, charges coded bytes and books them to their holders', () => {
    const chain = ready();
    const files = [
      fileOf(1, [segmentOf(1, ALL), segmentOf(2, [1, 2, 3, 4, 5, undefined], 5_000_001)]),
      fileOf(2, [segmentOf(3, ALL)]),
    ];
    const locked = quota(chain);
    const events = chain.must(bob, tx.FileBank.declare_batch(batchOf(chain.providers, files)));
    const big = fragmentLength(5_000_001, 2);
    const stored = BigInt(6 * 5000 + 6 * big + 6 * 5000);
    const info = query.FileBank.Files.get(chain, idOf(files[0]!))!;
    assert.equal(info.segment_count, 2);
    assert.equal(info.size, 5_010_001n);
    assert.equal(info.stored_bytes, BigInt(6 * 5000 + 6 * big));
    assert.deepEqual(info.gateway, bob.publicKey);
    assert.deepEqual(query.FileBank.OwnedOrders.get(chain, files[0]!.order_id, alice.publicKey), idOf(files[0]!));
    assert.equal(query.FileBank.Segments.get(chain, idOf(files[0]!), 1)!.n, 6);
    assert.equal(query.FileBank.Fragments.get(chain, idOf(files[0]!), 1, 4)!.holder, 5);
    assert.equal(query.FileBank.Fragments.get(chain, idOf(files[0]!), 1, 5)!.holder, undefined);
    assert.equal(territory(chain).used_space, stored);
    assert.equal(quota(chain), locked - stored);
    assert.equal(providerAt(chain, 0).service_space, 10_000n);
    assert.equal(providerAt(chain, 1).fragment_count, 3n);
    assert.equal(query.Sminer.TotalServiceSpace.get(chain), stored - BigInt(big));
    const declared = events.map(({ event }) => event).find((event) => event.value.type === 'FilesDeclared');
    assert.deepEqual(declared?.value, {
      type: 'FilesDeclared',
      value: { gateway: bob.publicKey, files: files.map(idOf) },
    });
  });

  it('PODR2-1: the same content under the same order id again is a success that changes nothing', () => {
    const chain = ready();
    const batch = tx.FileBank.declare_batch(batchOf(chain.providers, [fileOf(1, [segmentOf(1, ALL)])]));
    chain.must(bob, batch);
    const before = [territory(chain), quota(chain), providerAt(chain, 0)];
    const events = chain.must(bob, batch);
    assert.deepEqual([territory(chain), quota(chain), providerAt(chain, 0)], before);
    assert.ok(events.some(({ event }) => event.type === 'FileBank' && event.value.type === 'FileAlreadyDeclared'));
    assert.ok(!events.some(({ event }) => event.type === 'FileBank' && event.value.type === 'FilesDeclared'));
  });

  it('a batch of new and known files declares the new ones; holders sign for all', () => {
    const chain = ready();
    const known = fileOf(1, [segmentOf(1, ALL)]);
    chain.must(bob, tx.FileBank.declare_batch(batchOf(chain.providers, [known])));
    const fresh = fileOf(2, [segmentOf(2, [2, 3, 4, 5, 6, 7])]);
    const { files, attestations } = batchOf(chain.providers, [known, fresh]);
    // Providers 0 and 1 hold nothing new: their attestations may be left out.
    chain.must(
      bob,
      tx.FileBank.declare_batch({ files, attestations: attestations.filter((entry) => entry.miner > 1) }),
    );
    assert.ok(query.FileBank.Files.has(chain, idOf(fresh)));
  });

  it('the owner declares out of what remains, without a quota', () => {
    const chain = new StorageScenario();
    const batch = batchOf(chain.providers, [fileOf(1, [segmentOf(1, ALL)])], alice.publicKey);
    chain.must(alice, tx.FileBank.declare_batch(batch));
    const { used_space, locked_space, remaining_space, total_space } = territory(chain);
    assert.deepEqual([used_space, locked_space, used_space + remaining_space], [30_000n, 0n, total_space]);
  });

  it('one bad file fails the whole batch', () => {
    const chain = ready();
    const files = [fileOf(1, [segmentOf(1, ALL)]), fileOf(2, [{ ...segmentOf(2, ALL), fragment_length: 1 }])];
    changesNothing(chain, bob, tx.FileBank.declare_batch(batchOf(chain.providers, files)), 'FragmentLengthMismatch');
    assert.equal(territory(chain).used_space, 0n);
    assert.equal(providerAt(chain, 0).service_space, 0n);
  });

  const valid = segmentOf(1, ALL);
  const shapes: readonly (readonly [string, string, ReturnType<typeof fileOf>[]])[] = [
    ['no files', 'EmptyBatch', []],
    ['a file without segments', 'EmptyFile', [fileOf(1, [])]],
    ['k of zero', 'InvalidSegment', [fileOf(1, [{ ...valid, k: 0 }])]],
    ['fewer fragments than k', 'InvalidSegment', [fileOf(1, [{ ...valid, k: 7 }])]],
    ['no ciphertext', 'InvalidLength', [fileOf(1, [{ ...valid, ciphertext_length: 0, fragment_length: 0 }])]],
    ['too much ciphertext', 'InvalidLength', [fileOf(1, [{ ...valid, ciphertext_length: 32 * 1024 * 1024 + 1 }])]],
    ['a wrong fragment length', 'FragmentLengthMismatch', [fileOf(1, [{ ...valid, fragment_length: 5001 }])]],
    ['a provider twice in a segment', 'DuplicateHolder', [fileOf(1, [segmentOf(1, [0, 0, 1, 2, 3, 4])])]],
    [
      'fewer holders than k',
      'TooFewHolders',
      [fileOf(1, [segmentOf(1, [0, undefined, undefined, undefined, undefined, undefined])])],
    ],
    ['an order id with other content', 'OrderIdUsed', [fileOf(1, [segmentOf(1, ALL)]), fileOf(1, [segmentOf(2, ALL)])]],
    ['a territory that is not there', 'NotHaveTerritory', [fileOf(1, [valid], { territory: utf8('nowhere') })]],
    ['an owner who did not authorise the gateway', 'NoPermission', [fileOf(1, [valid], { owner: carol.publicKey })]],
  ];
  for (const [what, name, files] of shapes) {
    it(`refuses ${what} with ${name}`, () => {
      // Shape and permission are judged before any attestation.
      changesNothing(ready(), bob, tx.FileBank.declare_batch({ files, attestations: [] }), name);
    });
  }

  it('refuses attestations of providers that hold nothing in the batch, and second ones', () => {
    const chain = ready();
    const { files, attestations } = batchOf(chain.providers, [fileOf(1, [segmentOf(1, ALL)])]);
    const declare = (changed: typeof attestations) => tx.FileBank.declare_batch({ files, attestations: changed });
    changesNothing(chain, bob, declare([...attestations, attestations[0]!]), 'UnexpectedAttestation');
    changesNothing(chain, bob, declare([...attestations, { ...attestations[0]!, miner: 7 }]), 'UnexpectedAttestation');
    chain.must(bob, declare(attestations));
  });

  /** The fragment, the provider and the reason of each refused holder. */
  const refusals = (events: readonly EventRecord[]) =>
    events.flatMap(({ event }) => {
      if (event.type !== 'FileBank' || event.value.type !== 'HolderRefused') return [];
      const { fragment, miner, reason } = event.value.value;
      return [[fragment, miner, reason] as const];
    });
  const holdersOf = (chain: StorageScenario, file: ReturnType<typeof fileOf>) =>
    ALL.map((fragment) => query.FileBank.Fragments.get(chain, idOf(file), 0, fragment)!.holder);

  it('STORE-15: a holder whose attestation is missing, wrong, foreign or expired leaves a hole', () => {
    const chain = ready();
    const file = fileOf(1, [segmentOf(1, ALL)]);
    const { files, attestations } = batchOf(chain.providers, [file]);
    const changed = attestations.slice(1);
    const foreign = batchOf(chain.providers, files, carol.publicKey).attestations;
    const expired = batchOf(chain.providers, files, bob.publicKey, chain.number).attestations;
    changed[0] = { ...changed[0]!, signature: changed[1]!.signature };
    changed[2] = foreign[3]!;
    changed[3] = expired[4]!;
    const events = chain.must(bob, tx.FileBank.declare_batch({ files, attestations: changed }));
    assert.deepEqual(refusals(events), [
      [0, 0, 'NotAttested'],
      [1, 1, 'BadAttestation'],
      [3, 3, 'BadAttestation'],
      [4, 4, 'Expired'],
    ]);
    assert.deepEqual(holdersOf(chain, file), [undefined, undefined, 2, undefined, undefined, 5]);
    assert.equal(query.FileBank.RestoralOrders.get(chain, idOf(file), 0, 0)!.reason, 'Hole');
    assert.deepEqual([providerAt(chain, 0).service_space, providerAt(chain, 2).service_space], [0n, 5000n]);
  });

  it('STORE-15: a holder that left or has no space leaves a hole; the file fails only with fewer than k holders', () => {
    const chain = ready();
    const exited = chain.addProvider(8);
    chain.must(exited.account, tx.Sminer.miner_exit({}));
    const leaving = chain.addProvider(9);
    chain.must(leaving.account, tx.Sminer.miner_exit_prep({}));
    const small = chain.addProvider(10);
    chain.must(small.account, tx.Sminer.decrease_declaration_space({ bytes: BigInt(TiB) - 9_999n }));
    const named = [exited.index, leaving.index, small.index, 3, 4, 5];
    const files = [fileOf(1, [segmentOf(1, named)]), fileOf(2, [segmentOf(2, named)])];
    const events = chain.must(bob, tx.FileBank.declare_batch(batchOf(chain.providers, files)));
    assert.deepEqual(refusals(events), [
      [0, exited.index, 'NotActive'],
      [1, leaving.index, 'NotActive'],
      [0, exited.index, 'NotActive'],
      [1, leaving.index, 'NotActive'],
      [2, small.index, 'NoSpace'],
    ]);
    assert.deepEqual(holdersOf(chain, files[0]!), [undefined, undefined, small.index, 3, 4, 5]);
    assert.equal(providerAt(chain, small.index).service_space, 5000n);
    const lost = (unknown?: number) => [
      fileOf(3, [segmentOf(3, [exited.index, leaving.index, small.index, unknown, undefined, 5])]),
    ];
    const { attestations } = batchOf(chain.providers, lost());
    changesNothing(chain, bob, tx.FileBank.declare_batch({ files: lost(1000), attestations }), 'TooFewHolders');
  });

  it('refuses segments with too many holes', () => {
    const chain = ready();
    const holders = Array.from({ length: 68 }, (_, i) => (i < 3 ? i : undefined));
    const file = (count: number) => fileOf(1, [segmentOf(1, holders.slice(0, count))]);
    changesNothing(chain, bob, tx.FileBank.declare_batch(batchOf(chain.providers, [file(68)])), 'TooManyHoles');
    chain.must(bob, tx.FileBank.declare_batch(batchOf(chain.providers, [file(67)])));
    assert.equal(amountHeld(chain, bob.publicKey, 'FileBank.Hole'), 64n * HOLE_DEPOSIT);
  });

  it('refuses gateways without quota', () => {
    const chain = ready();
    chain.must(
      bob,
      tx.StorageHandler.release_quota({
        owner: alice.publicKey,
        territory_name: TERRITORY,
        gateway: bob.publicKey,
        bytes: quota(chain) - 29_999n,
      }),
    );
    const batch = batchOf(chain.providers, [fileOf(1, [segmentOf(1, ALL)])]);
    changesNothing(chain, bob, tx.FileBank.declare_batch(batch), 'InsufficientQuota');
  });

  it('STORE-15: an order id belongs to its owner; a stranger who declares under it first takes nothing', () => {
    const chain = ready();
    const own = fileOf(1, [segmentOf(1, ALL)]);
    const territory_name = utf8('front-run');
    chain.must(carol, tx.StorageHandler.mint_territory({ gib_count: 1, territory_name, days: 30 }));
    const foreign = fileOf(1, [segmentOf(2, ALL, 1)], { owner: carol.publicKey, territory: territory_name });
    chain.must(carol, tx.FileBank.declare_batch(batchOf(chain.providers, [foreign], carol.publicKey)));
    chain.must(bob, tx.FileBank.declare_batch(batchOf(chain.providers, [own])));
    assert.ok(query.FileBank.Files.has(chain, idOf(own)));
    assert.deepEqual(query.FileBank.OwnedOrders.get(chain, own.order_id, carol.publicKey), idOf(foreign));
  });

  it('STORE-15: attestations cannot be replayed after the file is deleted, or when they have expired', () => {
    const chain = ready();
    const file = fileOf(1, [segmentOf(1, ALL)]);
    const batch = tx.FileBank.declare_batch(batchOf(chain.providers, [file]));
    chain.must(bob, batch);
    chain.must(bob, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [idOf(file)] }));
    chain.advance(2);
    changesNothing(chain, bob, batch, 'OrderIdUsed');
    chain.advance(MAX_ATTESTATION_BLOCKS);
    assert.equal(query.FileBank.OwnedOrders.has(chain, file.order_id, alice.publicKey), false);
    changesNothing(chain, bob, batch, 'TooFewHolders');
    assert.equal(providerAt(chain, 0).service_space, 0n);
  });

  it('a file that was declared before order ids belonged to owners keeps its order id', () => {
    const chain = ready();
    const file = fileOf(1, [segmentOf(1, ALL)]);
    const batch = tx.FileBank.declare_batch(batchOf(chain.providers, [file]));
    chain.must(bob, batch);
    query.FileBank.OwnedOrders.remove(chain, file.order_id, alice.publicKey);
    query.FileBank.Orders.put(chain, file.order_id, idOf(file));
    chain.must(bob, batch);
    const other = batchOf(chain.providers, [fileOf(1, [segmentOf(2, ALL)])]);
    changesNothing(chain, bob, tx.FileBank.declare_batch(other), 'OrderIdUsed');
    chain.must(bob, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [idOf(file)] }));
    chain.advance(2);
    assert.equal(query.FileBank.Orders.has(chain, file.order_id), false);
    changesNothing(chain, bob, batch, 'OrderIdUsed');
  });

  it('an extrinsic of nearly the largest size declares in one block', () => {
    const chain = new StorageScenario(6, 3000, 6000);
    chain.lockQuota(2n ** 41n);
    const files = Array.from({ length: 500 }, (_, i) =>
      fileOf(i & 0xff, [segmentOf(i & 0xff, ALL), segmentOf(i >> 8, ALL, 9_999)], {
        order_id: Uint8Array.from({ length: 32 }, (_item, at) => (at < 2 ? (i >> (8 * at)) & 0xff : 3)),
      }),
    );
    const call = tx.FileBank.declare_batch(batchOf(chain.providers, files));
    assert.ok(call.length > 200_000);
    chain.must(bob, call);
    assert.equal(providerAt(chain, 0).fragment_count, 1000n);
  });
});

describe('FileBank.delete_files', () => {
  it('STORE-5: a deleted file is gone at once, its fragments and bookings within a bounded number of blocks', () => {
    const chain = ready();
    const file = fileOf(1, [segmentOf(1, ALL), segmentOf(2, ALL)]);
    const locked = quota(chain);
    const before = providerAt(chain, 0);
    chain.must(bob, tx.FileBank.declare_batch(batchOf(chain.providers, [file])));
    const events = chain.must(bob, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [idOf(file)] }));
    assert.ok(events.some(({ event }) => event.type === 'FileBank' && event.value.type === 'FileDeleted'));
    assert.equal(query.FileBank.Files.has(chain, idOf(file)), false);
    assert.equal(quota(chain), locked, 'the gateway that declared and deletes gets its quota back');
    assert.equal(territory(chain).used_space, 0n);
    chain.advance(1);
    assert.deepEqual(providerAt(chain, 0), before);
    for (const map of [query.FileBank.Segments, query.FileBank.Fragments, query.FileBank.PendingDeletion]) {
      assert.deepEqual([...map.entries(chain, [])], []);
    }
  });

  it('deleting what is not there is a success, so that a repeated call succeeds', () => {
    const chain = ready();
    chain.must(bob, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [new Uint8Array(32)] }));
  });

  it('space deleted by the owner goes to what remains', () => {
    const chain = ready();
    const file = fileOf(1, [segmentOf(1, ALL)]);
    const locked = quota(chain);
    chain.must(bob, tx.FileBank.declare_batch(batchOf(chain.providers, [file])));
    chain.must(alice, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [idOf(file)] }));
    assert.equal(quota(chain), locked - 30_000n);
    assert.equal(territory(chain).used_space, 0n);
  });

  it('only the owner and its gateways delete, and only files of that owner', () => {
    const chain = ready();
    const file = fileOf(1, [segmentOf(1, ALL)]);
    chain.must(bob, tx.FileBank.declare_batch(batchOf(chain.providers, [file])));
    const ids = [idOf(file)];
    changesNothing(chain, carol, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: ids }), 'NoPermission');
    changesNothing(
      chain,
      carol,
      tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [new Uint8Array(32)] }),
      'NoPermission',
    );
    changesNothing(chain, carol, tx.FileBank.delete_files({ owner: carol.publicKey, file_ids: ids }), 'NotOwner');
  });

  it('large deletions are spread over blocks; the id cannot be declared again meanwhile', () => {
    const chain = ready();
    const segments = Array.from({ length: 400 }, (_, i) => segmentOf(i & 0xff, ALL, 2 + (i >> 8)));
    const file = fileOf(1, segments);
    const batch = tx.FileBank.declare_batch(batchOf(chain.providers, [file]));
    chain.must(bob, batch);
    chain.open();
    chain.apply(bob, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [idOf(file)] }));
    const again = chain.apply(bob, batch);
    assert.ok(again.type === 'Ok' && again.value.type === 'Err');
    assert.equal(describeDispatchError(again.value.value).name, 'DeletionPending');
    chain.close();
    const isPending = () => query.FileBank.PendingDeletion.has(chain, idOf(file));
    let blocks = 0;
    for (; isPending(); blocks++) {
      chain.open();
      const booked = query.System.BlockWeight.get(chain).mandatory.ref_time;
      assert.ok(booked <= maxHooksRefTime(1000n), `block ${blocks} books ${booked}`);
      chain.close();
    }
    assert.ok(blocks > Math.ceil((400 * 7) / DELETIONS_PER_BLOCK));
    assert.ok(blocks < 100, `${blocks} blocks`);
    assert.equal(query.Sminer.TotalServiceSpace.get(chain), 0n);
  });
});

describe('FileBank.report_placement', () => {
  it('fills a hole with the signature of its holder, once, and never twice with one provider', () => {
    const chain = ready();
    const file = fileOf(1, [segmentOf(1, [0, 1, 2, 3, 4, undefined])]);
    chain.must(bob, tx.FileBank.declare_batch(batchOf(chain.providers, [file])));
    const root = file.segments[0]!.fragments[5]!.root;
    const report = (index: number, change: Partial<Parameters<typeof tx.FileBank.report_placement>[0]> = {}) =>
      tx.FileBank.report_placement({
        file_id: idOf(file),
        segment: 0,
        fragment: 5,
        miner: index,
        until: 100,
        signature: chain.providers[index]!.node.sign(
          holdingDigest({
            genesis: GENESIS_HASH,
            provider: index,
            gateway: bob.publicKey,
            until: 100,
            entries: [{ fileId: idOf(file), segment: 0, fragment: 5, root, length: 5000 }],
          }),
        ),
        ...change,
      });
    changesNothing(chain, bob, report(5, { file_id: new Uint8Array(32) }), 'FileNonExistent');
    changesNothing(chain, bob, report(5, { fragment: 6 }), 'FileNonExistent');
    changesNothing(chain, bob, report(5, { fragment: 0 }), 'NotAHole');
    changesNothing(chain, bob, report(4), 'DuplicateHolder');
    changesNothing(chain, bob, report(5, { miner: 6 }), 'BadAttestation');
    changesNothing(chain, bob, report(5, { until: 101 }), 'BadAttestation');
    changesNothing(chain, carol, report(5), 'NoPermission');
    chain.must(bob, report(5));
    assert.equal(query.FileBank.Fragments.get(chain, idOf(file), 0, 5)!.holder, 5);
    assert.equal(providerAt(chain, 5).service_space, 5000n);
    changesNothing(chain, bob, report(6), 'NotAHole');
  });
});

describe('FileBank and the providers', () => {
  it('a provider that holds fragments can neither exit nor declare less than it holds', () => {
    const chain = ready();
    const file = fileOf(1, [segmentOf(1, ALL)]);
    chain.must(bob, tx.FileBank.declare_batch(batchOf(chain.providers, [file])));
    const { account, node } = chain.providers[0]!;
    changesNothing(chain, account, tx.Sminer.miner_exit({}), 'StillHolding');
    changesNothing(chain, account, tx.Sminer.decrease_declaration_space({ bytes: BigInt(TiB) - 4999n }), 'SpaceInUse');
    chain.must(bob, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: [idOf(file)] }));
    chain.advance(1);
    chain.must(account, tx.Sminer.miner_exit({}));
    chain.must(account, registration(account, node));
    assert.equal(query.Sminer.MinerIndex.get(chain, account.publicKey), 8, 'indices are never reused');
  });
});
