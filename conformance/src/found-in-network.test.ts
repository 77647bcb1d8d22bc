// CHAIN-2, CHAIN-3: roles that know one peer-to-peer address find their chain node, are found by role and place, and speak TLS that is
// pinned to keys that the chain or the record names. Formed by hand, from configuration files.
import assert from 'node:assert/strict';
import { type ChildProcess, execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { ChainClient } from '@cess/client';
import { silentLogger, toHex0x } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { freePorts } from './support/network.js';
import { cessProgram, spawnRole } from './support/spawn-role.js';

interface PublicParts {
  readonly address: string;
  readonly 'authority key (ed25519)': string;
  readonly 'encryption key (X25519)': string;
}

interface Listed {
  readonly key: string;
  readonly roles: readonly string[];
  readonly place: string;
  readonly endpoints: readonly string[];
  readonly storageBytes: number;
  readonly onChain?: boolean;
}

const cess = (n: number): string => `${n}${'0'.repeat(18)}`;

describe('roles that know one peer-to-peer address', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cess-found-'));
  const path = (name: string): string => join(folder, name);
  const environment = { ...process.env, CESS_PASSPHRASE: 'correct horse battery', CESS_HOME: path('home') };
  const running = new Map<string, ChildProcess>();
  let ports: number[] = [];
  let rpc = '';
  let bootstrap = '';
  let genesis = '';

  const write = (name: string, content: unknown): void => writeFileSync(path(name), JSON.stringify(content));

  async function run(...args: string[]): Promise<unknown> {
    const { stdout } = await promisify(execFile)(process.execPath, [cessProgram, '--json', ...args], {
      env: environment,
    });
    return JSON.parse(stdout);
  }

  const key = (purpose: string) => run('key', 'new', purpose, path(`${purpose}.json`)) as Promise<PublicParts>;

  async function start(role: string): Promise<string> {
    const opened = spawnRole(role, path(`${role}.cfg`), environment);
    running.set(role, opened.child);
    return opened.ready();
  }

  const records = (role: string, ...more: string[]) =>
    run('network', 'records', '--role', role, ...more) as Promise<readonly Listed[]>;
  const found = (role: string, ...more: string[]) =>
    eventually(async () => {
      const list = await records(role, '--bootstrap', bootstrap, '--genesis', genesis, ...more);
      return list.length > 0 ? list : undefined;
    }, `a ${role} is found`);

  before(async () => {
    ports = await freePorts(3);
    const [authority, gateway, provider, tee] = await Promise.all(['authority', 'gateway', 'provider', 'tee'].map(key));
    const owner = (await run('key', 'new', 'owner', path('home/keys/owner.json'))) as PublicParts;
    write('chain-spec.json', {
      ...{ name: 'Found', id: 'found', type: 'development', slotDurationMs: 300 },
      authorities: [{ key: authority!['authority key (ed25519)'], account: gateway!.address }],
      balances: [
        [gateway!.address, cess(10_000_000)],
        [provider!.address, cess(100_000)],
        [tee!.address, cess(60_000)],
      ],
    });
    write('node.cfg', {
      ...{ chainSpecFile: 'chain-spec.json', dataDir: 'chain', authorityKeyFile: 'authority.json' },
      ...{ rpcPort: ports[0], rpcTls: true },
      p2p: { listen: [`/ip4/127.0.0.1/tcp/${ports[1]}`], privateAddresses: true, place: 'eu/de' },
    });
    rpc = await start('node');
    const client = await ChainClient.connect({ endpoint: rpc, logger: silentLogger });
    genesis = toHex0x(client.genesisHash);
    bootstrap = (await client.networkState()).addresses[0]!;
    await client.close();
    const common = (role: string, place: string) => ({
      ...{ chainSpecFile: 'chain-spec.json', chainRpc: bootstrap, genesis, dataDir: role, keyFile: `${role}.json` },
      p2p: { bootstrap: [bootstrap], privateAddresses: true, place },
    });
    write('provider.cfg', {
      ...common('provider', 'eu/de/fra'),
      ...{ tls: true, declaredBytes: 2 ** 30, minFreeBytes: 100_000_000 },
    });
    write('tee.cfg', { ...common('tee', 'us/east'), tls: true });
    write('credentials.json', { accessKeyId: 'AKIDFOUND', secretAccessKey: 'a-secret-of-this-test' });
    write('gateway.cfg', {
      ...common('gateway', 'eu/fr'),
      ...{ s3Port: ports[2], endpoint: `http://127.0.0.1:${ports[2]}` },
      accounts: [
        {
          ...{ credentialsFile: 'credentials.json', owner: owner.address, territory: 'default' },
          ownerKey: owner['encryption key (X25519)'],
        },
      ],
    });
    for (const role of ['provider', 'tee', 'gateway']) await start(role);
  });
  after(() => {
    for (const child of running.values()) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('CHAIN-3: are told of by the RPC of a chain node, by role', async () => {
    const client = await ChainClient.connect({ endpoint: rpc, logger: silentLogger });
    try {
      const told = (role: string) => client.call<readonly Listed[]>('cess_networkRecords', [role]);
      for (const [role, place] of Object.entries({
        provider: 'eu/de/fra',
        gateway: 'eu/fr',
        'tee-worker': 'us/east',
      })) {
        const [record] = await eventually(async () => {
          const list = await told(role);
          return list.length > 0 ? list : undefined;
        }, `the node knows a ${role}`);
        assert.deepEqual([record?.place, record?.roles], [place, [role]]);
      }
    } finally {
      await client.close();
    }
  });

  it('CHAIN-3: find their chain node, whose RPC is pinned to the key of the address', async () => {
    assert.match(rpc, /^wss:/);
    const [node] = await found('node');
    assert.deepEqual(node?.endpoints, [rpc]);
    assert.deepEqual(node?.roles, ['validator', 'node']);
  });

  it('CHAIN-2: are found by role and place, with what they offer', async () => {
    const [provider] = await found('provider', '--place', 'eu');
    assert.deepEqual([provider?.place, provider?.storageBytes], ['eu/de/fra', 2 ** 30]);
    assert.match(provider?.endpoints[0] ?? '', /^https:\/\/127\.0\.0\.1:\d+$/);
    const [gateway] = await found('gateway', '--place', 'eu/fr');
    assert.deepEqual(gateway?.endpoints, [`http://127.0.0.1:${ports[2]}`]);
    assert.equal((await found('tee-worker'))[0]?.place, 'us/east');
    assert.deepEqual(await records('provider', '--place', 'us', '--bootstrap', bootstrap, '--genesis', genesis), []);
  });

  it('records are compared with the chain, which has the key of providers and gateways', async () => {
    for (const role of ['provider', 'gateway', 'tee-worker']) {
      const isKnown = async () => (await run('--rpc', rpc, 'network', 'records', '--role', role)) as readonly Listed[];
      await eventually(async () => (await isKnown())[0]?.onChain === true, `the ${role} of the record is on the chain`);
    }
  });

  it('a newcomer meets them from the same address', async () => {
    const peers = (await run(
      'network',
      'peers',
      '--seconds',
      '2',
      '--bootstrap',
      bootstrap,
      '--genesis',
      genesis,
    )) as unknown[];
    assert.ok(peers.length >= 1);
  });

  it('the addresses of peers are kept for the next start', async () => {
    const file = path('provider/known-peers.json');
    await eventually(() => existsSync(file), 'the provider has saved its peers');
    const kept = JSON.parse(readFileSync(file, 'utf8')) as string[];
    assert.ok(
      kept.some((address) => bootstrap.startsWith(address) || address.startsWith(bootstrap)),
      kept.join(),
    );
  });

  it('an address of another node leads to no chain node', async () => {
    const other = bootstrap.replace(/[^/]+$/, '12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo');
    const config = JSON.parse(readFileSync(path('provider.cfg'), 'utf8')) as object;
    write('lost.cfg', { ...config, chainRpc: other, dataDir: 'lost' });
    const lost = spawnRole('provider', path('lost.cfg'), environment);
    const { code, output } = await lost.ended;
    assert.equal(code, 1);
    assert.match(output, /CHAIN_NODE_NOT_FOUND/);
  });
});
