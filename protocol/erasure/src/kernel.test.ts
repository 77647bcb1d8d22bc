import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCessError, toHex } from '@cess/primitives';
import fc from 'fast-check';
import { createErasureKernel, createSharedMemory, ErasureCoder, erasureScratchSizeBytes } from './index.js';
import { codingMatrix } from './matrix.js';
import { testBytes } from './test-support/bytes.js';
import { independentEncode } from './test-support/independent-code.js';
import { slowEncode, slowMatrix } from './test-support/slow-code.js';

const guard = 0xa5;

interface Placed {
  readonly memory: ReturnType<typeof createSharedMemory>;
  readonly bytes: Uint8Array;
  readonly shardOffsets: number[];
  readonly data: Uint8Array[];
}

/** Data shards placed at odd offsets with guard bytes between all shards. */
function place(k: number, n: number, shardLength: number, salt: number): Placed {
  const stride = shardLength + 37;
  const memory = createSharedMemory(erasureScratchSizeBytes + n * stride + 64);
  const bytes = new Uint8Array(memory.buffer);
  bytes.fill(guard, erasureScratchSizeBytes);
  const shardOffsets = Array.from({ length: n }, (_, i) => erasureScratchSizeBytes + 5 + i * stride);
  const data = Array.from({ length: k }, (_, i) => testBytes(shardLength, salt * 1000 + i));
  data.forEach((shard, i) => {
    bytes.set(shard, shardOffsets[i]!);
  });
  return { memory, bytes, shardOffsets, data };
}

function read({ bytes, shardOffsets }: Placed, shard: number, length: number): Uint8Array {
  return bytes.slice(shardOffsets[shard]!, shardOffsets[shard]! + length);
}

function assertGuards(placed: Placed, length: number): void {
  placed.shardOffsets.forEach((offset, i) => {
    const after = placed.bytes.slice(offset + length, offset + length + 32);
    assert.deepEqual(after, new Uint8Array(32).fill(guard), `bytes after shard ${i} are untouched`);
  });
}

const codes = fc.integer({ min: 1, max: 20 }).chain((k) => fc.integer({ min: k, max: 32 }).map((n) => ({ k, n })));
const lengths = fc.oneof(fc.integer({ min: 1, max: 130 }), fc.constantFrom(4095, 4096, 4097, 4128, 8192 + 33));

test('STORE: the coding matrix equals the one written out slowly, and starts with the identity', () => {
  for (const [k, n] of [
    [1, 1],
    [1, 5],
    [2, 3],
    [4, 12],
    [10, 30],
    [17, 33],
  ] as const) {
    const matrix = codingMatrix(k, n);
    assert.deepEqual([...matrix.values], slowMatrix(k, n).flat(), `${k} of ${n}`);
    for (let r = 0; r < k; r++) {
      for (let c = 0; c < k; c++) assert.equal(matrix.values[r * k + c], r === c ? 1 : 0);
    }
  }
});

test('encode equals the slow code and an independent implementation for any code and length, and writes nothing else', () => {
  fc.assert(
    fc.property(codes, lengths, fc.nat(1000), ({ k, n }, length, salt) => {
      const placed = place(k, n, length, salt);
      const kernel = createErasureKernel(placed.memory, 0);
      kernel.encode({ k, n, shardLength: length, shardOffsets: placed.shardOffsets });
      const parity = Array.from({ length: n - k }, (_, i) => read(placed, k + i, length));
      if (length <= 130) assert.deepEqual(parity, slowEncode(k, n, placed.data).slice(k));
      if (n > k) assert.deepEqual(parity, independentEncode(k, n, placed.data));
      placed.data.forEach((shard, i) => {
        assert.deepEqual(read(placed, i, length), shard);
      });
      assertGuards(placed, length);
    }),
    { seed: 7, numRuns: 150 },
  );
});

test('any k shards give any other shard, data or parity, for every choice of 4 of 12', () => {
  const [k, n, length] = [4, 12, 71];
  const placed = place(k, n, length, 1);
  const kernel = createErasureKernel(placed.memory, 0);
  kernel.encode({ k, n, shardLength: length, shardOffsets: placed.shardOffsets });
  const shards = Array.from({ length: n }, (_, i) => read(placed, i, length));
  for (let mask = 0; mask < 1 << n; mask++) {
    const present = Array.from({ length: n }, (_, i) => i).filter((i) => (mask >> i) & 1);
    if (present.length !== k) continue;
    const wanted = Array.from({ length: n }, (_, i) => i).filter((i) => !((mask >> i) & 1));
    for (const i of wanted) placed.bytes.fill(0, placed.shardOffsets[i]!, placed.shardOffsets[i]! + length);
    kernel.reconstruct({ k, n, shardLength: length, shardOffsets: placed.shardOffsets, present, wanted });
    for (const i of wanted) assert.deepEqual(read(placed, i, length), shards[i], `shard ${i} from ${present}`);
  }
  assertGuards(placed, length);
});

