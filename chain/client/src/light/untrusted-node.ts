// The calls that a light client makes, to a node that may answer anything. Each call has a deadline, and each answer its form and
// its size checked before anything is decoded. Whether an answer is true is checked elsewhere.
import type { Header } from '@cess/chain-primitives';
import { blockProofCodec, type FinalityProof, finalityProofCodec } from '@cess/consensus';
import { CessError, fromHex, isCessError, pause, type Timers, toHex0x } from '@cess/primitives';
import { headerFromJson } from '../wire.js';

/** A JSON-RPC connection: `ChainClient` is one. */
export interface LightNode {
  call(method: string, params: readonly unknown[]): Promise<unknown>;
  /** Notifications are hints only. The result ends the subscription. */
  subscribe?(method: string, params: readonly unknown[], onValue: (value: unknown) => void): () => void;
}

/** Bounds on what a node may answer. */
export interface LightLimits {
  /** For one call. Default 20 s. */
  readonly callTimeoutMs: number;
  /** For the parts of a read proof together. Default 8 MiB. */
  readonly maxProofBytes: number;
  /** For a proof of finality, and for a part of the proof of set changes. Default 32 MiB. */
  readonly maxFinalityBytes: number;
}

export const defaultLightLimits: LightLimits = {
  callTimeoutMs: 20_000,
  maxProofBytes: 8 * 1024 * 1024,
  maxFinalityBytes: 32 * 1024 * 1024,
};

/** A header and the justification that proves it final. */
export type BlockProof = ReturnType<typeof blockProofCodec.decode>;

const maxHeaderChars = 4 * 64 * 1024;
const maxProofItems = 4096;

/** What the reader of an untrusted node needs. */
export interface UntrustedNodePorts {
  readonly timers: Timers;
  readonly limits: LightLimits;
  /** Ends the calls that wait. */
  readonly stopping: AbortSignal;
}

/** All methods throw `LIGHT_ANSWER_MALFORMED`, `RPC_TIMEOUT`, and what the connection throws. */
export class UntrustedNode {
  constructor(
    private readonly node: LightNode,
    private readonly ports: UntrustedNodePorts,
  ) {}

  finalizedHead(): Promise<Uint8Array> {
    return this.#ask('chain_getFinalizedHead', [], hash32);
  }

  genesisHash(): Promise<Uint8Array> {
    return this.#ask('chain_getBlockHash', [0], hash32);
  }

  header(hash: Uint8Array): Promise<Header> {
    return this.#ask('chain_getHeader', [toHex0x(hash)], headerOf);
  }

  /** Undefined: the node has no proof. */
  finalityProof(number: number): Promise<BlockProof | undefined> {
    return this.#ask('grandpa_proveFinality', [number], (value) =>
      value === null ? undefined : blockProofCodec.decode(this.#bounded(value, this.ports.limits.maxFinalityBytes)),
    );
  }

  setChanges(from: bigint): Promise<FinalityProof> {
    return this.#ask('grandpa_proveSetChanges', [Number(from)], (value) =>
      finalityProofCodec.decode(this.#bounded(value, this.ports.limits.maxFinalityBytes)),
    );
  }

  readProof(keys: readonly Uint8Array[], at: Uint8Array): Promise<readonly Uint8Array[]> {
    return this.#ask('state_getReadProof', [keys.map(toHex0x), toHex0x(at)], (value) => {
      const proof = fieldOf(value, 'proof');
      if (!Array.isArray(proof) || proof.length > maxProofItems)
        throw new Malformed('the proof is no list, or too long');
      let left = this.ports.limits.maxProofBytes;
      return proof.map((item: unknown) => {
        const bytes = this.#bounded(item, left);
        left -= bytes.length;
        return bytes;
      });
    });
  }

  #bounded(value: unknown, maxBytes: number): Uint8Array {
    if (typeof value !== 'string') throw new Malformed('a text is missing');
    if (value.length > 2 * maxBytes + 2) throw new Malformed(`more than ${maxBytes} bytes`);
    return fromHex(value);
  }

  async #ask<T>(method: string, params: readonly unknown[], read: (value: unknown) => T): Promise<T> {
    const value = await this.#inTime(method, this.node.call(method, params));
    try {
      return read(value);
    } catch (cause) {
      const isForm = cause instanceof Malformed || isCessError(cause, 'SCALE_MALFORMED', 'HEX_MALFORMED');
      if (!isForm) throw cause;
      const reason = cause.message;
      const message = `The chain node answered ${method} with something else than the method has: ${reason}`;
      throw new CessError('LIGHT_ANSWER_MALFORMED', message, { method, reason }, { cause });
    }
  }

  async #inTime<T>(method: string, answer: Promise<T>): Promise<T> {
    const { timers, limits, stopping } = this.ports;
    const waiting = new AbortController();
    const end = () => waiting.abort();
    stopping.addEventListener('abort', end, { once: true });
    if (stopping.aborted) end();
    let isAnswered = false;
    const late = pause(timers, limits.callTimeoutMs, waiting.signal).then(() => {
      // Nobody waits for this promise after an answer.
      if (isAnswered) return undefined as never;
      if (stopping.aborted) throw new CessError('RPC_CLOSED', 'The light client was stopped.');
      throw new CessError('RPC_TIMEOUT', `The chain node did not answer ${method} in time.`, { method });
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      isAnswered = true;
      stopping.removeEventListener('abort', end);
      end();
    }
  }
}

/** The form of an answer is wrong; becomes `LIGHT_ANSWER_MALFORMED`. */
class Malformed extends Error {}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) throw new Malformed('an object is missing');
  return (value as Readonly<Record<string, unknown>>)[name];
}

function hash32(value: unknown): Uint8Array {
  if (typeof value === 'string' && /^0x[0-9a-fA-F]{64}$/.test(value)) return fromHex(value);
  throw new Malformed('a hash of 32 bytes is missing');
}

function headerOf(value: unknown): Header {
  const text = (name: string): string => toHex0x(hash32(fieldOf(value, name)));
  const number = fieldOf(value, 'number');
  if (typeof number !== 'string' || !/^0x[0-9a-fA-F]{1,8}$/.test(number))
    throw new Malformed('the height is no height');
  const logs = fieldOf(fieldOf(value, 'digest'), 'logs');
  if (!Array.isArray(logs)) throw new Malformed('the digest is no list');
  let chars = 0;
  for (const log of logs) {
    if (typeof log !== 'string') throw new Malformed('an item of the digest is no text');
    chars += log.length;
  }
  if (chars > maxHeaderChars || logs.length > 64) throw new Malformed('the header is larger than any honest one');
  return headerFromJson({
    parentHash: text('parentHash'),
    number,
    stateRoot: text('stateRoot'),
    extrinsicsRoot: text('extrinsicsRoot'),
    digest: { logs: logs as string[] },
  });
}
