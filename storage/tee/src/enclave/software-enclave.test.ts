// The software enclave as a process: its keys outlive it, it outlives its deaths, and it does not outlive its worker.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { delay, isCessError, type Logger, silentLogger } from '@cess/primitives';
import { fragmentBytes, newChain, tagRequest } from '../test-support/enclave-fixture.js';
import { authorities, genesis } from '../test-support/proven-chain.js';
import { sealedStateFile } from './sealed-state.js';
import { SoftwareEnclave, type SoftwareEnclaveInit } from './software-enclave.js';

const withCode = (code: string) => (error: unknown) => isCessError(error, code);
const parent = fileURLToPath(new URL('../test-support/enclave-parent.js', import.meta.url));

describe('software enclave', () => {
  const root = mkdtempSync(join(tmpdir(), 'cess-enclave-'));
  const opened: SoftwareEnclave[] = [];
  let directories = 0;
  const newDirectory = () => join(root, String(directories++));
  async function open(dir: string, change: Partial<SoftwareEnclaveInit> = {}): Promise<SoftwareEnclave> {
    const logger = silentLogger;
    const enclave = await SoftwareEnclave.open({
      dir,
      genesis,
      authorities,
      chainType: 'development',
      logger,
      ...change,
    });
    opened.push(enclave);
    return enclave;
  }

  afterEach(async () => {
    for (const enclave of opened.splice(0)) await enclave.close();
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  /** A logger that tells when a message comes. */
  function listening() {
    const heard = new Map<string, () => void>();
    const note = (_fields: unknown, message: string) => heard.get(message)?.();
    const logger: Logger = { ...silentLogger, info: note, error: note, warn: note };
    const when = (message: string) => new Promise<void>((resolve) => heard.set(message, resolve));
    return { logger, when };
  }

  it('TEE-2: is labelled software in what it says, its files and its log', async () => {
    const warnings: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (_fields, message) => void warnings.push(message) };
    const dir = newDirectory();
    const enclave = await open(dir, { logger });
    assert.equal(enclave.describe().kind, 'software');
    assert.match(warnings[0]!, /^SOFTWARE ENCLAVE/);
    assert.ok(readdirSync(dir).every((name) => name.startsWith('SOFTWARE')));
  });

  it('TEE-2: refuses production chains, outside and inside of the process', async () => {
    const dir = newDirectory();
    await assert.rejects(open(dir, { chainType: 'production' }), withCode('ENCLAVE_SOFTWARE_REFUSED'));
    assert.throws(() => readdirSync(dir));
  });

  it('runs in a process of its own, at low priority', async () => {
    const enclave = await open(newDirectory());
    assert.notEqual(enclave.processId, process.pid);
    assert.ok(getPriority(enclave.processId) >= constants.priority.PRIORITY_BELOW_NORMAL);
  });

  it('has the same keys after every restart, and answers with coded refusals', async () => {
    const dir = newDirectory();
    const first = await open(dir);
    const description = first.describe();
    await first.close();
    const second = await open(dir);
    assert.deepEqual(second.describe(), description);
    assert.equal((await second.evidenceFor(new Uint8Array(32), genesis)).length, 64);
    await assert.rejects(second.evidenceFor(new Uint8Array(32), new Uint8Array(32)), withCode('ENCLAVE_GENESIS'));
    const request = await tagRequest(await newChain().finalize(30));
    await assert.rejects(second.tag(request), withCode('KEY_UNKNOWN'));
  });

  it('fails the call that its process dies over, starts again, and serves with the same keys', async () => {
    const { logger, when } = listening();
    const enclave = await open(newDirectory(), { logger });
    const back = when('the enclave process is back');
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
    const { logger, when } = listening();
    const dir = newDirectory();
    const enclave = await open(dir, { logger });
    const refused = when('the enclave process could not be opened');
    const path = join(dir, sealedStateFile);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/"sealed": "..../, '"sealed": "0000'));
    process.kill(enclave.processId!, 'SIGKILL');
    await refused;
    const back = when('the enclave process is back');
    writeFileSync(path, text);
    await back;
    assert.equal((await enclave.evidenceFor(new Uint8Array(32), genesis)).length, 64);
  });

  it('gives up a call whose caller has gone, and all of them when it is closed', async () => {
    const enclave = await open(newDirectory());
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

  it('killed at any moment of its first start it leaves a directory that opens', async () => {
    for (const afterMs of [30, 250, 400, 600]) {
      const dir = newDirectory();
      const child = spawn(process.execPath, [parent, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
      await once(child, 'exit');
      clearTimeout(timer);
      const enclave = await open(dir);
      const description = enclave.describe();
      await enclave.close();
      assert.deepEqual((await open(dir)).describe(), description);
    }
  });

  it('ends when its worker is killed', async () => {
    const child = spawn(process.execPath, [parent, newDirectory()], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    await lines.next();
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
