// States that samples start from. The slots have the length of production, so that hooks get through what a sample gives them.
import { blake2_256 } from '@cess/crypto';
import { elementAt, invariant } from '@cess/primitives';
import { query, tx } from '../../index.js';
import { addSlot } from '../../pallets/audit/registry.js';
import { type alice, bob, contextOver } from '../harness.js';
import { batchOf, fileOf, idOf, StorageScenario, segmentOf } from '../storage-scenario.js';

type Signer = typeof alice;

const SLOT_MS = 6000;
/** The most fragments that a segment may have. */
export const MAX_FRAGMENTS = 256;
/** The most fragments that a round asks about. */
export const MAX_ASKED = 46;
/** Of tags that no enclave made. */
export const UNKNOWN_KEY: Uint8Array = new Uint8Array(32).fill(0x77);

const numbersTo = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Account or id that only samples use. */
export const derived = (name: string): Uint8Array => blake2_256(Buffer.from(`sample ${name}`));

/** Providers, and a gateway with quota in a territory. */
export function network(providers = 8): StorageScenario {
  const chain = new StorageScenario(providers, 100, SLOT_MS);
  chain.lockQuota();
  return chain;
}

export function accountOf(chain: StorageScenario, provider: number): Signer {
  return elementAt(chain.providers, provider).account;
}

export interface StoredFiles {
  readonly chain: StorageScenario;
  readonly ids: readonly Uint8Array[];
}

/** Files of one segment, with as many fragments as there are providers; the first of them are holes. */
export function storedFiles(count: number, { providers = 16, holes = 0 } = {}): StoredFiles {
  const chain = network(providers);
  const holders = numbersTo(providers).map((holder) => (holder < holes ? undefined : holder));
  const files = numbersTo(count).map((tag) => fileOf(tag, [segmentOf(tag, holders)]));
  const perBatch = Math.max(1, Math.floor(1024 / providers));
  for (let i = 0; i < count; i += perBatch) {
    chain.must(bob, tx.FileBank.declare_batch(batchOf(chain.providers, files.slice(i, i + perBatch))));
  }
  const ids = files.map(idOf);
  for (const [index, id] of ids.entries()) giveOwner(chain, id, derived(`owner ${index}`));
  return { chain, ids };
}

/** Refunds of one loss go to as many accounts as there are files. */
function giveOwner(chain: StorageScenario, id: Uint8Array, owner: Uint8Array): void {
  const file = query.FileBank.Files.get(chain, id);
  invariant(file, 'the file is stored');
  query.FileBank.Files.put(chain, id, { ...file, owner });
}

/** Tags every held fragment, as reports of tags would do. */
export function tagged(files: StoredFiles, keyId = UNKNOWN_KEY): StoredFiles {
  const { chain, ids } = files;
  const ctx = contextOver(chain.ext);
  for (const [index, file_id] of ids.entries()) {
    const fragments = [...query.FileBank.Fragments.entries(chain, [file_id])];
    for (const [[, segment, fragment], { holder }] of fragments) {
      if (holder === undefined) continue;
      const tag_id = derived(`tag ${index} ${fragment}`);
      const slot = { tag_id, file_id, segment, fragment, length: 5000, gone_at: undefined };
      addSlot(ctx, holder, keyId, slot, chain.number);
    }
  }
  const count = query.Audit.RegistryCount.get(chain);
  query.Audit.Drawn.put(chain, count);
  query.Audit.CycleStart.put(chain, chain.number);
  // Nothing is drawn that a sample does not ask for.
  query.Audit.Periods.mutate(chain, (periods) => ({ ...periods, cycle: 1_000_000_000 }));
  return files;
}

type RoundState = NonNullable<ReturnType<typeof query.Audit.Challenges.get>>['state'];

/** Gives a provider a running round about what it has tagged, whose period ends with the present block. */
export function challenge(chain: StorageScenario, provider: number, state: RoundState, keyId = UNKNOWN_KEY): void {
  const registry = query.Audit.Registries.get(chain, provider, keyId);
  invariant(registry, 'the provider has tagged something');
  const { slots: frozen, bytes, round } = registry;
  const deadline = chain.number;
  const seed = new Uint8Array(64).fill(provider);
  const info = { round, opened_at: 1, seed, frozen, bytes, deadline, state };
  query.Audit.Registries.put(chain, provider, keyId, { ...registry, round: round + 1, strikes: 2 });
  query.Audit.Challenges.put(chain, provider, keyId, info);
  query.Audit.Deadlines.put(chain, deadline, provider, keyId, undefined);
  query.Audit.SlashBases.put(chain, provider, keyId, 4000n * 10n ** 18n);
}
