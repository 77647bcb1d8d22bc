// A process whose files may not grow beyond a limit: it writes until a commit fails, raises the limit, and writes again. It
// prints what happened as JSON. Started by lmdb-kv.test.ts with the directory as its argument.
import { execFileSync } from 'node:child_process';
import { isCessError } from '@cess/primitives';
import { openLmdb } from '../index.js';

const path = process.argv[2] ?? '';
const unhandled: string[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(String(reason)));
const kv = openLmdb({ path });
const acknowledged: number[] = [];
const codes: string[] = [];

async function put(i: number): Promise<void> {
  const value = new Uint8Array(100_000).fill(i);
  try {
    await kv.write([{ type: 'put', key: Uint8Array.of(i), value }], { durable: i % 2 === 0 });
    acknowledged.push(i);
  } catch (error) {
    codes.push(isCessError(error) ? error.code : String(error));
  }
}

for (let i = 0; i < 8; i++) await put(i);
await Promise.all([8, 9, 10].map(put));
const [isLimited] = process.argv.slice(3);
if (isLimited === undefined) {
  execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited']);
  for (let i = 20; i < 24; i++) await put(i);
  await Promise.all([24, 25, 26].map(put));
}
await kv.close();
const again = openLmdb({ path });
const readable = acknowledged.filter((i) => again.get(Uint8Array.of(i))?.every((byte) => byte === i));
await again.close();
await new Promise((resolve) => setImmediate(resolve));
process.stdout.write(JSON.stringify({ acknowledged, readable, codes, unhandled }));
