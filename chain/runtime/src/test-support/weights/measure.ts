// Measures what an extrinsic or a hook costs a node: execution over the real state trie among many other entries, and the
// new version of that trie. Times are CPU times, as ratios to a reference that is measured in turn with them, so that
// they hold for every machine and bear a busy one.
import { blake2_256 } from '@cess/crypto';
import { invariant } from '@cess/primitives';
import { OverlayState, StateStore, type TrieRoot } from '@cess/state';
import type { Kv } from '@cess/store';
import { alice, runtimeCrypto } from '../harness.js';

const referenceMessage = new Uint8Array(16_384).fill(7);
const referenceSignature = alice.sign(referenceMessage);

/** A state in a real store. */
export interface StoredState {
  readonly kv: Kv;
  readonly root: TrieRoot;
}

/** These entries in a store, over those of an earlier state. */
export async function storeOver(
  { kv, root }: StoredState,
  entries: readonly (readonly [Uint8Array, Uint8Array])[],
): Promise<StoredState> {
  const store = new StateStore(kv);
  const prepared = store.prepare(root, entries);
  await kv.write(store.commit(prepared, blake2_256(prepared.root.hash)));
  return { kv, root: prepared.root };
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
export function over({ kv, root }: StoredState, cache: Cache, work: (overlay: OverlayState) => void): () => void {
  const store = new StateStore(kv);
  return () => {
    const overlay = new OverlayState(cache === 'warm' ? store : new StateStore(kv), root);
    work(overlay);
    overlay.prepare();
  };
}

const minRoundPicoseconds = 5e9;
const warmUpPicoseconds = 300e9;

/** Repeats the work until the compiler has optimized it. */
export function warmUp(work: () => void): void {
  for (let spent = 0; spent < warmUpPicoseconds; ) spent += cpuPicoseconds(work) + 1;
}

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
  warmUp(work);
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
