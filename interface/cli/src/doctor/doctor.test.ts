// IFACE-1: every check of `cess doctor` can say that all is well, and names what is wrong with what to do about it.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { NetworkStatus } from '@cess/node-api';
import { GiB } from '@cess/primitives';
import type { Finding } from './finding.js';
import { checkChainSpec, checkCredentials, checkDisk, checkHome, checkSecrets } from './home.js';
import { checkMemory, checkNode, checkOpenFiles } from './machine.js';
import { checkStatus } from './network.js';
import { checkTerritory } from './owner.js';

function assertVerdict({ verdict, mend, found }: Finding, expected: Finding['verdict'], text: RegExp): void {
  assert.equal(verdict, expected, found);
  assert.match(`${found} ${mend ?? ''}`, text);
  assert.equal(
    mend !== undefined,
    expected === 'warning' || expected === 'problem',
    'there is advice where it is needed',
  );
}

describe('cess doctor: the machine', () => {
  it('Node.js', () => {
    assertVerdict(checkNode(), 'ok', /^\d+\./);
    for (const old of ['18.20.4', '20.18.3']) assertVerdict(checkNode(old), 'problem', /Install Node\.js 20\.19/);
    for (const fit of ['20.19.0', '22.1.0', '24.0.0']) assertVerdict(checkNode(fit), 'ok', /^2/);
  });

  it('memory and open files', () => {
    assertVerdict(checkMemory(), 'ok', /available/);
    assertVerdict(checkMemory(GiB), 'warning', /1\.0 GiB available/);
    assertVerdict(checkOpenFiles(1_024), 'warning', /ulimit -n 4096/);
    assertVerdict(checkOpenFiles(Number.POSITIVE_INFINITY), 'ok', /unlimited/);
    assertVerdict(
      checkOpenFiles(undefined),
      process.platform === 'linux' ? 'ok' : 'skipped',
      /each process|does not say/,
    );
  });
});

describe('cess doctor: the home', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cess-doctor-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('a folder that is there, one that will be made, and a file in its place', () => {
    assertVerdict(checkHome(folder), 'ok', /cess-doctor/);
    assertVerdict(checkHome(join(folder, 'new', 'home')), 'ok', /does not exist yet/);
    const file = join(folder, 'file');
    writeFileSync(file, '');
    assertVerdict(checkHome(join(file, 'home')), 'problem', /is no folder.*--home/);
    assertVerdict(checkDisk(folder, 1), 'ok', /free/);
    assertVerdict(checkDisk(folder, Number.MAX_SAFE_INTEGER), 'warning', /Free some space/);
  });

  it('secrets that others can read are named with the command that mends it', () => {
    const home = join(folder, 'open');
    mkdirSync(join(home, 'keys'), { recursive: true });
    assertVerdict(checkSecrets(home), 'skipped', /none yet/);
    const key = join(home, 'keys', 'owner.json');
    writeFileSync(key, '{}');
    chmodSync(key, 0o640);
    writeFileSync(`${key}.voter.lock`, '', { mode: 0o644 });
    assertVerdict(checkSecrets(home), 'problem', new RegExp(`chmod 600 ${key}`));
    chmodSync(key, 0o600);
    assertVerdict(checkSecrets(home), 'ok', /1 files/);
  });

  it('files that cannot be used', () => {
    const home = join(folder, 'broken');
    mkdirSync(home);
    assertVerdict(checkCredentials(home), 'skipped', /none yet/);
    assertVerdict(checkChainSpec(home), 'skipped', /none yet/);
    for (const name of ['credentials.json', 'chain-spec.json']) writeFileSync(join(home, name), '{"name":');
    assertVerdict(checkCredentials(home), 'problem', /cannot be used.*npm start/);
    assertVerdict(checkChainSpec(home), 'problem', /cannot be used.*Restore it/);
    writeFileSync(join(home, 'chain-spec.json'), '{"name":"test","authorities":[1,2]}');
    assertVerdict(checkChainSpec(home), 'ok', /"test", 2 authorities/);
  });
});

describe('cess doctor: the network', () => {
  const well: NetworkStatus = {
    pid: 1,
    uptimeSeconds: 60,
    home: '/home',
    metrics: 'http://127.0.0.1:9615/metrics',
    chain: { genesis: '00', rpc: 'ws://127.0.0.1:9944', best: 9, finalized: 8, paused: false, validators: [] },
    gateway: {
      s3: 'http://127.0.0.1:9000',
      console: null,
      undeclared: 0,
      unexportedSeconds: 3,
      setAside: {},
      unrecorded: {},
    },
    tee: { name: 'tee', running: true, worker: 0, endpoint: 'http://127.0.0.1:1' },
    providers: [
      { name: 'provider-01', running: true, miner: 0, endpoint: 'http://127.0.0.1:2', usedBytes: 0, fragments: 0 },
    ],
  };
  const verdicts = (status: NetworkStatus) =>
    Object.fromEntries(checkStatus(status).map((finding) => [finding.check, finding]));

  it('is well where nothing waits for the operator', () => {
    for (const finding of checkStatus(well)) assertVerdict(finding, 'ok', /./);
  });

  it('names every part that stands, and what the operator does about it', () => {
    const { chain, gateway, tee, providers } = well;
    const ill = verdicts({
      ...well,
      chain: { ...chain, paused: true },
      gateway: { ...gateway, unexportedSeconds: 900, setAside: { declarer: 2 }, unrecorded: { Frozen: 1 } },
      tee: { ...tee, running: false },
      providers: providers.map((provider) => ({ ...provider, running: false })),
    });
    assertVerdict(ill['authoring']!, 'problem', /chain resume/);
    assertVerdict(ill['providers']!, 'warning', /provider-01.*provider start/);
    assertVerdict(ill['TEE worker']!, 'problem', /nothing is tagged/);
    assertVerdict(ill['background work']!, 'problem', /declarer: 2.*devnet retry/);
    assertVerdict(ill['unrecorded files']!, 'problem', /Frozen: 1/);
    assertVerdict(ill['index export']!, 'warning', /900 s/);
    const off = verdicts({ ...well, gateway: { ...gateway, unexportedSeconds: null } });
    assertVerdict(off['index export']!, 'skipped', /switched off/);
    const validators = [{ name: 'authority-02', running: false, best: 0, finalized: 0 }];
    const stopped = verdicts({ ...well, chain: { ...chain, validators } });
    assertVerdict(stopped['authoring']!, 'warning', /authority-02.*validator start/);
  });

  it('territories: leases that end and space that runs out', () => {
    const space = { state: 'Active', total_space: 100n, locked_space: 50n, remaining_space: 10n };
    assertVerdict(checkTerritory('t', space, 30), 'ok', /60 B of 100 B left, for 30 days/);
    assertVerdict(checkTerritory('t', space, 3), 'warning', /ends in 3\.0 days.*territory renew t/);
    assertVerdict(
      checkTerritory('t', { ...space, locked_space: 0n, remaining_space: 5n }, 30),
      'warning',
      /territory expand t/,
    );
    assertVerdict(checkTerritory('t', { ...space, state: 'Frozen' }, -1), 'problem', /has ended \(Frozen\)/);
  });
});
