// CHAIN-5: four authorities as processes, each with its key file and configuration: they finalize over the peer-to-peer network, go on after kill -9 of
// one, stop finalizing after that of a second, and go on when both are back with their data.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { CESS } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { freePorts } from './support/network.js';
import { cessProgram, type RoleProcess, spawnRole } from './support/spawn-role.js';

interface MadeKey {
  readonly 'authority key (ed25519)': string;
}

const seats = [0, 1, 2, 3];
/** The process that is a candidate, and no authority of the genesis. */
const candidateSeat = 4;

describe('four validators as processes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cess-validators-'));
  const path = (name: string): string => join(folder, name);
  const validators: RoleProcess[] = [];
  const endpoints: string[] = [];
  let ports: number[];

  async function run(...args: string[]): Promise<string> {
    const environment = { ...process.env, CESS_HOME: path('home') };
    const { stdout } = await promisify(execFile)(process.execPath, [cessProgram, ...args], { env: environment });
    return stdout;
  }

  const cess = async (...args: string[]): Promise<unknown> => JSON.parse(await run('--json', ...args));
  const validator = (...args: string[]) => ['--rpc', endpoints[0] ?? assert.fail(), 'validator', ...args];
  const status = async () => (await cess(...validator('status'))) as Readonly<Record<string, string | number>>;

  async function call(endpoint: string, method: string, ...params: unknown[]): Promise<unknown> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const response = await fetch(endpoint.replace('ws://', 'http://'), { method: 'POST', body });
    return ((await response.json()) as { readonly result: unknown }).result;
  }

  async function numberOf(endpoint: string, isFinal: boolean): Promise<number> {
    const hash = isFinal ? await call(endpoint, 'chain_getFinalizedHead') : undefined;
    const header = await call(endpoint, 'chain_getHeader', ...(hash === undefined ? [] : [hash]));
    return Number((header as { readonly number: string }).number);
  }

  const finalized = (seat: number) => numberOf(endpoints[seat] ?? assert.fail(), true);
  const best = (seat: number) => numberOf(endpoints[seat] ?? assert.fail(), false);

  async function start(seat: number, bootstrap: readonly string[]): Promise<void> {
    const config = {
      chainSpecFile: path('spec.json'),
      dataDir: path(`chain-${seat}`),
      authorityKeyFile: path(`authority-${seat}.json`),
      rpcPort: 0,
      p2p: { listen: [`/ip4/127.0.0.1/tcp/${ports[seat]}`], bootstrap, privateAddresses: true },
    };
    writeFileSync(path(`node-${seat}.json`), JSON.stringify(config));
    const validator = spawnRole('node', path(`node-${seat}.json`), process.env);
    validators[seat] = validator;
    endpoints[seat] = await validator.ready();
  }

  async function kill(seat: number): Promise<void> {
    validators[seat]?.child.kill('SIGKILL');
    await validators[seat]?.ended;
  }

  async function addressesOf(seat: number): Promise<string[]> {
    return (await call(endpoints[seat] ?? assert.fail(), 'system_localListenAddresses')) as string[];
  }

  /** Resolves when all of them have finalized this block, and asserts that it is the same one. */
  async function reach(number: number, of: readonly number[]): Promise<void> {
    for (const seat of of)
      await eventually(async () => (await finalized(seat)) >= number, `block ${number} at ${seat}`);
    const hashes = of.map((seat) => call(endpoints[seat] ?? assert.fail(), 'chain_getBlockHash', number));
    assert.equal(new Set(await Promise.all(hashes)).size, 1);
  }

  before(async () => {
    ports = await freePorts(seats.length + 1);
    const made: MadeKey[] = [];
    for (const seat of [...seats, candidateSeat]) {
      made.push(
        (await cess('key', 'new', 'authority', path(`authority-${seat}.json`), '--plaintext-development')) as MadeKey,
      );
    }
    const keys = made.slice(0, seats.length).map((one) => one['authority key (ed25519)']);
    const owner = await cess('key', 'new', 'owner', path('home/keys/owner.json'), '--plaintext-development');
    const { address } = owner as { readonly address: string };
    const authorities = keys.map((key) => ({ key, account: key }));
    const spec = {
      name: 'Validators',
      id: 'validators',
      type: 'development',
      slotDurationMs: 1_000,
      elections: { slotsPerEpoch: 10, epochsPerEra: 2, seats: 4, reportEras: 0, deferralEras: 0, coolingOffEras: 1 },
    };
    writeFileSync(
      path('spec.json'),
      JSON.stringify({ ...spec, authorities, balances: [[address, `${10_000n * CESS}`]] }),
    );
    await start(0, []);
    const bootstrap = await addressesOf(0);
    for (const seat of seats.slice(1)) await start(seat, bootstrap);
  });
  after(async () => {
    for (const seat of [...seats, candidateSeat]) await kill(seat);
    rmSync(folder, { recursive: true, force: true });
  });

  it('finalize the same blocks', async () => {
    await reach(5, seats);
  });

  it('go on after kill -9 of one', async () => {
    await kill(3);
    await reach((await finalized(0)) + 4, [0, 1, 2]);
  });

  it('make blocks but finalize none after kill -9 of a second one', async () => {
    await kill(2);
    const [standing, from] = [Math.max(await finalized(0), await finalized(1)), await best(0)];
    await eventually(async () => (await best(0)) >= from + 4, 'blocks without finality');
    // What was voted before may have become final since.
    assert.ok(Math.max(await finalized(0), await finalized(1)) <= standing + 2);
  });

  it('GR-81: finalize what was made meanwhile when both are back', async () => {
    const waiting = await best(0);
    const bootstrap = await addressesOf(0);
    await start(2, bootstrap);
    await start(3, bootstrap);
    await reach(waiting, seats);
  });

  it('R2S-1, R2S-3, R2S-8: a candidate that stakes more takes a seat, exits, and gets its stake back', async () => {
    await start(candidateSeat, await addressesOf(0));
    await run(...validator('register', '--key', path('authority-4.json'), '--stake', '4000'));
    await eventually(async () => (await status()).seat !== 'none', 'a seat for the candidate');
    assert.ok(Number((await status())['set of voters']) >= 1);
    await reach((await finalized(0)) + 5, [...seats, candidateSeat]);
    const listed = (await cess(...validator('list'))) as { readonly seated: string }[];
    assert.deepEqual(listed.map(({ seated }) => seated).sort(), ['no', 'yes', 'yes', 'yes', 'yes']);
    await run(...validator('exit'));
    await eventually(async () => (await status()).seat === 'none', 'the end of its last era');
    await reach((await finalized(0)) + 3, seats);
    const { figures, eras } = (await cess(...validator('eras'))) as {
      readonly figures: { readonly holders: number };
      readonly eras: { readonly newcomers: number }[];
    };
    assert.equal(figures.holders, 5);
    assert.ok(eras.filter(({ newcomers }) => newcomers === 1).length >= 2, 'in and out again');
    await eventually(
      () =>
        run(...validator('withdraw')).then(
          () => true,
          () => false,
        ),
      'the stake is free',
    );
    assert.equal((await status()).state, 'no candidate');
  });
});
