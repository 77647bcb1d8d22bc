// A chain of three nodes whose voters have changed twice: {A}, then {A, B}, then {A, B, C}. All keys are known to the suite.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChainClient, query, Submitter, tx } from '@cess/client';
import { ed25519Account } from '@cess/client/signers';
import { createEd25519Signer, systemRng } from '@cess/crypto';
import { type NetworkHost, openNetworkHost } from '@cess/network';
import { type ChainNode, type ChainSpec, createChainNode, parseChainSpec } from '@cess/node';
import { authorityOf } from '@cess/node/testing';
import {
  CESS,
  concatBytes,
  noMetrics,
  runCleanups,
  silentLogger,
  systemTimers,
  throwFatal,
  toHex0x,
  utf8,
} from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';

const seeds = [21, 22, 23].map((number) => new Uint8Array(32).fill(number));
export const voters = seeds.map((seed) => createEd25519Signer(seed));
const keys = voters.map(({ publicKey }) => toHex0x(publicKey));
const stake = 4_000n * CESS;
const ports = { timers: systemTimers, rng: systemRng, logger: silentLogger, metrics: noMetrics, onFatal: throwFatal };

/** One authority at genesis, and money for all three. `id` makes another chain with the same authority. */
export function electedSpec(id: string): ChainSpec {
  const [first] = keys;
  return parseChainSpec({
    name: id,
    id,
    type: 'development',
    slotDurationMs: 500,
    authorities: [{ key: first, account: first }],
    balances: keys.map((key) => [key, `${10_000n * CESS}`]),
    elections: { slotsPerEpoch: 6, epochsPerEra: 2, seats: 3 },
  });
}

export interface ElectedChain {
  readonly endpoint: string;
  readonly genesisHash: Uint8Array;
  stop(): Promise<void>;
}

/** A chain of the first authority alone. */
export async function startSoleChain(spec: ChainSpec): Promise<ElectedChain> {
  const { nodes, start } = nodesOf(spec);
  await start(0);
  const [node] = nodes.running;
  assert.ok(node);
  return { endpoint: node.rpcEndpoint, genesisHash: node.genesisHash, stop: nodes.stop };
}

/** Blocks of the last set, so that old blocks of it can be shown. */
const blocksOfLastSet = 16;

/** Resolves when set 2, with all three voters, has finalized some blocks. */
export async function startElectedChain(spec: ChainSpec): Promise<ElectedChain> {
  const { nodes, start } = nodesOf(spec);
  for (const index of [0, 1, 2]) await start(index);
  const [node] = nodes.running;
  assert.ok(node);
  const client = await ChainClient.connect({ endpoint: node.rpcEndpoint, logger: silentLogger });
  try {
    for (const index of [1, 2]) {
      await register(client, index);
      const setId = async () => client.value(query.Grandpa.CurrentSetId, await client.finalizedHash());
      await eventually(async () => (await setId()) === BigInt(index), `finality after set ${index} began`);
    }
    const changed = (await client.header(await client.finalizedHash())).number;
    await eventually(() => node.heads().finalized.number > changed + blocksOfLastSet, 'finality by three voters');
  } finally {
    await client.close();
  }
  return { endpoint: node.rpcEndpoint, genesisHash: node.genesisHash, stop: nodes.stop };
}

function nodesOf(chainSpec: ChainSpec) {
  const folder = mkdtempSync(join(tmpdir(), 'cess-elected-'));
  const running: ChainNode[] = [];
  const hosts: NetworkHost[] = [];
  const start = async (index: number) => {
    const seed = seeds[index];
    assert.ok(seed);
    const node = createChainNode({
      dataDir: join(folder, `${index}`),
      chainSpec,
      authority: authorityOf(seed),
      rpcPort: 0,
      logger: silentLogger,
      onFatal: throwFatal,
      openNetwork: async (genesis) => {
        const host = await openNetworkHost({
          seed: randomBytes(32),
          genesis,
          listen: ['/ip4/127.0.0.1/tcp/0'],
          bootstrap: hosts.flatMap((other) => other.addresses()),
          dht: 'server',
          usesPrivateAddresses: true,
          limits: { isPrivateExempt: true },
          ...ports,
        });
        hosts.push(host);
        return host;
      },
    });
    await node.start();
    running.push(node);
  };
  const stop = async () => {
    await runCleanups(running.map((node) => () => node.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  return { nodes: { running, stop }, start };
}

async function register(client: ChainClient, index: number): Promise<void> {
  const [seed, signer] = [seeds[index], voters[index]];
  assert.ok(seed && signer);
  const message = concatBytes(utf8('CESS/r2s-key/v1'), client.genesisHash, signer.publicKey);
  const call = tx.Staking.register({ stake, key: signer.publicKey, possession: signer.sign(message) });
  const submitter = new Submitter({ client, signer: ed25519Account(seed), logger: silentLogger });
  try {
    await submitter.submit(call);
  } finally {
    await submitter.stop();
  }
}
