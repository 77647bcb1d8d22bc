// Finds the challenged fragments that prevent a correct proof. It compares each fragment with its root and the tags with
// their stored hash. If all of them match, it verifies every tag against the bytes.
import type { FragmentPlace, SlotInfo } from '@cess/client';
import { sha256 } from '@cess/crypto';
import { equalBytes, isCessError } from '@cess/primitives';
import type { WorkerTagKey } from '../chain/duty-chain.js';
import { hashHeld, readWhole } from '../holdings/read-fragment.js';
import type { ProofWork, TagKeyWithSrs } from '../proof-worker/proof-tasks.js';
import { type BlockSources, isThere, placeOfSlot } from './challenged-blocks.js';

export interface Fault {
  readonly place: FragmentPlace;
  readonly what: 'data' | 'tags';
}

export interface DiagnosisInit extends BlockSources {
  readonly genesis: Uint8Array;
  readonly proofs: ProofWork;
}

/** All faults of the fragments in these slots. Verifies the tags, which is slow, only if it finds no other fault. */
export async function findFaults(
  init: DiagnosisInit,
  asked: readonly SlotInfo[],
  key: TagKeyWithSrs & WorkerTagKey,
  provider: number,
  signal: AbortSignal,
): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const slot of asked) {
    signal.throwIfAborted();
    const place = placeOfSlot(slot);
    const what = await faultOf(init, place, key.keyId);
    if (what !== undefined) faults.push({ place, what });
  }
  if (faults.length > 0) return faults;
  for (const slot of asked) {
    const place = placeOfSlot(slot);
    if (!(await areTagsRight(init, place, key, provider, signal))) faults.push({ place, what: 'tags' });
  }
  return faults;
}

async function faultOf(
  init: DiagnosisInit,
  place: FragmentPlace,
  keyId: Uint8Array,
): Promise<Fault['what'] | undefined> {
  const held = init.declaredFiles.at(place);
  if (held === undefined) return 'data';
  try {
    await hashHeld(init.store, held, async () => {});
  } catch (error) {
    if (isCessError(error, 'PROVIDER_FRAGMENT_ROTTEN')) return 'data';
    throw error;
  }
  if (!isThere(init, place, keyId)) return 'tags';
  const tags = init.tags.tags(place);
  const hash = init.tags.get(place)?.tagsHash;
  return tags === undefined || hash === undefined || !equalBytes(sha256(tags), hash) ? 'tags' : undefined;
}

async function areTagsRight(
  { genesis, store, declaredFiles, tags: tagStore, proofs }: DiagnosisInit,
  place: FragmentPlace,
  key: TagKeyWithSrs & WorkerTagKey,
  provider: number,
  signal: AbortSignal,
): Promise<boolean> {
  const held = declaredFiles.at(place);
  const record = tagStore.get(place);
  const tags = tagStore.tags(place);
  if (held === undefined || record === undefined || tags === undefined) return false;
  const { orderId, root } = held;
  const identity = { genesis, orderId, ...place, replica: 0, root, provider: provider, keyId: key.keyId };
  const { signerKey } = key;
  const fragment = await readWhole(store, held);
  const verdict = await proofs.checkTags(
    { key, signerKey, identity, fragment, tags, signature: record.signature },
    signal,
  );
  return verdict === 'ok';
}
