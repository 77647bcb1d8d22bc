// A running worker over a chain in memory and an enclave that answers at once, or when a test lets it.
import { mkdtempSync, rmSync } from 'node:fs';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEd25519Signer } from '@cess/crypto';
import { audienceHeader, fragmentRootHeader, fragmentTagKeyHeader, signRequest, tagsPath } from '@cess/node-api';
import { CessError, createDeferred, type Deferred, silentLogger, throwFatal, toHex } from '@cess/primitives';
import type { TlsBinding } from '@cess/tls';
import type { FragmentPlace } from '@cess/types';
import {
  createTeeWorker,
  type Enclave,
  type TeeWorker,
  type TeeWorkerComponents,
  type TeeWorkerConfig,
} from '../index.js';
import { description, fileId, fragmentBytes, newChain, newCore, nodeKey, root } from './enclave-fixture.js';
import { FakeTeeChain } from './fake-chain.js';

export const teeAccount = new Uint8Array(32).fill(0x7e);
/** The node key whose holder is provider 5 of the fixture. */
export const providerSigner = createEd25519Signer(new Uint8Array(32).fill(0x21));
export const place: FragmentPlace = { fileId, segment: 2, fragment: 3 };

/** Answers with fixed bytes; `hold` makes the next calls wait. */
export class FakeEnclave implements Enclave {
  readonly tagged: Uint8Array[] = [];
  held: Deferred<void> | undefined;
  /** Calls that are held. */
  waiting = 0;
  aborted = 0;
  failure: CessError | undefined;

  describe() {
    return description;
  }

  async evidenceFor() {
    return new Uint8Array(64).fill(1);
  }

  async bindTlsKey(binding: TlsBinding) {
    return newCore().bindTlsKey(binding);
  }

  async tag({ bytes }: Parameters<Enclave['tag']>[0], signal?: AbortSignal) {
    if (this.failure !== undefined) throw this.failure;
    if (this.held !== undefined) {
      const left = createDeferred<never>();
      signal?.addEventListener('abort', () => {
        this.aborted++;
        left.reject(new CessError('ABORTED', 'The operation was aborted.'));
      });
      this.waiting++;
      await Promise.race([this.held.promise, left.promise]).finally(() => this.waiting--);
    }
    this.tagged.push(bytes);
    return { signature: new Uint8Array(64).fill(2), tags: new Uint8Array(96).fill(3) };
  }

  judge: Enclave['judge'] = async ({ rounds }) =>
    rounds.map(({ provider, keyId, round }) => ({
      provider,
      keyId,
      round,
      passed: true,
      signature: new Uint8Array(64),
    }));

  async close() {}
}

export interface WorkerFixture {
  readonly chain: FakeTeeChain;
  readonly enclave: FakeEnclave;
  readonly worker: TeeWorker;
  readonly port: number;
  readonly clock: { ms: number };
  readonly dir: string;
  stop(): Promise<void>;
}

export async function startWorker(
  config: Partial<TeeWorkerConfig> = {},
  components: Partial<TeeWorkerComponents> = {},
): Promise<WorkerFixture> {
  const dir = mkdtempSync(join(tmpdir(), 'cess-tee-'));
  const chain = new FakeTeeChain(newChain());
  chain.provider(providerSigner.publicKey, nodeKey);
  const enclave = new FakeEnclave();
  const clock = { ms: 1_800_000_000_000 };
  const worker = createTeeWorker(
    {
      chain,
      openEnclave: async () => enclave,
      account: teeAccount,
      clock: { nowMs: () => clock.ms },
      logger: silentLogger,
      onFatal: throwFatal,
      ...components,
    },
    { dir, host: '127.0.0.1', port: 0, batchWaitMs: 0, ...config },
  );
  await worker.start();
  await worker.whenRegistered();
  return {
    ...{ chain, enclave, worker, clock, dir },
    port: Number(new URL(worker.endpoint).port),
    stop: async () => {
      await worker.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly code: string | undefined;
}

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
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
        const code = isJson ? (JSON.parse(body.toString()) as { code?: string }).code : undefined;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, code });
      });
    });
    outgoing.on('error', reject);
    if (write === undefined) outgoing.end();
    else write(outgoing);
  });
}

export interface TagChange {
  readonly signer?: typeof providerSigner;
  readonly at?: FragmentPlace;
  readonly audience?: Uint8Array;
  readonly keyId?: Uint8Array;
  readonly root?: Uint8Array;
  readonly nowMs?: number;
}

/** A signed request for the fixture's tags, for tests that spoil something of it. */
export function signedTags(fixture: WorkerFixture, change: TagChange = {}) {
  const path = tagsPath(change.at ?? place);
  const headers: Record<string, string> = {
    [fragmentRootHeader]: toHex(change.root ?? root),
    [fragmentTagKeyHeader]: toHex(change.keyId ?? description.keyId),
    [audienceHeader]: toHex(change.audience ?? description.signerKey),
  };
  const signed = { method: 'POST', path, query: '', headers };
  Object.assign(headers, signRequest(signed, change.signer ?? providerSigner, change.nowMs ?? fixture.clock.ms));
  headers['content-length'] = String(fragmentBytes.length);
  const write = (outgoing: ClientRequest) => void outgoing.end(fragmentBytes);
  return { method: 'POST', path, headers, write };
}
