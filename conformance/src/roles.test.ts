// A network formed by hand, as docs/operations/processes.md says: keys, specification, one configuration file for each
// role, owner's steps by the command; and what each role says when it cannot start.
import assert from 'node:assert/strict';
import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { eventually } from '@cess/primitives/testing';
import { freePorts } from './support/network.js';
import { cessProgram, type Ended, spawnRole } from './support/spawn-role.js';

const passphrase = 'correct horse battery';

interface PublicParts {
  readonly address: string;
  readonly 'authority key (ed25519)': string;
  readonly 'encryption key (X25519)': string;
}

const cess = (n: number): string => `${n}${'0'.repeat(18)}`;

describe('roles started one by one from configuration files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cess-roles-'));
  const path = (name: string): string => join(folder, name);
  const environment = { ...process.env, CESS_PASSPHRASE: passphrase, CESS_HOME: path('home') };
  const running: ChildProcess[] = [];
  let rpc = '';
  let ports: number[] = [];
  let gatewayAddress = '';
  let tee = '';

  const write = (name: string, content: unknown): void => writeFileSync(path(name), JSON.stringify(content));

  async function run(...args: string[]): Promise<string> {
    return (await promisify(execFile)(process.execPath, [cessProgram, ...args], { env: environment })).stdout;
  }

  async function key(purpose: string, file: string, ...flags: string[]): Promise<PublicParts> {
    return JSON.parse(await run('--json', 'key', 'new', purpose, path(file), ...flags)) as PublicParts;
  }

  function open(role: string, config: string, extra: NodeJS.ProcessEnv = {}) {
    return spawnRole(role, path(config), { ...environment, ...extra });
  }

  /** Starts a role that must come up; gives its endpoint. */
  async function start(role: string, config: string): Promise<string> {
    const opened = open(role, config);
    running.push(opened.child);
    return opened.ready();
  }

  before(async () => {
    ports = await freePorts(3);
    const [owner, authority, gateway, provider, worker] = await Promise.all([
      key('owner', 'home/keys/owner.json'),
      key('authority', 'authority.json'),
      key('gateway', 'gateway.json'),
      key('provider', 'provider.json'),
      key('tee', 'tee.json'),
    ]);
    gatewayAddress = gateway.address;
    await key('provider', 'plain.json', '--plaintext-development');
    rpc = `ws://127.0.0.1:${ports[0]}`;
    const spec = {
      name: 'Roles',
      id: 'roles',
      type: 'development',
      slotDurationMs: 300,
      authorities: [{ key: authority['authority key (ed25519)'], account: gateway.address }],
      balances: [
        [owner.address, cess(100_000_000)],
        [gateway.address, cess(10_000_000)],
        [provider.address, cess(100_000)],
        [worker.address, cess(60_000)],
      ],
    };
    write('chain-spec.json', spec);
    const { authorities } = spec;
    write('production.json', { ...spec, type: 'production', authorities: Array(4).fill(authorities[0]) });
    write('node.cfg', {
      chainSpecFile: 'chain-spec.json',
      dataDir: 'chain',
      authorityKeyFile: 'authority.json',
      rpcPort: ports[0],
    });
    write('provider.cfg', {
      chainSpecFile: 'chain-spec.json',
      chainRpc: rpc,
      dataDir: 'provider',
      keyFile: 'provider.json',
      declaredBytes: 2 ** 30,
      minFreeBytes: 100_000_000,
    });
    write('tee.cfg', { chainSpecFile: 'chain-spec.json', chainRpc: rpc, dataDir: 'tee', keyFile: 'tee.json' });
    write('credentials.json', { accessKeyId: 'AKIDROLES', secretAccessKey: 'a-secret-of-this-test' });
    write('gateway.cfg', {
      chainSpecFile: 'chain-spec.json',
      chainRpc: rpc,
      dataDir: 'gateway',
      keyFile: 'gateway.json',
      s3Port: ports[1],
      s3TlsPort: ports[2],
      s3Certificates: [{ certificateFile: 'tls/certificate.pem', keyFile: 'tls/key.pem' }],
      endpoint: `http://127.0.0.1:${ports[1]}`,
      accounts: [
        {
          credentialsFile: 'credentials.json',
          owner: owner.address,
          ownerKey: owner['encryption key (X25519)'],
          territory: 'default',
        },
      ],
    });
    await run('gateway', 'certificate', path('tls'), '--host', 'localhost', '127.0.0.1');
    await start('node', 'node.cfg');
  });
  after(async () => {
    for (const child of running) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  /** A configuration that differs from `base` in a few keys; started, it must end by itself. */
  async function startChanged(role: string, changes: object, extra: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const base = JSON.parse(readFileSync(path(`${role}.cfg`), 'utf8')) as object;
    write('changed.cfg', { ...base, ...changes });
    return open(role, 'changed.cfg', extra).ended;
  }

  it('come up, register, and take the owner’s steps', async () => {
    await start('provider', 'provider.cfg');
    tee = await start('tee', 'tee.cfg');
    const s3 = await start('gateway', 'gateway.cfg');
    assert.equal((await fetch(s3)).status, 403);
    const info = (await (await fetch(`${tee}/v1/tee`)).json()) as { enclave: string };
    assert.equal(info.enclave, 'software');
    const asOwner = ['--rpc', rpc];
    await run(...asOwner, 'territory', 'mint', 'default', '1', '365');
    await run(...asOwner, 'gateway', 'authorize', gatewayAddress);
    const workers = JSON.parse(await run(...asOwner, '--json', 'tee', 'list')) as { state: string; endpoint: string }[];
    assert.deepEqual(
      workers.map(({ state, endpoint }) => [state, endpoint]),
      [['Active', tee]],
    );
    const list = JSON.parse(await run(...asOwner, '--json', 'provider', 'list')) as { state: string }[];
    assert.deepEqual(
      list.map(({ state }) => state),
      ['Positive'],
    );
  });

  it('a gateway takes new certificates on SIGHUP, and open connections go on', async () => {
    const gateway = running.find(({ spawnargs }) => spawnargs.includes('gateway'));
    assert.ok(gateway);
    const open = await connectTls(ports[2], 'tls');
    assert.match(await open.ask(), /^HTTP\/1\.1 405 /);
    await run('gateway', 'certificate', path('renewed'), '--host', 'localhost', '127.0.0.1');
    for (const name of ['certificate.pem', 'key.pem']) copyFileSync(path(`renewed/${name}`), path(`tls/${name}`));
    gateway.kill('SIGHUP');
    const later = await eventually(
      () => connectTls(ports[2], 'renewed').catch(() => undefined),
      'the gateway shows the new certificate',
    );
    assert.match(await open.ask(), /^HTTP\/1\.1 405 /);
    assert.match(await later.ask(), /^HTTP\/1\.1 405 /);
    for (const { socket } of [open, later]) socket.destroy();
  });

  /** A connection that stays open between its requests, to a server that the authority in a folder vouches for. */
  async function connectTls(port: number | undefined, authority: string) {
    const ca = readFileSync(path(`${authority}/ca.pem`));
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca });
    await once(socket, 'secureConnect');
    const ask = async (): Promise<string> => {
      socket.write('HEAD / HTTP/1.1\r\nhost: localhost\r\n\r\n');
      const [answer] = (await once(socket, 'data')) as [Buffer];
      return answer.toString('latin1');
    };
    return { socket, ask };
  }

  it('show what is in effect, and an example', async () => {
    const effective = JSON.parse(await run('provider', '--config', path('provider.cfg'), '--print-config')) as object;
    const example = JSON.parse(await run('provider', '--example')) as object;
    assert.deepEqual(Object.keys(effective).sort(), Object.keys(example).sort());
    assert.equal((effective as { dataDir: string }).dataDir, path('provider'));
  });

  it('say in one line what keeps them from starting, with an exit code for whoever starts them', async () => {
    const cases: readonly (readonly [Ended, number, string])[] = [
      [await startChanged('node', { dataDir: path('other') }), 1, 'KV_LOCKED'],
      [await startChanged('node', { dataDir: path('other'), authorityKeyFile: null }), 1, 'RPC_PORT_IN_USE'],
      [await startChanged('node', { rpcPort: 0 }), 1, 'KV_LOCKED'],
      [await startChanged('provider', { keyFile: path('none.json') }), 2, 'KEY_NOT_FOUND'],
      [await startChanged('provider', { keyFile: path('gateway.json') }), 2, 'KEY_FILE_PURPOSE'],
      [await startChanged('provider', {}, { CESS_PASSPHRASE: 'another passphrase' }), 2, 'KEY_FILE_PASSPHRASE'],
      [await startChanged('provider', { genesis: '11'.repeat(32) }), 2, 'NETWORK_MISMATCH'],
      [await startChanged('provider', { chainSpecFile: path('none') }), 2, 'CHAIN_SPEC_MISSING'],
      [await startChanged('gateway', { dataDir: path('gateway-2') }), 1, 'PORT_IN_USE'],
      [await startChanged('gateway', { surprise: true }), 2, 'CONFIG_INVALID'],
      [await startChanged('tee', { port: 0 }), 1, 'KV_LOCKED'],
      [await startChanged('tee', { dataDir: path('tee-2'), port: Number(new URL(tee).port) }), 1, 'TEE_PORT_IN_USE'],
      [
        await startChanged('tee', { dataDir: path('tee-3'), chainSpecFile: path('production.json') }),
        2,
        'ENCLAVE_SOFTWARE_REFUSED',
      ],
    ];
    for (const [{ code, output }, expected, name] of cases) {
      assert.match(output, new RegExp(`\\[${name}\\]`));
      assert.equal(code, expected, name);
    }
  });

  it('refuse a key file without protection where the specification is of production', async () => {
    const { code, output } = await startChanged('provider', {
      keyFile: path('plain.json'),
      chainSpecFile: path('production.json'),
    });
    assert.match(output, /\[KEY_FILE_PLAINTEXT\]/);
    assert.equal(code, 2);
  });

  it('a gateway starts again while the chain node is away', async () => {
    const [node, gateway] = ['node', 'gateway'].map((role) => {
      const child = running.find(({ spawnargs }) => spawnargs.includes(role));
      assert.ok(child);
      return child;
    });
    for (const child of [gateway, node]) {
      assert.ok(child);
      running.splice(running.indexOf(child), 1);
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
    assert.equal((await fetch(await start('gateway', 'gateway.cfg'))).status, 403);
    await start('node', 'node.cfg');
  });

  it('stop cleanly on SIGTERM, and on SIGHUP where nothing can be read again', async () => {
    for (const child of running.reverse()) {
      const exited = once(child, 'exit');
      child.kill(child.spawnargs.includes('tee') ? 'SIGHUP' : 'SIGTERM');
      assert.deepEqual(await exited, [0, null]);
    }
  });
});
