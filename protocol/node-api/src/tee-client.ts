// The client of a TEE worker's HTTP interface (docs/protocol/audit.md §9). It verifies nothing: the caller verifies the SRS
// with checkSrs and the tags with tagGen (@cess/proofs).
import { CessError, toHex } from '@cess/primitives';
import { PinnedConnector } from '@cess/tls';
import type { FragmentPlace } from '@cess/types';
import { NodeTransport, type PeerAddress } from './node-transport.js';
import { PeerFailures } from './peer-failures.js';
import { fragmentRootHeader, fragmentTagKeyHeader } from './routes.js';
import type { NodeSigner } from './sign-request.js';
import {
  maxTagSetBytes,
  srsPath,
  srsSizeBytes,
  type TeeInfo,
  tagSignatureSizeBytes,
  tagSizeBytes,
  tagsPath,
  teeInfoPath,
} from './tee-routes.js';

/** A TEE worker as recorded on chain. */
export interface TeeAddress {
  /** `https://host:port`; on loopback also `http:`. */
  readonly endpoint: string;
  /** ed25519 key of its enclave: TLS must prove it, and it is the audience of requests. */
  readonly signerKey: Uint8Array;
}

export interface TeeClientInit {
  /** The node key of the provider. */
  readonly signer: NodeSigner;
  readonly nowMs: () => number;
  /** A call times out when no byte moves for this long. Default 60 s, because requests wait in a queue. */
  readonly stallTimeoutMs?: number;
}

export interface TagAnswer {
  /** xi, 64 bytes. */
  readonly signature: Uint8Array;
  /** 48 bytes for each block. */
  readonly tags: Uint8Array;
}

const failures = new PeerFailures({
  name: 'TEE worker',
  stalled: 'TEE_STALLED',
  unreachable: 'TEE_UNREACHABLE',
  refused: (message, teeCode, data) => new CessError('TEE_REFUSED', message, { ...data, teeCode }),
  badResponse: 'TEE_BAD_RESPONSE',
});
const maxSocketsPerPeer = 8;

export class TeeClient {
  readonly #transport: NodeTransport;

  constructor({ signer, nowMs, stallTimeoutMs = 60_000 }: TeeClientInit) {
    const connector = new PinnedConnector(nowMs);
    this.#transport = new NodeTransport({ signer, nowMs, stallTimeoutMs, maxSocketsPerPeer, failures, connector });
  }

  /** What the worker says about itself. Not verified. */
  async info(tee: TeeAddress, signal?: AbortSignal): Promise<TeeInfo> {
    const peer = peerOf(tee, false);
    const response = await this.#transport.call(peer, { method: 'GET', path: teeInfoPath, signal });
    const json = (await this.#transport.readJson(peer, response)) as Partial<TeeInfo> | null;
    const isKey = (value: unknown) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
    const isIndex = (value: unknown) => value === null || Number.isSafeInteger(value);
    if (!isKey(json?.signerKey) || !isKey(json?.keyId) || !isIndex(json?.worker) || json?.enclave !== 'software') {
      throw failures.badResponse('did not say who it is');
    }
    return json as TeeInfo;
  }

  /** The SRS of a tagging key. The caller verifies it. */
  async srs(tee: TeeAddress, keyId: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    const peer = peerOf(tee, false);
    const response = await this.#transport.call(peer, { method: 'GET', path: srsPath(keyId), signal });
    const srs = await this.#transport.readAll(peer, response, srsSizeBytes);
    if (srs.length !== srsSizeBytes) throw failures.badResponse('sent an SRS of another length');
    return new Uint8Array(srs);
  }

  /** Tags of a fragment that the caller holds on chain. The caller verifies them. `body` is the fragment in pieces. */
  async requestTags(
    tee: TeeAddress,
    place: FragmentPlace,
    { root, keyId }: { readonly root: Uint8Array; readonly keyId: Uint8Array },
    body: readonly Uint8Array[],
    signal?: AbortSignal,
  ): Promise<TagAnswer> {
    const peer = peerOf(tee, true);
    const headers = { [fragmentRootHeader]: toHex(root), [fragmentTagKeyHeader]: toHex(keyId) };
    const call = { method: 'POST', path: tagsPath(place), headers, body, signal };
    const answer = await this.#transport.readAll(peer, await this.#transport.call(peer, call), maxTagSetBytes);
    const tagBytes = answer.length - tagSignatureSizeBytes;
    if (tagBytes <= 0 || tagBytes % tagSizeBytes !== 0) throw failures.badResponse('sent no tags');
    return {
      signature: new Uint8Array(answer.subarray(0, tagSignatureSizeBytes)),
      tags: new Uint8Array(answer.subarray(tagSignatureSizeBytes)),
    };
  }

  /** Closes idle connections. */
  close(): void {
    this.#transport.close();
  }
}

function peerOf({ endpoint, signerKey }: TeeAddress, isSigned: boolean): PeerAddress {
  return { endpoint, nodeKey: signerKey, isSigned };
}