test('reconstruct works for random codes, patterns and lengths, with more shards present than needed', () => {
  const cases = codes.chain(({ k, n }) =>
    fc.record({
      k: fc.constant(k),
      n: fc.constant(n),
      order: fc.shuffledSubarray(
        Array.from({ length: n }, (_, i) => i),
        { minLength: n, maxLength: n },
      ),
      extra: fc.nat(n - k),
      length: lengths,
    }),
  );
  fc.assert(
    fc.property(cases, ({ k, n, order, extra, length }) => {
      const placed = place(k, n, length, 2);
      const kernel = createErasureKernel(placed.memory, 0);
      kernel.encode({ k, n, shardLength: length, shardOffsets: placed.shardOffsets });
      const shards = Array.from({ length: n }, (_, i) => read(placed, i, length));
      const present = order.slice(0, k + extra);
      const wanted = order.slice(k + extra);
      for (const i of wanted) placed.bytes.fill(0, placed.shardOffsets[i]!, placed.shardOffsets[i]! + length);
      kernel.reconstruct({ k, n, shardLength: length, shardOffsets: placed.shardOffsets, present, wanted });
      for (const i of wanted) assert.deepEqual(read(placed, i, length), shards[i]);
      assertGuards(placed, length);
    }),
    { seed: 8, numRuns: 100 },
  );
});

test('the largest codes work: 128 of 256 and 255 of 256', () => {
  for (const k of [128, 255]) {
    const n = 256;
    const data = Array.from({ length: k }, (_, i) => testBytes(50, i));
    const coder = new ErasureCoder({ k, n });
    const parity = coder.encode(data);
    assert.deepEqual(parity, independentEncode(k, n, data));
    const lost = Array.from({ length: n - k }, (_, i) => i);
    const shards = [...data, ...parity].map((shard, i) => (i < n - k ? undefined : shard));
    assert.deepEqual(coder.reconstruct(shards, lost), data.slice(0, n - k));
  }
});

test('vectors: parity of 4 + 8 and 2 + 1', () => {
  const data = ['00010203', '04050607', '08090a0b', '0c0d0e0f'].map((hex) => new Uint8Array(Buffer.from(hex, 'hex')));
  assert.deepEqual(new ErasureCoder({ k: 4, n: 12 }).encode(data).map(toHex), [
    '10111213',
    '14151617',
    '18191a1b',
    '1c1d1e1f',
    '20212223',
    '24252627',
    '28292a2b',
    '2c2d2e2f',
  ]);
  assert.deepEqual(new ErasureCoder({ k: 2, n: 3 }).encode(data.slice(0, 2)).map(toHex), ['08090a0b']);
});

test('fewer than k shards is a coded error, in the kernel and in the coder', () => {
  const placed = place(4, 12, 40, 3);
  const kernel = createErasureKernel(placed.memory, 0);
  const job = { k: 4, n: 12, shardLength: 40, shardOffsets: placed.shardOffsets, present: [0, 5, 7], wanted: [1] };
  const tooFew = (error: unknown) => isCessError(error, 'ERASURE_TOO_FEW_SHARDS');
  assert.throws(() => kernel.reconstruct(job), tooFew);
  const shards = Array.from({ length: 12 }, (_, i) => (i < 3 ? new Uint8Array(4) : undefined));
  assert.throws(() => new ErasureCoder({ k: 4, n: 12 }).reconstruct(shards, [5]), tooFew);
});

test('jobs that would touch the scratch area or memory outside, or name a shard twice, are refused', () => {
  const placed = place(2, 4, 64, 4);
  const kernel = createErasureKernel(placed.memory, 0);
  const good = { k: 2, n: 4, shardLength: 64, shardOffsets: placed.shardOffsets };
  const withOffset = (offset: number) => ({ ...good, shardOffsets: [...placed.shardOffsets.slice(0, 3), offset] });
  assert.throws(() => kernel.encode(withOffset(erasureScratchSizeBytes - 1)), /scratch/);
  assert.throws(() => kernel.encode(withOffset(placed.memory.buffer.byteLength - 63)), /memory/);
  assert.throws(() => kernel.encode(withOffset(-1)), /memory/);
  assert.throws(() => kernel.encode({ ...good, shardOffsets: placed.shardOffsets.slice(1) }), /offset/);
  assert.throws(() => kernel.encode({ ...good, shardLength: 0 }), /byte/);
  assert.throws(() => kernel.encode({ ...good, k: 5 }), /code/);
  assert.throws(() => kernel.reconstruct({ ...good, present: [0, 1], wanted: [1] }), /distinct/);
  assert.throws(() => kernel.reconstruct({ ...good, present: [0, 1], wanted: [4] }), /below n/);
  assert.throws(() => createErasureKernel(placed.memory, 8), /multiple of 16/);
  assert.throws(() => createErasureKernel(createSharedMemory(65_536), 0), /inside the memory/);
});

test('one kernel may change between codes and patterns, beyond what its cache of tables holds', () => {
  const placed = place(4, 40, 33, 5);
  const kernel = createErasureKernel(placed.memory, 0);
  const job = { k: 4, n: 40, shardLength: 33, shardOffsets: placed.shardOffsets };
  kernel.encode(job);
  const shards = Array.from({ length: 40 }, (_, i) => read(placed, i, 33));
  for (let i = 0; i < 1500; i++) {
    const present = [i % 40, (i * 7 + 1) % 40, (i * 11 + 2) % 40, (i * 13 + 3) % 40, (i * 17 + 5) % 40];
    const distinct = [...new Set(present)];
    if (distinct.length < 4) continue;
    const wanted = shards.map((_, shard) => shard).filter((shard) => !distinct.includes(shard));
    kernel.reconstruct({ ...job, present: distinct, wanted });
    if (i % 100 === 0) kernel.encode(job);
  }
  assert.deepEqual(
    shards.map((_, i) => read(placed, i, 33)),
    shards,
  );
});
