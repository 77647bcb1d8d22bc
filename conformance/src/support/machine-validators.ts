// Validators on machines of a test, which talk over TLS and the peer-to-peer network, and their files.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ChainClient } from '@cess/client';
import { silentLogger, toHex0x } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { Machines } from './machines.js';
import { cessProgram, type RoleProcess, spawnRole } from './spawn-role.js';

export interface PublicParts {
  readonly address: string;
  readonly 'authority key (ed25519)': string;
  readonly 'encryption key (X25519)': string;
}

export interface ValidatorsInit {
  readonly count: number;
  readonly slotDurationMs: number;
  /** Addresses and amounts in the smallest unit. */
  readonly balances: readonly (readonly [string, string])[];
}

export class MachineValidators {
  readonly #folder = mkdtempSync(join(tmpdir(), 'cess-machines-'));
  readonly #environment = { ...process.env, CESS_HOME: this.path('home') };
  readonly #running: RoleProcess[] = [];
  readonly #chains: ChainClient[] = [];
  readonly #machines: Machines;
  /** Where each validator serves its RPC, and its address in the peer-to-peer network. */
  readonly rpcs: string[] = [];
  readonly peers: string[] = [];
  genesis = '';

  constructor(machines: number) {
    this.#machines = new Machines(machines);
  }

  get machines(): Machines {
    return this.#machines;
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  write(name: string, content: unknown): void {
    writeFileSync(this.path(name), JSON.stringify(content));
  }

  /** The JSON that a command prints. */
  async cess(...args: string[]): Promise<unknown> {
    const env = this.#environment;
    const { stdout } = await promisify(execFile)(process.execPath, [cessProgram, '--json', ...args], { env });
    return JSON.parse(stdout);
  }

  async key(purpose: string, name: string): Promise<PublicParts> {
    return (await this.cess('key', 'new', purpose, this.path(name), '--plaintext-development')) as PublicParts;
  }

  /** Makes keys and a specification, and starts a validator on each of the first machines. */
  async start({ count, slotDurationMs, balances }: ValidatorsInit): Promise<void> {
    const seats = [...Array(count).keys()];
    const authorities: { readonly key: string; readonly account: string }[] = [];
    for (const seat of seats) {
      const { 'authority key (ed25519)': key } = await this.key('authority', `authority-${seat}.json`);
      authorities.push({ key, account: key });
    }
    const chain = { name: 'Consortium', id: 'consortium', type: 'development', slotDurationMs };
    this.write('spec.json', { ...chain, authorities, balances });
    for (const seat of seats) await this.#startValidator(seat);
  }

  /** Starts a role on a machine; where it serves. */
  async startRole(role: string, machine: number, config: object): Promise<string> {
    const file = `${role}-${machine}.cfg`;
    this.write(file, config);
    const started = spawnRole(role, this.path(file), this.#environment, this.#machines.within(machine));
    this.#running.push(started);
    return started.ready();
  }

  async finalized(machine: number): Promise<number> {
    const chain = this.#chainOf(machine);
    return (await chain.header(await chain.finalizedHash())).number;
  }

  async best(machine: number): Promise<number> {
    return (await this.#chainOf(machine).header()).number;
  }

  /** Resolves when all of them have finalized this block; it is the same one everywhere. */
  async reach(number: number, of: readonly number[]): Promise<void> {
    for (const machine of of) {
      const isThere = async () => (await this.finalized(machine)) >= number;
      await eventually(isThere, `block ${number} is final at ${machine}`, 200);
    }
    const hashes = await Promise.all(of.map((machine) => this.#chainOf(machine).blockHash(number)));
    assert.equal(new Set(hashes.map((hash) => toHex0x(hash ?? assert.fail()))).size, 1);
  }

  async destroy(): Promise<void> {
    for (const chain of this.#chains) await chain.close();
    for (const { child, ended } of this.#running) {
      child.kill('SIGKILL');
      await ended;
    }
    this.#machines.remove();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #startValidator(machine: number): Promise<void> {
    const host = this.#machines.address(machine);
    const rpc = await this.startRole('node', machine, {
      ...{ chainSpecFile: 'spec.json', dataDir: `chain-${machine}`, authorityKeyFile: `authority-${machine}.json` },
      ...{ host, rpcPort: 9944 },
      p2p: {
        ...{ listen: [`/ip4/${host}/tcp/30333`], bootstrap: this.peers.slice(0, 1), privateAddresses: true },
        place: `site/rack-${machine}`,
      },
    });
    assert.match(rpc, /^wss:\/\/[0-9a-f]{64}@10\./);
    const chain = await ChainClient.connect({ endpoint: rpc, logger: silentLogger });
    this.#chains[machine] = chain;
    this.rpcs[machine] = rpc;
    this.peers[machine] = (await chain.networkState()).addresses[0] ?? assert.fail();
    this.genesis = toHex0x(chain.genesisHash);
  }

  #chainOf(machine: number): ChainClient {
    return this.#chains[machine] ?? assert.fail(`no validator runs on machine ${machine}`);
  }
}
