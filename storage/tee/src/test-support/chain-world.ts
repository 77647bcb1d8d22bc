// A real development chain with an owner, providers that are keys only, and a funded account for a TEE worker.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChainClient, type ExtrinsicSigner, type MapItem, Submitter, tx } from '@cess/client';
import { sr25519Account } from '@cess/client/signers';
import { createEd25519Signer, type Ed25519Signer, shake256 } from '@cess/crypto';
import { type ChainNode, createChainNode, parseChainSpec } from '@cess/node';
import { authorityOf } from '@cess/node/testing';
import { CESS, GiB, invariant, silentLogger, throwFatal, toHex0x, utf8 } from '@cess/primitives';
import { fragmentRootOf } from '@cess/sealing';
import { fileId, fragmentLength, holdingDigest, nodeKeyPossessionMessage, segmentRoot } from '@cess/types';

const authoritySeed = new Uint8Array(32).fill(3);
export const authorityKey = createEd25519Signer(authoritySeed).publicKey;
const owner = sr25519Account(new Uint8Array(32).fill(21));
export const teeAccount = sr25519Account(new Uint8Array(32).fill(22));
const territory = utf8('tests');

export interface TestProvider {
  readonly account: ExtrinsicSigner;
  readonly node: Ed25519Signer;
  readonly index: number;
}

/** A fragment of a file of its own, declared as held by one provider. */
export interface TestFragment {
  readonly bytes: Uint8Array;
  readonly root: Uint8Array;
  readonly orderId: Uint8Array;
  readonly fileId: Uint8Array;
  readonly segment: 0;
  readonly fragment: 0;
}

/** Bytes that the text fixes. */
const bytesOf = (length: number, seed: string): Uint8Array => shake256(length, utf8(seed));

export class ChainWorld {
  readonly providers: TestProvider[] = [];
  readonly #submitters = new Map<ExtrinsicSigner, Submitter>();

  private constructor(
    readonly dir: string,
    readonly node: ChainNode,
    readonly client: ChainClient,
  ) {}

  static async start(providers: number): Promise<ChainWorld> {
    const dir = mkdtempSync(join(tmpdir(), 'cess-tee-'));
    const key = toHex0x(authorityKey);
    const providerAccounts = Array.from({ length: providers }, (_, i) => accountOf(i));
    const endow = ({ account }: ExtrinsicSigner, amount: bigint) => [toHex0x(account), String(amount * CESS)];
    const chainSpec = parseChainSpec({
      name: 'TEE Test',
      id: 'tee-test',
      type: 'development',
      slotDurationMs: 200,
      audit: { cycle: 1 },
      authorities: [{ key, account: key }],
      balances: [
        endow(owner, 1_000_000n),
        endow(teeAccount, 200_000n),
        ...providerAccounts.map((account) => endow(account, 10_000n)),
      ],
    });
    const dataDir = join(dir, 'chain');
    const node = createChainNode({
      dataDir,
      chainSpec,
      authority: authorityOf(authoritySeed),
      rpcPort: 0,
      logger: silentLogger,
      onFatal: throwFatal,
    });
    await node.start();
    const client = await ChainClient.connect({ endpoint: node.rpcEndpoint, logger: silentLogger });
    const world = new ChainWorld(dir, node, client);
    for (const [i, account] of providerAccounts.entries()) await world.#registerProvider(i, account);
    const mint = { gib_count: 1, territory_name: territory, days: 30 };
    await world.submit(owner, tx.StorageHandler.mint_territory(mint));
    return world;
  }

  submitter(signer: ExtrinsicSigner): Submitter {
    const known = this.#submitters.get(signer);
    if (known !== undefined) return known;
    const submitter = new Submitter({ client: this.client, signer, logger: silentLogger });
    this.#submitters.set(signer, submitter);
    return submitter;
  }

  submit(signer: ExtrinsicSigner, call: Uint8Array) {
    return this.submitter(signer).submit(call);
  }

  /** Declares a file of one fragment; resolves when it is finalized. */
  async declare(provider: TestProvider, length: number, seed: string): Promise<TestFragment> {
    const { genesisHash: genesis } = this.client;
    const bytes = bytesOf(fragmentLength(length, 1), seed);
    const root = fragmentRootOf(bytes);
    const orderId = bytesOf(32, `order/${seed}`);
    const shape = { k: 1, ciphertextLength: length, fragmentRoots: [root] };
    const id = fileId({ genesis, owner: owner.account, orderId, segmentRoots: [segmentRoot(shape)] });
    const { index, node } = provider;
    const entries = [{ fileId: id, segment: 0, fragment: 0, root, length: bytes.length }];
    const until = (await this.client.header(await this.client.finalizedHash())).number + 60;
    const digest = holdingDigest({ genesis, provider: index, gateway: owner.account, until, entries });
    const segment = {
      k: 1,
      ciphertext_length: length,
      fragment_length: bytes.length,
      fragments: [{ root, holder: index }],
    };
    await this.submit(
      owner,
      tx.FileBank.declare_batch({
        files: [{ owner: owner.account, territory, order_id: orderId, segments: [segment] }],
        attestations: [{ miner: index, until, signature: node.sign(digest) }],
      }),
    );
    return { bytes, root, orderId, fileId: id, segment: 0, fragment: 0 };
  }

  /** Resolves with the first value for which `accept` says yes, looked at in every finalized block. */
  async until<K extends readonly unknown[], T>(
    item: MapItem<K, T>,
    keys: K,
    accept: (value: T, block: number) => boolean,
  ): Promise<T> {
    let unfollow: (() => Promise<void>) | undefined;
    const value = await new Promise<T>((resolve) => {
      unfollow = this.client.followFinalized(async ({ number }, hash) => {
        const found = await this.client.entry(item, keys, hash);
        if (accept(found, number)) resolve(found);
      });
    });
    await unfollow?.();
    return value;
  }

  async stop(): Promise<void> {
    for (const submitter of this.#submitters.values()) await submitter.stop();
    await this.client.close();
    await this.node.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  async #registerProvider(index: number, account: ExtrinsicSigner): Promise<void> {
    const node = createEd25519Signer(new Uint8Array(32).fill(60 + index));
    const possession = nodeKeyPossessionMessage(this.client.genesisHash, account.account);
    const { events } = await this.submit(
      account,
      tx.Sminer.regnstk({
        beneficiary: account.account,
        node_key: node.publicKey,
        proof_of_possession: node.sign(possession),
        endpoint: utf8(`http://127.0.0.1:${index + 1}`),
        declared_space: BigInt(4 * GiB),
      }),
    );
    const registered = events.find(({ event }) => event.type === 'Sminer' && event.value.type === 'Registered');
    invariant(registered !== undefined, 'a provider registers');
    this.providers.push({ account, node, index });
  }
}

function accountOf(index: number): ExtrinsicSigner {
  return sr25519Account(new Uint8Array(32).fill(40 + index));
}
