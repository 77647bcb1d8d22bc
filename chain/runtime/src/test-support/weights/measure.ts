// Measures what an extrinsic or a hook costs a node: execution over the real state trie among many other entries, and the
// new version of that trie. Times are CPU times, as ratios to a reference that is measured in turn with them, so that
// they hold for every machine and bear a busy one.
import { blake2_256 } from '@cess/crypto';
import { invariant } from '@cess/primitives';
import { emptyRoot, OverlayState, StateStore, type TrieRoot } from '@cess/state';
import { createMemoryKv, type Kv } from '@cess/store';
import { query } from '../../index.js';
import { alice, runtimeCrypto } from '../harness.js';
import type { MemoryExternalities } from '../memory-externalities.js';

/** Accounts beside those of the scenario, so that paths in the trie are as long as on a busy chain. */
const otherAccounts = 20_000;
const referenceMessage = new Uint8Array(16_384).fill(7);
const referenceSignature = alice.sign(referenceMessage);

interface Base {
  readonly kv: Kv;
  readonly store: StateStore;
  readonly root: TrieRoot;
}

let filled: (readonly [Uint8Array, Uint8Array])[] | undefined;

function fillers(): (readonly [Uint8Array, Uint8Array])[] {
  filled ??= Array.from({ length: otherAccounts }, (_, i) => {
    const account = blake2_256(new Uint8Array(new Uint32Array([i]).buffer));
    const { codec } = query.System.Account;
    const info = codec.decode(codec.encode(query.System.Account.decodeValue(undefined)));
    return [query.System.Account.key(account), codec.encode({ ...info, providers: 1 })] as const;
  });
  return filled;
}

/** The state of the scenario in a real store, among many other accounts. */
export async function stored(ext: MemoryExternalities): Promise<Base> {
  return storeOf(createMemoryKv(), [...fillers(), ...ext.entries()]);
}

/** These entries in a real store. */
export async function storeOf(kv: Kv, entries: readonly (readonly [Uint8Array, Uint8Array])[]): Promise<Base> {
  const store = new StateStore(kv);
  const prepared = store.prepare(emptyRoot, entries);
  await kv.write(store.commit(prepared, new Uint8Array(32)));
  return { kv, store, root: prepared.root };
}

function cpuPicoseconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1e6;
}

/** One signature check and the hash of 16 KiB: native code and JavaScript, as in the runtime. */
function reference(): void {
  invariant(runtimeCrypto.verifyEd25519(referenceSignature, referenceMessage, alice.publicKey), 'a valid signature');
  blake2_256(referenceMessage);
}

/** Whether the nodes of the trie that the work reads are cached from the work before. */
export type Cache = 'warm' | 'cold';

/** Work over a fresh overlay, and the trie of the changes. */
export function over({ kv, store, root }: Base, cache: Cache, work: (overlay: OverlayState) => void): () => void {
  return () => {
    const overlay = new OverlayState(cache === 'warm' ? store : new StateStore(kv), root);
    work(overlay);
    overlay.prepare();
  };
}

const minRoundPicoseconds = 5e9;
/** Until the compiler has optimized what is measured. */
const warmUpPicoseconds = 150e9;

/** Median of the ratio of `work` to the reference; each round measures both for at least 5 ms. */
export function ratioToReference(work: () => void, rounds: number): number {
  const timed = (each: () => void): number => {
    let spent = 0;
    let calls = 0;
    do {
      spent += cpuPicoseconds(each);
      calls++;
    } while (spent < minRoundPicoseconds);
    return spent / calls;
  };
  for (let spent = 0; spent < warmUpPicoseconds; ) spent += cpuPicoseconds(work) + 1;
  timed(reference);
  const ratios = Array.from({ length: rounds }, () => timed(work) / timed(reference)).sort((a, b) => a - b);
  const middle = ratios[rounds >> 1];
  invariant(middle !== undefined, 'at least one round');
  return middle;
}

/** Picoseconds of the reference on this machine, for the table. */
export function referencePicoseconds(): number {
  const times = Array.from({ length: 15 }, () => {
    const runs = 50;
    return (
      cpuPicoseconds(() => {
        for (let i = 0; i < runs; i++) reference();
      }) / runs
    );
  }).sort((a, b) => a - b);
  const middle = times[7];
  invariant(middle !== undefined, 'fifteen times');
  return middle;
}
