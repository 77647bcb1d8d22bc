// The software enclave as a process: its keys outlive it, it outlives its deaths, and it does not outlive its worker.
import assert from 'node:assert/strict';
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemRng } from '@cess/crypto';
import { delay, type ErrorCode, isCessError, type Logger, silentLogger, toHex } from '@cess/primitives';
import { bls, fragmentBytes, newChain, sealed, tagRequest } from '../test-support/enclave-fixture.js';
import { authorities, genesis } from '../test-support/proven-chain.js';
import { openSealDirectory } from './seal-directory.js';
import { openSecrets, sealedStateFile, sealingKeyFile } from './sealed-state.js';
import { SoftwareEnclave, type SoftwareEnclaveInit } from './software-enclave.js';

const withCode = (code: ErrorCode) => (error: unknown) => isCessError(error, code);
const program = fileURLToPath(new URL('./enclave-process.js', import.meta.url));
const parent = fileURLToPath(new URL('../test-support/enclave-parent.js', import.meta.url));

describe('software enclave', () => {
  const root = mkdtempSync(join(tmpdir(), 'cess-enclave-'));
  const dir = join(root, 'shared');
  const pinned = { genesis, authorities };
  /** Messages of the log and who waits for them. */
  const warnings: string[] = [];
  const heard = new Map<string, () => void>();
  const note = (_fields: unknown, message: string) => heard.get(message)?.();
  const warn = (_fields: unknown, message: string) => void warnings.push(message);
  const logger: Logger = { ...silentLogger, info: note, error: note, warn };
  const when = (message: string) => new Promise<void>((resolve) => heard.set(message, resolve));
  const open = (change: Partial<SoftwareEnclaveInit> = {}) =>
    SoftwareEnclave.open({ dir, ...pinned, chainType: 'development', logger, ...change });
  let enclave: SoftwareEnclave;

  before(async () => {
    enclave = await open();
  });
  after(async () => {
    await enclave?.close();
    rmSync(root, { recursive: true, force: true });
  });

  it('TEE-2: is labelled software in what it says, its files and its log', () => {
    assert.equal(enclave.describe().kind, 'software');
    assert.match(warnings[0]!, /^SOFTWARE ENCLAVE/);
    assert.ok(readdirSync(dir).every((name) => name.startsWith('SOFTWARE')));
  });

  it('TEE-2: refuses production chains, outside and inside of the process', async () => {
    const refused = join(root, 'refused');
    const opening = open({ dir: refused, chainType: 'production' });
    await assert.rejects(opening, withCode('ENCLAVE_SOFTWARE_REFUSED'));
    assert.throws(() => readdirSync(refused));
  });

  it('runs in a process of its own', () => {
    assert.notEqual(enclave.processId, process.pid);
  });

  it('computes tags in a thread at low priority, and verdicts do not wait for them', async () => {
    const tagging = join(root, 'tagging');
    const store = openSealDirectory(tagging);
    for (const [name, bytes] of sealed.files) store.create(name, bytes);
    const known = await open({ dir: tagging });
    try {
      const request = await tagRequest(await newChain().finalize(30));
      const ended: string[] = [];
      const tags = Array.from({ length: 3 }, async () => {
        assert.equal((await known.tag(request)).signature.length, 64);
        ended.push('tags');
      });
      const evidence = known.evidenceFor(new Uint8Array(32), genesis).then(() => void ended.push('evidence'));
      await Promise.all([...tags, evidence]);
      assert.equal(ended[0], 'evidence');
      const damaged = { ...request, bytes: request.bytes.map((byte) => byte ^ 1) };
      await assert.rejects(known.tag(damaged), withCode('ROOT_MISMATCH'));
      if (process.platform === 'linux') {
        const priorities = readdirSync(`/proc/${known.processId}/task`).map((task) => getPriority(Number(task)));
        assert.equal(priorities.filter((priority) => priority === constants.priority.PRIORITY_BELOW_NORMAL).length, 1);
        assert.equal(getPriority(known.processId), constants.priority.PRIORITY_NORMAL);
      }
    } finally {
      await known.close();
    }
  });

  it('fails the call that its process dies over, starts again, and serves with the same keys', async () => {
    const back = when('restarted the enclave process');
    const request = await tagRequest(await newChain().finalize(30));
    const before = enclave.processId!;
    process.kill(before, 'SIGKILL');
    await assert.rejects(enclave.tag(request), withCode('ENCLAVE_GONE'));
    const waiting = enclave.evidenceFor(new Uint8Array(32), genesis);
    await back;
    assert.notEqual(enclave.processId, before);
    assert.equal((await waiting).length, 64);
  });

  it('does not come back with other keys when the sealed file was changed meanwhile', async () => {
    const refused = when('failed to open the restarted enclave; retrying');
    const path = join(dir, sealedStateFile);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/"sealed": "..../, '"sealed": "0000'));
    process.kill(enclave.processId!, 'SIGKILL');
    await refused;
    const back = when('restarted the enclave process');
    writeFileSync(path, text);
    await back;
    assert.equal((await enclave.evidenceFor(new Uint8Array(32), genesis)).length, 64);
  });

  it('gives up a call whose caller has gone, and all of them when it is closed', async () => {
    const request = { ...(await tagRequest(await newChain().finalize(30))), bytes: fragmentBytes };
    const leaving = new AbortController();
    const calls = [enclave.tag(request), enclave.tag(request, leaving.signal), enclave.tag(request)];
    const outcomes = Promise.allSettled(calls);
    leaving.abort();
    await enclave.close();
    const codes = (await outcomes).map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'done'));
    assert.equal(codes[1], 'ABORTED');
    assert.equal(codes[2], 'ENCLAVE_GONE');
    await assert.rejects(enclave.tag(request), withCode('ENCLAVE_GONE'));
  });

  it('has the same keys after every restart, and answers with coded refusals', async () => {
    const description = enclave.describe();
    await enclave.close();
    enclave = await open();
    assert.deepEqual(enclave.describe(), description);
    assert.equal((await enclave.evidenceFor(new Uint8Array(32), genesis)).length, 64);
    await assert.rejects(enclave.evidenceFor(new Uint8Array(32), new Uint8Array(32)), withCode('ENCLAVE_GENESIS'));
    const request = await tagRequest(await newChain().finalize(30));
    await assert.rejects(enclave.tag(request), withCode('KEY_UNKNOWN'));
  });

  it('killed at any moment of its first start it leaves a directory that opens', async () => {
    for (const moment of ['starting', '.', sealingKeyFile, sealedStateFile]) {
      const dir = join(root, `killed ${moment}`);
      const child = fork(program, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      const exited = once(child, 'exit');
      const request = { dir, ...pinned, chainType: 'development' } as const;
      child.send({ id: 1, method: 'open', args: [request] });
      // What another process writes can only be looked for.
      while (moment !== 'starting' && !existsSync(join(dir, moment)) && child.exitCode === null) await delay(1);
      child.kill('SIGKILL');
      assert.equal((await exited)[1], 'SIGKILL', moment);
      const secrets = openSecrets(openSealDirectory(dir), pinned, bls, systemRng);
      assert.deepEqual(openSecrets(openSealDirectory(dir), pinned, bls, systemRng), secrets, moment);
      assert.deepEqual(readdirSync(dir).sort(), [sealedStateFile, sealingKeyFile].sort(), moment);
    }
  });

  it('ends when its worker is killed', async () => {
    await enclave.close();
    const child = spawn(process.execPath, [parent, dir, toHex(genesis)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const pid = Number((await lines.next()).value);
    assert.ok(isAlive(pid));
    child.kill('SIGKILL');
    await once(child, 'exit');
    // The end of a process that is not ours can only be looked for.
    const until = Date.now() + 10_000;
    while (isAlive(pid) && Date.now() < until) await delay(20);
    assert.ok(!isAlive(pid));
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
