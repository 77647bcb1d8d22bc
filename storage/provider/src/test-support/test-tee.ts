// A TEE worker in this process with a real tagging key; tests make it fail and lie.
import type { FragmentPlace } from '@cess/client';
import { createEd25519Signer, createMclBls12, type Ed25519Signer, shake256 } from '@cess/crypto';
import { CessError, concatBytes, utf8 } from '@cess/primitives';
import { createFieldKernel, keyGen, sigGen, type TagSecret } from '@cess/proofs';
import type { TeeWorkerRecord, WorkerTagKey } from '../chain/duty-chain.js';
import type { TeePort } from '../tagging/tee-port.js';

const bls = await createMclBls12();
const kernel = createFieldKernel();

/** Bytes that a text and the number of earlier requests fix. */
export function seededRng(seed: string) {
  let requests = 0;
  return { bytes: (length: number) => shake256(length, utf8(`${seed}/${requests++}`)) };
}

export interface TestWorker {
  readonly name: string;
  readonly secret: TagSecret;
  readonly srs: Uint8Array;
  readonly signer: Ed25519Signer;
  readonly record: TeeWorkerRecord;
  readonly key: WorkerTagKey;
}

/** By endpoint. */
const workers = new Map<string, TestWorker>();

/** To be made once: a key takes a while. */
export function createWorker(name: string): TestWorker {
  const { secret, publicKey, srs } = keyGen(bls, seededRng(name), new Uint8Array(32));
  const signer = createEd25519Signer(shake256(32, utf8(`${name}/signer`)));
  const record: TeeWorkerRecord = {
    endpoint: `http://${name}`,
    signerKey: signer.publicKey,
    keyId: secret.keyId,
    isAuxiliary: false,
  };
  const { x, xAlpha, srsHash } = publicKey;
  const key: WorkerTagKey = {
    isRevoked: false,
    keyId: secret.keyId,
    x,
    xAlpha,
    srsHash,
    signerKey: signer.publicKey,
    endpoint: record.endpoint,
  };
  const worker = { name, secret, srs, signer, record, key };
  workers.set(record.endpoint, worker);
  return worker;
}

export const workerA = createWorker('tee-a');

export type Behaviour = 'honest' | 'unreachable' | 'wrong tags' | 'wrong signature' | 'wrong srs' | 'behind';

export class TestTee implements TeePort {
  readonly behaviours = new Map<string, Behaviour>();
  /** Names of workers that were asked for tags. */
  readonly asked: string[] = [];
  /** Called with every request before it is answered. */
  onRequest: (place: FragmentPlace) => Promise<void> | void = () => {};

  constructor(
    private readonly genesis: Uint8Array,
    private readonly provider: number,
    private readonly orderIdOf: (fileId: Uint8Array) => Uint8Array,
  ) {}

  async requestTags(
    { endpoint }: { readonly endpoint: string },
    place: FragmentPlace,
    { root, keyId }: { readonly root: Uint8Array; readonly keyId: Uint8Array },
    body: readonly Uint8Array[],
    signal?: AbortSignal,
  ): Promise<{ signature: Uint8Array; tags: Uint8Array }> {
    const { name, secret, signer } = workers.get(endpoint)!;
    this.asked.push(name);
    await this.onRequest(place);
    if (signal?.aborted) throw new CessError('ABORTED', 'The operation was aborted.');
    const behaviour = this.behaviours.get(name);
    if (behaviour === 'unreachable') throw new CessError('TEE_UNREACHABLE', 'No answer.');
    if (behaviour === 'behind') {
      throw new CessError('TEE_REFUSED', 'Not the holder yet.', { status: 409, teeCode: 'NOT_HOLDER' });
    }
    const { fileId, segment, fragment } = place;
    const orderId = this.orderIdOf(fileId);
    const where = { genesis: this.genesis, orderId, fileId, segment, fragment, replica: 0 };
    const identity = { ...where, root, provider: this.provider, keyId };
    const result = sigGen({ bls, kernel, secret, signer, identity, fragment: concatBytes(...body) });
    if (!result.ok) throw new CessError('TEE_REFUSED', `Refused: ${result.error}.`, { teeCode: result.error });
    const { tags, signature } = result.value;
    if (behaviour === 'wrong signature') signature[0]! ^= 1;
    if (behaviour !== 'wrong tags') return { tags, signature };
    // Signed, but for other bytes: a broken enclave.
    const other = sigGen({
      bls,
      kernel,
      secret: { ...secret, x: secret.alpha },
      signer,
      identity,
      fragment: concatBytes(...body),
    });
    return other.ok ? other.value : { tags, signature };
  }

  async srs({ endpoint }: { readonly endpoint: string }): Promise<Uint8Array> {
    const { name, srs } = workers.get(endpoint)!;
    if (this.behaviours.get(name) === 'unreachable') throw new CessError('TEE_UNREACHABLE', 'No answer.');
    if (this.behaviours.get(name) !== 'wrong srs') return srs;
    const wrong = srs.slice();
    wrong.set(srs.subarray(48, 96), 96);
    return wrong;
  }
}
