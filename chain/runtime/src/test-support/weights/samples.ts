// The extrinsics and blocks that weights are measured on: each call on the worst state that its arguments allow.
import { CESS, invariant, utf8 } from '@cess/primitives';
import type { OverlayState } from '@cess/state';
import { nodeKeyPossessionMessage } from '@cess/types';
import { query, tx } from '../../index.js';
import { AuditScenario, workerRegistration, workerSigners } from '../audit-scenario.js';
import { alice, bob, carol, GENESIS_HASH, Harness, runtimeCrypto } from '../harness.js';
import {
  batchOf,
  fileOf,
  GATEWAY_INFO,
  idOf,
  providerSigners,
  registration,
  StorageScenario,
  segmentOf,
  TERRITORY,
} from '../storage-scenario.js';
import { keyOf } from '../tag-keys.js';
import { over, stored } from './measure.js';

type Signer = typeof alice;
export interface Prepared {
  /** What is measured, on a state of its own. */
  readonly work: () => void;
  /** The weight that the runtime books for it, in picoseconds. */
  readonly declared: bigint;
}
export type Sample = () => Promise<Prepared>;

const MAX_FRAGMENTS = 256;

/** A signed call in the open block after what the scenario did so far. It must succeed. */
function applied(chain: Harness, signer: Signer, call: Uint8Array): Promise<Prepared> {
  chain.open();
  const encoded = chain.sign(signer, call);
  return prepare(chain, (overlay) => {
    const result = chain.runtime.applyExtrinsic(overlay, encoded);
    const isDone = result.type === 'Ok' && result.value.type === 'Ok';
    invariant(isDone, `the measured call fails: ${JSON.stringify(result.value)}`);
    const { normal, operational } = query.System.BlockWeight.get({ ext: overlay });
    return normal.ref_time + operational.ref_time;
  });
}

/** The hooks and inherents of the next block. */
function opened(chain: Harness): Promise<Prepared> {
  return prepare(chain, (overlay) => {
    chain.openOver(overlay);
    return query.System.BlockWeight.get({ ext: overlay }).mandatory.ref_time;
  });
}

async function prepare(chain: Harness, run: (overlay: OverlayState) => bigint): Promise<Prepared> {
  const base = await stored(chain.ext);
  let declared = 0n;
  const work = over(base, (overlay) => {
    declared = run(overlay);
  });
  work();
  return { work, declared };
}

const remark = (bytes: number): Sample => {
  const call = tx.System.remark_with_event({ remark: new Uint8Array(bytes) });
  return () => applied(new Harness(), alice, call);
};

function storage(providers = 8): StorageScenario {
  const chain = new StorageScenario(providers, 100);
  chain.lockQuota();
  return chain;
}

/** One verification, without an extrinsic. */
const signature = async (): Promise<Prepared> => {
  const message = new Uint8Array(100);
  const signed = alice.sign(message);
  return { work: () => void runtimeCrypto.verifyEd25519(signed, message, alice.publicKey), declared: 0n };
};

const someHolders = (count: number) => Array.from({ length: count }, (_, index) => index);

const declaration =
  (count: { readonly files: number; readonly segments: number; readonly holders: number; readonly holes?: number }) =>
  () => {
    const { files, segments, holders, holes = 0 } = count;
    const placed = [...someHolders(holders), ...Array.from({ length: holes }, () => undefined)];
    const chain = storage();
    const declared = Array.from({ length: files }, (_, file) =>
      fileOf(
        file,
        Array.from({ length: segments }, (_, index) => segmentOf(file * 50 + index, placed)),
      ),
    );
    return applied(chain, bob, tx.FileBank.declare_batch(batchOf(chain.providers, declared)));
  };

/** Files of one segment with as many fragments as there may be, all held. */
function wideFiles(count: number, holes = 0): { readonly chain: StorageScenario; readonly ids: Uint8Array[] } {
  const chain = storage(MAX_FRAGMENTS);
  const ids = Array.from({ length: count }, (_, tag) => {
    const holders = someHolders(MAX_FRAGMENTS).map((holder) => (holder < holes ? undefined : holder));
    const file = fileOf(tag, [segmentOf(tag, holders)]);
    chain.must(bob, tx.FileBank.declare_batch(batchOf(chain.providers, [file])));
    return idOf(file);
  });
  return { chain, ids };
}

const firstOf = (id: Uint8Array) => ({ file_id: id, segment: 0, fragment: 0 });
const accountOf = (chain: StorageScenario, index: number): Signer => {
  const provider = chain.providers[index];
  invariant(provider, 'a provider of the scenario');
  return provider.account;
};

const lossOf = (places: number) => () => {
  const { chain, ids } = wideFiles(places);
  return applied(chain, accountOf(chain, 0), tx.FileBank.report_loss({ places: ids.map(firstOf) }));
};

const deletionOf = (files: number) => () => {
  const chain = storage();
  const declared = Array.from({ length: files }, (_, tag) => fileOf(tag, [segmentOf(tag, someHolders(6))]));
  chain.must(bob, tx.FileBank.declare_batch(batchOf(chain.providers, declared)));
  const file_ids = declared.map(idOf);
  return applied(chain, bob, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids }));
};

const removal = () => {
  const { chain, ids } = wideFiles(3);
  chain.must(bob, tx.FileBank.delete_files({ owner: alice.publicKey, file_ids: ids }));
  return opened(chain);
};

/** A provider with one tagged fragment in each of so many files. */
function tagged(files: number): { readonly chain: AuditScenario; readonly ids: Uint8Array[] } {
  const chain = new AuditScenario();
  const ids = Array.from({ length: files }, () => chain.storeFile());
  return { chain, ids };
}

