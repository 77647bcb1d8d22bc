// A small storage network on chain: providers with stake, a gateway (bob) that the owner (alice) authorised, a
// territory, and builders for declarations with attestations.
import { createEd25519Signer } from '@cess/crypto';
import { GiB, invariant, TiB, utf8 } from '@cess/primitives';
import {
  fileId,
  fragmentLength,
  type HoldingEntry,
  holdingDigest,
  nodeKeyPossessionMessage,
  segmentRoot,
} from '@cess/types';
import { type FileDeclaration, type HolderAttestation, query, type SegmentDeclaration, tx } from '../index.js';
import { alice, bob, GENESIS_HASH, Harness, type Standing } from './harness.js';

export const TERRITORY = utf8('photos');
export const K = 2;
export const N = 6;
type Signer = ReturnType<typeof createEd25519Signer>;

export interface Provider {
  readonly account: Signer;
  readonly node: Signer;
  /** Its index on chain. */
  readonly index: number;
}

const seeded = (first: number, second: number) =>
  createEd25519Signer(new Uint8Array(32).fill(first, 0, 16).fill(second, 16));
export const providerSigners = (index: number) => ({ account: seeded(0x70, index), node: seeded(0x71, index) });
const rootOf = (...parts: readonly number[]) => {
  const out = new Uint8Array(32).fill(0xab);
  out.set(parts);
  return out;
};

const beginnings = new Map<string, { readonly standing: Standing; readonly providers: readonly Provider[] }>();

export class StorageScenario extends Harness {
  readonly providers: Provider[] = [];

  /** Each network is set up once. */
  constructor(providers = 8, gib = 100, slotDurationMs = 1000) {
    super(slotDurationMs);
    const name = `${providers}/${gib}/${slotDurationMs}`;
    const beginning = beginnings.get(name);
    if (beginning === undefined) {
      this.#setUp(providers, gib);
      beginnings.set(name, { standing: this.standing(), providers: [...this.providers] });
    } else {
      this.goOnFrom(beginning.standing);
      this.providers.push(...beginning.providers);
    }
  }

  #setUp(providers: number, gib: number): void {
    const rich = query.System.Account.get(this, alice.publicKey);
    if (providers > 64) {
      const free = BigInt(providers) * 20_000n * 10n ** 18n;
      query.Balances.TotalIssuance.mutate(this, (total) => total + free);
      query.System.Account.put(this, alice.publicKey, { ...rich, data: { ...rich.data, free } });
    }
    for (let i = 0; i < providers; i++) this.addProvider(i);
    this.must(bob, tx.Oss.register(GATEWAY_INFO));
    this.must(alice, tx.Oss.authorize({ operator: bob.publicKey }));
    this.must(alice, tx.StorageHandler.mint_territory({ gib_count: gib, territory_name: TERRITORY, days: 30 }));
  }

  /** Runs a call in a block of its own; it must succeed. */
  must(signer: Signer, call: Uint8Array) {
    const { error, events } = this.run(signer, call);
    invariant(error === undefined, `the call failed: ${JSON.stringify(error)}`);
    return events;
  }

  addProvider(index: number): Provider {
    const { account, node } = providerSigners(index);
    this.must(
      alice,
      tx.Balances.transfer_keep_alive({ dest: { type: 'Id', value: account.publicKey }, value: 10_000n * 10n ** 18n }),
    );
    this.must(account, registration(account, node));
    const provider = { account, node, index: this.providers.length };
    this.providers.push(provider);
    return provider;
  }

  lockQuota(bytes = BigInt(GiB)): void {
    this.must(
      alice,
      tx.StorageHandler.lock_quota({
        owner: alice.publicKey,
        territory_name: TERRITORY,
        gateway: bob.publicKey,
        bytes,
      }),
    );
  }
}

export const GATEWAY_INFO = {
  node_key: new Uint8Array(32).fill(1),
  wrapping_key: new Uint8Array(32).fill(2),
  endpoint: utf8('http://127.0.0.1:1'),
  domain: utf8(''),
};

/** The call by which a provider registers with 1 TiB. */
export function registration(
  account: Signer,
  node: Signer,
  change: Partial<Parameters<typeof tx.Sminer.regnstk>[0]> = {},
): Uint8Array {
  return tx.Sminer.regnstk({
    beneficiary: account.publicKey,
    node_key: node.publicKey,
    proof_of_possession: node.sign(nodeKeyPossessionMessage(GENESIS_HASH, account.publicKey)),
    endpoint: utf8('http://127.0.0.1:2'),
    declared_space: BigInt(TiB),
    ...change,
  });
}

/** A segment of `length` bytes, 2 of 6, whose fragments sit with these providers (undefined = hole). */
export function segmentOf(tag: number, holders: readonly (number | undefined)[], length = 10_000): SegmentDeclaration {
  return {
    k: K,
    ciphertext_length: length,
    fragment_length: fragmentLength(length, K),
    fragments: holders.map((holder, index) => ({ root: rootOf(tag, index), holder })),
  };
}

export function fileOf(
  tag: number,
  segments: readonly SegmentDeclaration[],
  change: Partial<FileDeclaration> = {},
): FileDeclaration {
  return { owner: alice.publicKey, territory: TERRITORY, order_id: rootOf(0xff, tag), segments, ...change };
}

export function idOf(file: FileDeclaration): Uint8Array {
  return fileId({
    genesis: GENESIS_HASH,
    owner: file.owner,
    orderId: file.order_id,
    segmentRoots: file.segments.map((segment) =>
      segmentRoot({
        k: segment.k,
        ciphertextLength: segment.ciphertext_length,
        fragmentRoots: segment.fragments.map(({ root }) => root),
      }),
    ),
  });
}

/** A block that every test chain reaches later, within the longest validity of an attestation from genesis on. */
const UNTIL = 600;

/** The attestations of all holders of a batch. */
function attest(
  providers: readonly Provider[],
  files: readonly FileDeclaration[],
  { gateway, until }: { readonly gateway: Uint8Array; readonly until: number },
): HolderAttestation[] {
  const entries = new Map<number, HoldingEntry[]>();
  for (const file of files) {
    const id = idOf(file);
    file.segments.forEach((segment, index) => {
      segment.fragments.forEach(({ root, holder }, fragment) => {
        if (holder === undefined) return;
        const list = entries.get(holder) ?? [];
        list.push({ fileId: id, segment: index, fragment, root, length: segment.fragment_length });
        entries.set(holder, list);
      });
    });
  }
  return [...entries].map(([provider, held]) => ({
    miner: provider,
    until,
    signature: providers[provider]!.node.sign(
      holdingDigest({ genesis: GENESIS_HASH, provider, gateway, until, entries: held }),
    ),
  }));
}

/** A batch with correct attestations, from bob unless said otherwise. */
export function batchOf(
  providers: readonly Provider[],
  files: readonly FileDeclaration[],
  gateway = bob.publicKey,
  until = UNTIL,
) {
  return { files, attestations: attest(providers, files, { gateway, until }) };
}
