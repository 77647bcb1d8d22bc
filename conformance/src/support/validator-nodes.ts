// Validators as processes, each with its key file, data and configuration, over the peer-to-peer network; and nodes that follow them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SS58_PREFIX } from '@cess/client';
import { encodeSs58 } from '@cess/crypto';
import { CESS, fromHex } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { freePorts } from './network.js';
import { cessProgram, type RoleProcess, spawnRole } from './spawn-role.js';

export interface ValidatorNodesInit {
  /** How many are authorities of the genesis: they have the first seats. */
  readonly authorities: number;
  /** How many more have keys, and no seat yet. */
  readonly candidates: number;
  readonly slotDurationMs: number;
  readonly elections: Readonly<Record<string, number>>;
}

/** Balance of the owner of each candidate, in CESS. */
const ownerBalance = 20_000n;

export class ValidatorNodes {
  readonly #folder = mkdtempSync(join(tmpdir(), 'cess-validators-'));
  readonly #init: ValidatorNodesInit;
  readonly #nodes: RoleProcess[] = [];
  readonly #endpoints: string[] = [];
  #ports: readonly number[] = [];
  #accounts: readonly string[] = [];

  constructor(init: ValidatorNodesInit) {
    this.#init = init;
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  /** Makes the keys and the specification, and starts the authorities. */
  async start(): Promise<void> {
    const { authorities, candidates, slotDurationMs, elections } = this.#init;
    const all = Array.from({ length: authorities + candidates }, (_, seat) => seat);
    this.#ports = await freePorts(all.length);
    const keys: string[] = [];
    for (const seat of all) keys.push(await this.#newKey('authority', this.path(`authority-${seat}.json`)));
    const owners: string[] = [];
    for (const seat of all.slice(authorities)) {
      const file = join(this.#home(seat), 'keys', 'owner.json');
      const made = await this.cess(seat, 'key', 'new', 'owner', file, '--plaintext-development');
      owners.push((made as { readonly address: string }).address);
    }
    const genesisAccounts = keys.slice(0, authorities).map((key) => encodeSs58(fromHex(key), SS58_PREFIX));
    this.#accounts = [...genesisAccounts, ...owners];
    const spec = {
      ...{ name: 'Validators', id: 'validators', type: 'development', slotDurationMs, elections },
      authorities: keys.slice(0, authorities).map((key) => ({ key, account: key })),
      // The key of a candidate signs what its node posts, and needs the existential deposit.
      balances: [
        ...owners.map((owner) => [owner, `${ownerBalance * CESS}`]),
        ...keys.slice(authorities).map((key) => [key, String(CESS)]),
      ],
    };
    writeFileSync(this.path('spec.json'), JSON.stringify(spec));
    await this.startOne(0);
    for (const seat of all.slice(1, authorities)) await this.startOne(seat);
  }

  /** Starts a validator, or one that was killed. It finds the others by those that run. */
  async startOne(seat: number): Promise<void> {
    const key = { authorityKeyFile: this.path(`authority-${seat}.json`) };
    await this.#spawn(seat, `chain-${seat}`, this.#ports[seat] ?? 0, key);
  }

  /** A new node without a key that takes the chain in this way. */
  follow(seat: number, sync: 'full' | 'fast' | 'warp'): Promise<void> {
    return this.#spawn(seat, `${sync}-${seat}`, 0, { authorityKeyFile: null, sync });
  }

  /** Seats of the nodes with these accounts. */
  seatsOf(accounts: readonly string[]): number[] {
    return accounts.map((account) => this.#accounts.indexOf(account));
  }

  async #spawn(seat: number, name: string, port: number, changes: object): Promise<void> {
    const running = [...this.#nodes.keys()].find((index) => index !== seat && this.#isRunning(index));
    const config = {
      chainSpecFile: this.path('spec.json'),
      dataDir: this.path(name),
      rpcPort: 0,
      p2p: {
        listen: [`/ip4/127.0.0.1/tcp/${port}`],
        bootstrap: running === undefined ? [] : await this.#addressesOf(running),
        privateAddresses: true,
      },
      ...changes,
    };
    const file = this.path(`${name}.json`);
    writeFileSync(file, JSON.stringify(config));
    const node = spawnRole('node', file, process.env);
    this.#nodes[seat] = node;
    this.#endpoints[seat] = await node.ready();
  }

  #isRunning(seat: number): boolean {
    const { exitCode, signalCode } = this.#nodes[seat]?.child ?? { exitCode: 0, signalCode: null };
    return exitCode === null && signalCode === null;
  }

  async kill(seat: number): Promise<void> {
    this.#nodes[seat]?.child.kill('SIGKILL');
    await this.#nodes[seat]?.ended;
  }

  async destroy(): Promise<void> {
    for (const seat of this.#nodes.keys()) await this.kill(seat);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A command in the home of the owner of this candidate; its text. */
  async run(seat: number, ...args: string[]): Promise<string> {
    const env = { ...process.env, CESS_HOME: this.#home(seat) };
    return (await promisify(execFile)(process.execPath, [cessProgram, ...args], { env })).stdout;
  }

  async cess(seat: number, ...args: string[]): Promise<unknown> {
    return JSON.parse(await this.run(seat, '--json', ...args));
  }

  endpoint(seat: number): string {
    return this.#endpoints[seat] ?? assert.fail(`validator ${seat} was not started`);
  }

  finalized(seat: number): Promise<number> {
    return finalizedOf(this.endpoint(seat));
  }

  best(seat: number): Promise<number> {
    return numberOf(this.endpoint(seat), []);
  }

  /** Resolves when all of them have finalized this block, and asserts that it is the same one. */
  async reach(number: number, of: readonly number[]): Promise<void> {
    for (const seat of of)
      await eventually(async () => (await this.finalized(seat)) >= number, `block ${number} at ${seat}`);
    const hashes = of.map((seat) => callNode(this.endpoint(seat), 'chain_getBlockHash', number));
    assert.equal(new Set(await Promise.all(hashes)).size, 1);
  }

  async #addressesOf(seat: number): Promise<string[]> {
    return (await callNode(this.endpoint(seat), 'system_localListenAddresses')) as string[];
  }

  async #newKey(purpose: 'authority', file: string): Promise<string> {
    const made = await this.cess(0, 'key', 'new', purpose, file, '--plaintext-development');
    return (made as { readonly 'authority key (ed25519)': string })['authority key (ed25519)'];
  }

  #home(seat: number): string {
    return this.path(`home-${seat}`);
  }
}

/** The result of one call of the RPC of a node. */
async function callNode(endpoint: string, method: string, ...params: unknown[]): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const response = await fetch(endpoint.replace('ws://', 'http://'), { method: 'POST', body });
  return ((await response.json()) as { readonly result: unknown }).result;
}

async function finalizedOf(endpoint: string): Promise<number> {
  return numberOf(endpoint, [await callNode(endpoint, 'chain_getFinalizedHead')]);
}

async function numberOf(endpoint: string, params: readonly unknown[]): Promise<number> {
  const header = await callNode(endpoint, 'chain_getHeader', ...params);
  return Number((header as { readonly number: string }).number);
}