const reports = (count: number) => () => {
  const { chain, ids } = tagged(count);
  const [worker] = chain.workers;
  invariant(worker, 'a worker');
  const call = tx.Audit.report_tags({ key_id: worker.keyId, reports: ids.map((id) => chain.tag(0, id, 0)) });
  return applied(chain, accountOf(chain, 0), call);
};

function challenged(): AuditScenario {
  const { chain, ids } = tagged(1);
  for (const id of ids) chain.tagFile(id);
  chain.untilChallenged(0);
  return chain;
}

const proof = () => {
  const chain = challenged();
  const [worker] = chain.workers;
  invariant(worker, 'a worker');
  const round = query.Audit.Challenges.get(chain, 0, worker.keyId)?.round ?? 0;
  const call = tx.Audit.submit_proof({ key_id: worker.keyId, round, as_of: chain.number, proof: chain.prove(0) });
  return applied(chain, accountOf(chain, 0), call);
};

const verdict = () => {
  const chain = challenged();
  const { worker: judge } = chain.answer(0);
  const call = tx.Audit.submit_verdicts({ verdicts: [chain.verdict(judge, 0, true)] });
  return applied(chain, judge.controller, call);
};

/** A dispute over a right verdict about so many fragments of two blocks. */
const dispute = (files: number) => () => {
  const { chain, ids } = tagged(files);
  for (const id of ids) chain.tagFile(id, [0]);
  const round = chain.untilChallenged(0);
  const { worker: judge } = chain.answer(0);
  chain.judge(judge, 0, true);
  const [{ keyId } = judge] = chain.workers;
  return applied(chain, alice, tx.Audit.dispute({ miner: 0, key_id: keyId, round }));
};

const worker = () => {
  const chain = new AuditScenario(0);
  const signers = workerSigners(0);
  chain.endow(signers.controller.publicKey);
  return applied(chain, signers.controller, workerRegistration(signers, keyOf('worker 0')));
};

const provider = () => {
  const chain = storage();
  const { account, node } = providerSigners(9);
  const dest = { type: 'Id' as const, value: account.publicKey };
  chain.must(alice, tx.Balances.transfer_keep_alive({ dest, value: 10_000n * CESS }));
  return applied(chain, account, registration(account, node));
};

const newNodeKey = () => {
  const chain = storage();
  const { node } = providerSigners(9);
  const account = accountOf(chain, 0);
  const proofOfPossession = node.sign(nodeKeyPossessionMessage(GENESIS_HASH, account.publicKey));
  const call = tx.Sminer.update_node_key({ node_key: node.publicKey, proof_of_possession: proofOfPossession });
  return applied(chain, account, call);
};

const ofProvider = (call: Uint8Array) => () => {
  const chain = storage();
  return applied(chain, accountOf(chain, 0), call);
};
const of = (signer: Signer, call: Uint8Array, chain = storage()) => applied(chain, signer, call);

const territory = (name: string) => ({ territory_name: utf8(name), gib_count: 5, days: 30 });
const to = { type: 'Id', value: carol.publicKey } as const;

/** Samples by name. */
export const samples = {
  signature,
  'remark of 64 KiB': remark(65_536),
  transfer: () => of(alice, tx.Balances.transfer_keep_alive({ dest: to, value: CESS })),
  'declare 1 file of 1 segment, 6 holders': declaration({ files: 1, segments: 1, holders: 6 }),
  'declare 1 file of 1 segment, 8 holders': declaration({ files: 1, segments: 1, holders: 8 }),
  'declare 1 file of 40 segments, 6 holders': declaration({ files: 1, segments: 40, holders: 6 }),
  'declare 1 file of 40 segments, 8 holders': declaration({ files: 1, segments: 40, holders: 8 }),
  'declare 1 file of 40 segments, 6 holders, 2 holes': declaration({ files: 1, segments: 40, holders: 6, holes: 2 }),
  'declare 5 files of 1 segment, 6 holders': declaration({ files: 5, segments: 1, holders: 6 }),
  'delete 1 file': deletionOf(1),
  'delete 20 files': deletionOf(20),
  'report the loss of 1 fragment of 256': lossOf(1),
  'report the loss of 3 fragments of 256': lossOf(3),
  'report 1 tag': reports(1),
  'report 8 tags': reports(8),
  'submit a proof': proof,
  'submit a verdict': verdict,
  'dispute a proof over 1 fragment': dispute(1),
  'dispute a proof over 12 fragments': dispute(12),
  'register a worker': worker,
  'register a provider': provider,
  'change a node key': newNodeKey,
  "change a provider's endpoint": ofProvider(tx.Sminer.update_endpoint({ endpoint: utf8('http://127.0.0.1:9') })),
  'add to a stake': ofProvider(tx.Sminer.increase_collateral({ amount: CESS })),
  'mint a territory': () => of(alice, tx.StorageHandler.mint_territory(territory('videos'))),
  'lock quota': () =>
    of(
      alice,
      tx.StorageHandler.lock_quota({
        owner: alice.publicKey,
        territory_name: TERRITORY,
        gateway: bob.publicKey,
        bytes: 1000n,
      }),
    ),
  'register a gateway': () => of(carol, tx.Oss.register(GATEWAY_INFO)),
  'empty block': () => opened(storage(MAX_FRAGMENTS)),
  'block that removes entries of deleted files': removal,
  // Last: the compiler has optimized by then what all have in common, and the others are compared with it.
  empty: remark(0),
} satisfies Readonly<Record<string, Sample>>;
export type SampleName = keyof typeof samples;
