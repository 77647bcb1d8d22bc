import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { x25519PairFromSecret } from '@cess/crypto';
import { utf8 } from '@cess/primitives';
import fc from 'fast-check';
import { decodeExportFile, encodeExportFile, readExportHeader } from './export-file.js';
import { newExportKey, openExportKeys, wrapExportKeys } from './export-keys.js';

const pairOf = (seed: number) => x25519PairFromSecret(new Uint8Array(32).fill(seed));
const id = (seed: number) => new Uint8Array(32).fill(seed);
const [owner, other] = [pairOf(1), pairOf(2)];
const key = newExportKey(3);
const keys = wrapExportKeys([key], [owner.publicKey]);
const header = { genesis: id(1), owner: id(2), gateway: id(3), number: 5, kind: 'delta' as const, keys };
const entries = [
  { key: utf8('o/b\0gone'), value: undefined },
  { key: utf8('o/b\0k'), value: new Uint8Array(200_000).fill(5) },
];
const body = { madeAtMs: 9, base: [id(4)], entries, account: undefined };
const encoded = () => encodeExportFile(header, body, key);

describe('a file of an exported index', () => {
  it('gives back what it was made of', async () => {
    const file = await encoded();
    const opened = await decodeExportFile(file, openExportKeys(readExportHeader(file).keys, owner));
    assert.deepEqual(opened.body, body);
    assert.deepEqual(
      { ...opened.header, streamId: 0, streamKey: 0 },
      { ...header, generation: 3, streamId: 0, streamKey: 0 },
    );
  });

  it('is compressed', async () => {
    assert.ok((await encoded()).length < 3_000);
  });

  it('shows nothing of its entries without a key', async () => {
    const file = Buffer.from(await encoded());
    assert.equal(file.includes('gone'), false);
    assert.throws(() => openExportKeys(readExportHeader(file).keys, other), { code: 'EXPORT_KEY_MISSING' });
    await assert.rejects(decodeExportFile(file, [newExportKey(3)]), { code: 'EXPORT_INVALID' });
    await assert.rejects(decodeExportFile(file, []), { code: 'EXPORT_KEY_MISSING' });
  });

  it('cut off anywhere, is refused', async () => {
    const file = await encoded();
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), async (length) => {
        await assert.rejects(decodeExportFile(file.subarray(0, length), [key]), { code: 'EXPORT_INVALID' });
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('with a flipped bit in its sealed part, is refused', async () => {
    const file = await encoded();
    const start = 12 + new DataView(file.buffer, file.byteOffset + 8, 4).getUint32(0, true);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: start, max: file.length - 1 }), fc.nat(7), async (at, bit) => {
        const flipped = Uint8Array.from(file);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        await assert.rejects(decodeExportFile(flipped, [key]), { code: 'EXPORT_INVALID' });
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  it('of arbitrary bytes, is refused and nothing else happens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const file = Uint8Array.from([...utf8('CESSIDX1'), ...bytes]);
        await assert.rejects(decodeExportFile(file, [key]), { code: 'EXPORT_INVALID' });
      }),
      { seed: 3 },
    );
  });
});

describe('the keys of an export', () => {
  it('open for every recipient, and for no former one after a new generation', () => {
    const [first, second] = [newExportKey(1), newExportKey(2)];
    const shared = wrapExportKeys([first], [owner.publicKey, other.publicKey]);
    assert.deepEqual(openExportKeys(shared, other), [first]);
    const later = wrapExportKeys([first, second], [owner.publicKey]);
    assert.deepEqual(openExportKeys(later, owner), [first, second]);
    assert.throws(() => openExportKeys(later, other), { code: 'EXPORT_KEY_MISSING' });
  });

  it('are fresh for every file: equal bodies give other bytes', async () => {
    assert.notDeepEqual(await encoded(), await encoded());
  });
});
