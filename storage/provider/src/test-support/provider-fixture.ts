// A running provider with a fake chain, a gateway's client and a clock that tests move.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createEd25519Signer, type Ed25519Signer, systemRng } from '@cess/crypto';
import {
  audienceHeader,
  fragmentRootHeader,
  gatewayHeader,
  orderPlacePath,
  ProviderClient,
  signRequest,
} from '@cess/node-api';
import { isCessError, silentLogger, throwFatal, toHex } from '@cess/primitives';
import { blockSizeBytes, sectorSizeBytes } from '@cess/proofs';
import { fragmentRootOf } from '@cess/sealing';
import type { OrderPlace } from '@cess/types';
import {
  createProvider,
  createSharedWork,
  type Provider,
  type ProviderComponents,
  type ProviderConfig,
} from '../index.js';
import { FakeChain } from './fake-chain.js';

export const gatewayAccount = new Uint8Array(32).fill(0x61);
export const day = 24 * 3600;

export interface Fixture {
  readonly chain: FakeChain;
  readonly provider: Provider;
  readonly client: ProviderClient;
  readonly gatewayKey: Ed25519Signer;
  readonly nodeKey: Ed25519Signer;
  readonly address: { readonly endpoint: string; readonly nodeKey: Uint8Array };
  readonly clock: { ms: number };
  readonly dir: string;
  /** Stops the provider and starts it again on the same directory. */
  restart(config?: Partial<ProviderConfig>): Promise<void>;
  stop(): Promise<void>;
}

export async function startProvider(
  config: Partial<ProviderConfig> = {},
  components: Partial<ProviderComponents> = {},
): Promise<Fixture> {
  const dir = await mkdtemp(join(tmpdir(), 'cess-provider-'));
  const chain = new FakeChain();
  const gatewayKey = createEd25519Signer(new Uint8Array(32).fill(1));
  const nodeKey = createEd25519Signer(new Uint8Array(32).fill(2));
  chain.gateways.push({ account: gatewayAccount, nodeKey: gatewayKey.publicKey, hasQuota: true });
  const clock = { ms: 1_800_000_000_000 };
  const nowMs = () => clock.ms;
  const shared = createSharedWork({ logger: silentLogger });
  const make = (extra: Partial<ProviderConfig>) =>
    createProvider(
      {
        chain,
        duties: chain.duties,
        shared,
        nodeSigner: nodeKey,
        account: new Uint8Array(32).fill(0x70),
        clock: { nowMs },
        rng: systemRng,
        logger: silentLogger,
        onFatal: throwFatal,
        ...components,
      },
      {
        dir,
        host: '127.0.0.1',
        port: 0,
        declaredBytes: 50_000_000,
        minFreeBytes: 0,
        upkeepIntervalMs: 3_600_000,
        ...config,
        ...extra,
      },
    );
  let provider = make({});
  try {
    await provider.start();
  } catch (error) {
    await shared.stop();
    throw error;
  }
  await provider.whenRegistered();
  const client = new ProviderClient({ signer: gatewayKey, account: gatewayAccount, nowMs });
  return {
    chain,
    get provider() {
      return provider;
    },
    client,
    gatewayKey,
    nodeKey,
    get address() {
      return { endpoint: `http://127.0.0.1:${provider.port}`, nodeKey: nodeKey.publicKey };
    },
    clock,
    dir,
    restart: async (extra = {}) => {
      await provider.stop();
      provider = make(extra);
      await provider.start();
    },
    stop: async () => {
      client.close();
      await provider.stop();
      await shared.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** A test with a running provider. */
export function providerTest(
  name: string,
  body: (fixture: Fixture) => Promise<void>,
  ...init: Parameters<typeof startProvider>
): void {
  test(name, async () => {
    const fixture = await startProvider(...init);
    try {
      await body(fixture);
    } finally {
      await fixture.stop();
    }
  });
}

export async function readFrom(fixture: Fixture, root: Uint8Array, length: number, offset = 0): Promise<Uint8Array> {
  const target = new Uint8Array(length);
  await fixture.client.readFragment(fixture.address, root, offset, target);
  return target;
}

export const refusedWith = (status: number, code: string) => (error: unknown) => {
  assert.ok(isCessError(error, 'PROVIDER_REFUSED'), String(error));
  assert.deepEqual([error.data['status'], error.data['providerCode']], [status, code]);
  return true;
};

export function testBytes(length: number, salt = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  let x = Math.imul(salt + 1, 0x9e3779b1);
  for (let i = 0; i < length; i++) {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
    bytes[i] = x >>> 24;
  }
  return bytes;
}

/** Bytes with zeros in all but the first sectors of every block: sums over the SRS are as long as the blocks are deep. */
export function shallowBytes(length: number, salt = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += blockSizeBytes) {
    bytes.set(testBytes(Math.min(4 * sectorSizeBytes, length - at), salt + at), at);
  }
  return bytes;
}

export function placeOf(order: number, fragment = 0): OrderPlace {
  return { orderId: new Uint8Array(32).fill(order), segment: 0, fragment };
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly json: { readonly code?: string };
}

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  /** Writes the body; the default ends the request without one. */
  readonly write?: (outgoing: ClientRequest) => void;
}

/** Any request, byte for byte as the test wants it. */
export function rawRequest(port: number, { method, path, headers = {}, write }: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const body = Buffer.concat(chunks);
        const isJson = response.headers['content-type'] === 'application/json';
        const json = isJson ? (JSON.parse(body.toString()) as { code?: string }) : {};
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, json });
      });
    });
    outgoing.on('error', reject);
    if (write === undefined) outgoing.end();
    else write(outgoing);
  });
}

/** Headers of a signed PUT, for tests that spoil something of it. */
export function signedPut(fixture: Fixture, place: OrderPlace, bytes: Uint8Array, nowMs = fixture.clock.ms) {
  const path = orderPlacePath(place);
  const headers: Record<string, string> = {
    [fragmentRootHeader]: toHex(fragmentRootOf(bytes)),
    [gatewayHeader]: toHex(gatewayAccount),
    [audienceHeader]: toHex(fixture.nodeKey.publicKey),
  };
  Object.assign(headers, signRequest({ method: 'PUT', path, query: '', headers }, fixture.gatewayKey, nowMs));
  headers['content-length'] = String(bytes.length);
  const write = (outgoing: ClientRequest) => void outgoing.end(bytes);
  return { method: 'PUT', path, headers, write };
}
