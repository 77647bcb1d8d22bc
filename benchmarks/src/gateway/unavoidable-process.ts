// Child process: the unavoidable costs of a gateway, each measured alone with the cheapest implementation. CPU seconds per MB
// (10^6 bytes) of plaintext at 4 of 12. The fragment tree is hashed by blocks and nodes, and frames are sealed one by one. The
// V8 nursery is as small as in the gateway's workers: with a large one, AES-GCM through Node's API costs more.
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { createErasureKernel, createSharedMemory, erasureScratchSizeBytes } from '@cess/erasure';
import { MiB } from '@cess/primitives';
import { framePlaintextSizeBytes, frameSizeBytes, treeRootOf } from '@cess/sealing';
import { Child, serveParent } from '../support/child.js';
import { cpuSecondsOf, median, ownCpuSeconds } from '../support/measure.js';

const [k, n] = [4, 12];
const perMB = (seconds: number, bytes: number): number => (seconds / bytes) * 1e6;
const block = Buffer.alloc(4 * MiB, 0x5a);
const frame = block.subarray(0, framePlaintextSizeBytes);
const [key, nonce, aad] = [Buffer.alloc(32, 1), Buffer.alloc(12), Buffer.alloc(41)];

function hashCost(algorithm: string): number {
  const seconds = cpuSecondsOf(() => {
    const hash = createHash(algorithm);
    for (let at = 0; at < block.length; at += 65_536) hash.update(block.subarray(at, at + 65_536));
    hash.digest();
  });
  return perMB(seconds, block.length);
}

function sealCost(): number {
  const seconds = cpuSecondsOf(() => {
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(aad);
    cipher.update(frame);
    cipher.final();
    cipher.getAuthTag();
  });
  return perMB(seconds, frame.length);
}

function openCost(): number {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(aad);
  const sealed = Buffer.concat([cipher.update(frame), cipher.final()]);
  const tag = cipher.getAuthTag();
  const seconds = cpuSecondsOf(() => {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
    decipher.setAAD(aad);
    decipher.setAuthTag(tag);
    decipher.update(sealed);
    decipher.final();
  });
  return perMB(seconds, frame.length);
}

function erasureCost(): number {
  const memory = createSharedMemory(erasureScratchSizeBytes + n * MiB);
  const kernel = createErasureKernel(memory, 0);
  const shardOffsets = Array.from({ length: n }, (_, i) => erasureScratchSizeBytes + i * MiB);
  return perMB(
    cpuSecondsOf(() => kernel.encode({ k, n, shardLength: MiB, shardOffsets })),
    k * MiB,
  );
}

const treeCost = (): number =>
  perMB(
    cpuSecondsOf(() => void treeRootOf(block)),
    block.length,
  );

async function socketCosts(): Promise<{ write: number; read: number }> {
  const child = new Child(new URL('./sink-process.js', import.meta.url));
  const ports = await child.ask<{ sink: number; source: number }>('start');
  const write = median(await repeat(5, () => writeRound(ports.sink)));
  const read = median(await repeat(5, () => readRound(ports.source)));
  await child.stop();
  return { write, read };
}

async function repeat(times: number, work: () => Promise<number>): Promise<number[]> {
  await work();
  const values: number[] = [];
  for (let i = 0; i < times; i++) values.push(await work());
  return values;
}

const connected = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('connect', () => resolve()));

/** Sends 192 MiB over twelve connections in chunks of 1 MiB. */
async function writeRound(port: number): Promise<number> {
  const sockets = Array.from({ length: n }, () => connect(port, '127.0.0.1'));
  await Promise.all(sockets.map(connected));
  const piece = Buffer.alloc(MiB, 1);
  const pieces = 16;
  const start = ownCpuSeconds();
  await Promise.all(
    sockets.map(async (socket) => {
      for (let i = 0; i < pieces; i++) await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
    }),
  );
  const seconds = ownCpuSeconds() - start;
  for (const socket of sockets) socket.destroy();
  return perMB(seconds, n * pieces * MiB);
}

/** Receives 128 MiB over four connections into one buffer each. */
async function readRound(port: number): Promise<number> {
  const pieces = 32;
  const streams = Array.from({ length: k }, () => {
    let received = 0;
    let finish: () => void = () => {};
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const socket = connect({
      port,
      host: '127.0.0.1',
      onread: {
        buffer: Buffer.alloc(65_536),
        callback: (bytes) => {
          received += bytes;
          if (received === pieces * MiB) finish();
          return true;
        },
      },
    });
    return { socket, done };
  });
  await Promise.all(streams.map(({ socket }) => connected(socket)));
  const request = Buffer.alloc(8);
  request.writeBigUInt64LE(BigInt(pieces));
  const start = ownCpuSeconds();
  for (const { socket } of streams) socket.write(request);
  await Promise.all(streams.map(({ done }) => done));
  const seconds = ownCpuSeconds() - start;
  for (const { socket } of streams) socket.destroy();
  return perMB(seconds, k * pieces * MiB);
}

/** CPU seconds per MB of plaintext. */
export interface UnavoidableCosts {
  readonly put: Readonly<Record<string, number>>;
  readonly get: Readonly<Record<string, number>>;
  /** An unavoidable cost that the lists omit: the client's own connection. */
  readonly clientPut: number;
  readonly clientGet: number;
}

async function measureOnce(): Promise<UnavoidableCosts> {
  const expansion = n / k;
  const frames = frameSizeBytes / framePlaintextSizeBytes;
  const sockets = await socketCosts();
  const tree = treeCost();
  return {
    put: {
      'SHA-256 of the body': hashCost('sha256'),
      'MD5 of the body': hashCost('md5'),
      'AES-GCM': sealCost(),
      'erasure 4+8': erasureCost() * frames,
      'fragment hashing, 3x': tree * expansion * frames,
      'socket writes, 3x': sockets.write * expansion * frames,
    },
    get: {
      'socket reads': sockets.read * frames,
      'fragment hashing': tree * frames,
      'AES-GCM': openCost(),
    },
    clientPut: sockets.read,
    clientGet: sockets.write,
  };
}

serveParent({ measure: measureOnce });
