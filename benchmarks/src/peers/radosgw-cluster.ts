// A Ceph cluster of Debian's packages over a fresh folder: one monitor, one manager, 12 OSDs on files, and radosgw whose objects are coded
// 4 + 8, as ours are. Everything listens on loopback.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { delay } from '@cess/primitives';
import type { Credentials } from '../gateway/s3.js';
import { freePort } from '../support/free-port.js';

const osds = 12;
const blockBytes = 12 * 2 ** 30;
const readyMs = 120_000;
const programs = [
  'ceph',
  'ceph-mon',
  'ceph-mgr',
  'ceph-osd',
  'radosgw',
  'radosgw-admin',
  'monmaptool',
  'ceph-authtool',
];

/** Programs that the machine lacks. */
export function missingPrograms(): string[] {
  return programs.filter((name) => !existsSync(join('/usr/bin', name)));
}

export class RadosgwCluster {
  readonly #daemons: ChildProcess[] = [];
  #port = 0;
  readonly credentials: Credentials = {
    accessKeyId: 'BENCHMARK0000000KEY0',
    secretAccessKey: randomBytes(20).toString('hex'),
    region: 'default',
  };

  private constructor(private readonly home: string) {}

  /** `CESS_BENCH_DIR` names the folder for data. Resolves when radosgw serves. */
  static async start(): Promise<RadosgwCluster> {
    const cluster = new RadosgwCluster(mkdtempSync(join(process.env['CESS_BENCH_DIR'] ?? tmpdir(), 'cess-ceph-')));
    try {
      await cluster.#start();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** All processes of the cluster. */
  all(): number[] {
    return this.#daemons.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  async stop(): Promise<void> {
    for (const daemon of [...this.#daemons].reverse()) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
      const exited = new Promise((resolve) => daemon.once('exit', resolve));
      daemon.kill('SIGKILL');
      await exited;
    }
    rmSync(this.home, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    const [v2, v1] = [await freePort(), await freePort()];
    this.#port = await freePort();
    const address = `[v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]`;
    const fsid = randomUUID();
    for (const folder of ['run', 'log', 'mon', 'mgr', 'rgw']) mkdirSync(join(this.home, folder));
    writeFileSync(this.#path('ceph.conf'), this.#configuration(fsid, address));
    const keyring = this.#path('keyring');
    const allow = [
      '--cap',
      'mon',
      'allow *',
      '--cap',
      'osd',
      'allow *',
      '--cap',
      'mgr',
      'allow *',
      '--cap',
      'mds',
      'allow *',
    ];
    this.#run('ceph-authtool', ['--create-keyring', '--gen-key', '--name=mon.', keyring, '--cap', 'mon', 'allow *']);
    this.#run('ceph-authtool', ['--gen-key', '--name=client.admin', ...allow, keyring]);
    this.#run('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', address, this.#path('monmap')]);
    this.#ceph('ceph-mon', ['--mkfs', '-i', 'a', '--monmap', this.#path('monmap'), '--keyring', keyring]);
    this.#daemon('ceph-mon', ['-i', 'a']);
    this.#admin([
      'auth',
      'get-or-create',
      'mgr.x',
      'mon',
      'allow *',
      'osd',
      'allow *',
      '-o',
      this.#path('mgr/keyring'),
    ]);
    this.#daemon('ceph-mgr', ['-i', 'x']);
    for (let id = 0; id < osds; id++) this.#startOsd(id);
    await this.#startGateway();
  }

  #startOsd(id: number): void {
    const folder = this.#path(`osd${id}`);
    mkdirSync(folder);
    const uuid = randomUUID();
    const secret = this.#run('ceph-authtool', ['--gen-print-key']).trim();
    writeFileSync(this.#path('secret.json'), JSON.stringify({ cephx_secret: secret }));
    this.#admin(['osd', 'new', uuid, String(id), '-i', this.#path('secret.json')]);
    writeFileSync(join(folder, 'keyring'), `[osd.${id}]\n\tkey = ${secret}\n`);
    this.#ceph('ceph-osd', ['-i', String(id), '--mkfs', '--key', secret, '--osd-uuid', uuid]);
    this.#daemon('ceph-osd', ['-i', String(id)]);
  }

  async #startGateway(): Promise<void> {
    const profile = ['k=4', 'm=8', 'plugin=isa', 'technique=cauchy', 'crush-failure-domain=osd'];
    this.#admin(['osd', 'erasure-code-profile', 'set', 'four-eight', ...profile]);
    this.#admin(['osd', 'pool', 'create', 'default.rgw.buckets.data', '32', '32', 'erasure', 'four-eight']);
    this.#admin(['osd', 'pool', 'application', 'enable', 'default.rgw.buckets.data', 'rgw']);
    const caps = ['mon', 'allow rw', 'osd', 'allow rwx', 'mgr', 'allow rw'];
    this.#admin(['auth', 'get-or-create', 'client.rgw', ...caps, '-o', this.#path('rgw/keyring')]);
    const { accessKeyId, secretAccessKey } = this.credentials;
    const user = [
      '--uid=bench',
      '--display-name=bench',
      `--access-key=${accessKeyId}`,
      `--secret-key=${secretAccessKey}`,
    ];
    this.#ceph('radosgw-admin', ['user', 'create', ...user]);
    const listener = `beast endpoint=127.0.0.1:${this.#port} tcp_nodelay=1`;
    this.#daemon('radosgw', ['-n', 'client.rgw', `--rgw-frontends=${listener}`]);
    for (const until = performance.now() + readyMs; ; await delay(500)) {
      const isUp = await fetch(this.endpoint).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isUp) return;
      if (performance.now() > until) throw new Error('radosgw is not ready in time');
    }
  }

  #configuration(fsid: string, address: string): string {
    return `[global]
fsid = ${fsid}
mon host = ${address}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
run dir = ${this.home}/run
pid file =
admin socket = ${this.home}/run/$name.asok
log file = ${this.home}/log/$name.log
crash dir =
keyring = ${this.home}/keyring
osd crush chooseleaf type = 0
osd pool default size = 3
osd pool default pg num = 8
mon allow pool size one = true
mon max pg per osd = 2000
[mon]
mon data = ${this.home}/mon
[mgr]
mgr data = ${this.home}/mgr
keyring = ${this.home}/mgr/keyring
[osd]
osd data = ${this.home}/osd$id
keyring = ${this.home}/osd$id/keyring
bluestore block size = ${blockBytes}
osd memory target = 939524096
[client.rgw]
keyring = ${this.home}/rgw/keyring
rgw data = ${this.home}/rgw
`;
  }

  #path(name: string): string {
    return join(this.home, name);
  }

  #admin(args: readonly string[]): void {
    this.#ceph('ceph', args);
  }

  #ceph(program: string, args: readonly string[]): void {
    this.#run(program, ['-c', this.#path('ceph.conf'), ...args]);
  }

  #run(program: string, args: readonly string[]): string {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: readyMs });
  }

  /** Runs a daemon in the foreground of its own process. */
  #daemon(program: string, args: readonly string[]): void {
    this.#daemons.push(spawn(program, ['-c', this.#path('ceph.conf'), '-f', ...args], { stdio: 'ignore' }));
  }
}
