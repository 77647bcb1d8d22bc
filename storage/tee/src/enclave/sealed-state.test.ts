// The sealed files of a software enclave: complete or not at all, and never taken for what they are not.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type ErrorCode, fromUtf8, isCessError, utf8 } from '@cess/primitives';
import { bls, MemorySealStore, sealed, secrets, seededRng } from '../test-support/enclave-fixture.js';
import { authorities, genesis } from '../test-support/proven-chain.js';
import { openSealDirectory } from './seal-directory.js';
import { openSecrets, type SealStore, sealedStateFile, sealingKeyFile } from './sealed-state.js';

const withCode = (code: ErrorCode) => (error: unknown) => isCessError(error, code);
const open = (store: SealStore, seed = 'seal') => openSecrets(store, { genesis, authorities }, bls, seededRng(seed));

/** The sealed directory with one file changed, or taken away. */
function withFile(name: string, change: (bytes: Uint8Array) => Uint8Array | undefined): MemorySealStore {
  const store = new MemorySealStore();
  for (const [file, bytes] of sealed.files) {
    const changed = file === name ? change(bytes.slice()) : bytes;
    if (changed !== undefined) store.files.set(file, changed);
  }
  return store;
}
const withJson = (change: Record<string, unknown>) =>
  withFile(sealedStateFile, (bytes) => utf8(JSON.stringify({ ...JSON.parse(fromUtf8(bytes)), ...change })));

describe('sealed state', () => {
  it('opens to the same secrets, with the authorities that were pinned and no others', () => {
    const others = { setId: 9n, authorities: [{ key: new Uint8Array(32), weight: 1n }] };
    const again = openSecrets(sealed, { genesis, authorities: others }, bls, seededRng('other'));
    assert.deepEqual(again, secrets);
    assert.deepEqual(again.authorities, authorities);
  });

  it('says in the clear that it is for development only, and nothing secret', () => {
    const text = fromUtf8(sealed.files.get(sealedStateFile)!);
    assert.match(text, /DEVELOPMENT ONLY/);
    for (const secret of [secrets.signerSeed, secrets.tagSecret.x, secrets.tagSecret.alpha])
      assert.ok(!text.includes(Buffer.from(secret).toString('hex')));
  });

  it('a file that was changed anywhere, or sealed under another key, is refused', () => {
    const file = JSON.parse(fromUtf8(sealed.files.get(sealedStateFile)!)) as { sealed: string; nonce: string };
    const digit = (text: string, at: number) => text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1);
    for (const at of [0, 1, 1000, file.sealed.length - 1]) {
      assert.throws(() => open(withJson({ sealed: digit(file.sealed, at) })), withCode('ENCLAVE_SEAL_BROKEN'));
    }
    const broken: MemorySealStore[] = [
      withJson({ nonce: digit(file.nonce, 3) }),
      withJson({ sealed: file.sealed.slice(2) }),
      withJson({ sealed: '' }),
      withJson({ format: 'cess-key' }),
      withFile(sealedStateFile, () => utf8('{')),
      withFile(sealingKeyFile, () => new Uint8Array(32)),
      withFile(sealingKeyFile, (bytes) => bytes.subarray(1)),
    ];
    for (const store of broken) assert.throws(() => open(store), withCode('ENCLAVE_SEAL_BROKEN'));
  });

  it('keys whose sealing key is gone are not replaced by new ones', () => {
    const store = withFile(sealingKeyFile, () => undefined);
    assert.throws(() => open(store), withCode('ENCLAVE_SEAL_BROKEN'));
    assert.deepEqual([...store.files.keys()], [sealedStateFile]);
  });

  it('another network and another version are refused, also when the file only says so', () => {
    const foreign = { genesis: new Uint8Array(32), authorities };
    assert.throws(() => openSecrets(sealed, foreign, bls, seededRng('x')), withCode('ENCLAVE_GENESIS'));
    assert.throws(
      () => openSecrets(withJson({ genesis: '00'.repeat(32) }), foreign, bls, seededRng('x')),
      withCode('ENCLAVE_SEAL_BROKEN'),
    );
    assert.throws(() => open(withJson({ version: 2 })), withCode('ENCLAVE_SEAL_VERSION'));
  });

  it('a crash before any of its writes leaves a directory that the next start makes whole', () => {
    for (const survived of [0, 1]) {
      const store = new MemorySealStore();
      let writes = 0;
      const failing: SealStore = {
        read: (name) => store.read(name),
        create: (name, bytes) => {
          if (writes++ === survived) throw new Error('power cut');
          return store.create(name, bytes);
        },
      };
      assert.throws(() => open(failing, `crash ${survived}`), /power cut/);
      assert.equal(store.files.size, survived);
      const first = open(store, `after ${survived}`);
      assert.deepEqual(open(store), first);
    }
  });

  it('of two that are first at once the keys on disk are those of both', () => {
    const store = new MemorySealStore();
    const late: SealStore = {
      read: (name) => store.read(name),
      create: (name, bytes) => {
        if (name === sealedStateFile) open(store, 'the other');
        return store.create(name, bytes);
      },
    };
    assert.deepEqual(open(late, 'this one'), open(store));
  });
});

describe('directory of the sealed files', () => {
  const dir = mkdtempSync(join(tmpdir(), 'cess-seal-'));
  after(() => rmSync(dir, { recursive: true, force: true }));

  it('writes files that only their owner can read, once, and leaves nothing else behind', () => {
    const fresh = join(dir, 'fresh');
    const store = openSealDirectory(fresh);
    assert.equal(store.read('a'), undefined);
    assert.equal(store.create('a', utf8('first')), true);
    assert.equal(store.create('a', utf8('second')), false);
    assert.equal(fromUtf8(store.read('a')!), 'first');
    assert.deepEqual(readdirSync(fresh), ['a']);
    assert.equal(statSync(join(fresh, 'a')).mode & 0o777, 0o600);
    assert.equal(statSync(fresh).mode & 0o777, 0o700);
  });

  it('removes what a crash in the middle of a write left', () => {
    const torn = join(dir, 'torn');
    openSealDirectory(torn);
    writeFileSync(join(torn, 'a.123.tmp'), 'half');
    const store = openSealDirectory(torn);
    assert.ok(!existsSync(join(torn, 'a.123.tmp')));
    assert.equal(store.create('a', utf8('whole')), true);
  });

  it('refuses files that others can read', () => {
    const exposed = join(dir, 'exposed');
    const store = openSealDirectory(exposed);
    store.create('a', utf8('secret'));
    chmodSync(join(exposed, 'a'), 0o640);
    assert.throws(() => store.read('a'), withCode('ENCLAVE_SEAL_EXPOSED'));
  });
});
