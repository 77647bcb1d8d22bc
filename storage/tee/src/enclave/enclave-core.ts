// The inside of an enclave: the keys in memory, decisions on proven state, and the cryptography. It uses no disk, network or
// clock. The software enclave runs it in a separate process.
//
// Judging is deterministic. A round is frozen when it opens, proof and as-of block are in the state, and a slot that is removed
// later is removed by a later block. So every finalized state in which the round waits for this worker gives the same verdict,
// and the enclave needs no memory, even across restarts, to avoid signing two different verdicts.
import type { AuthoritySet, RoundRef, TagKeyInfo } from '@cess/client';
import { challengeAsOf } from '@cess/client/audit';
import { type Bls12, createEd25519Signer, type Ed25519Signer } from '@cess/crypto';
import { CessError, equalBytes, invariant, type Rng, toHex } from '@cess/primitives';
import {
  attestationReportData,
  type BatchItem,
  batchVerify,
  type FragmentIdentity,
  type VerifyingKey,
} from '@cess/proofs';
import { type TlsBinding, tlsBindingMessage } from '@cess/tls';
import { softwareEvidenceMessage, verdictDigest } from '@cess/types';
import { type RoundToJudge, readRoundToJudge, readTaggableFragment } from './chain-claims.js';
import type { EnclaveDescription, Judgement, JudgeRequest, TagRequest, TagSetAnswer } from './enclave.js';
import { FinalityGate, provenValues } from './finality-gate.js';
import type { EnclaveSecrets } from './sealed-state.js';

const maxKnownKeys = 256;

export interface EnclaveTools {
  readonly bls: Bls12;
  readonly rng: Rng;
  /** Tags of a fragment with this identity. Undefined when its root differs. */
  readonly computeTags: (identity: FragmentIdentity, fragment: Uint8Array) => Promise<TagSetAnswer | undefined>;
}

export class EnclaveCore {
  readonly #signer: Ed25519Signer;
  readonly #gate: FinalityGate;
  readonly #keys = new Map<string, VerifyingKey>();

  constructor(
    private readonly secrets: EnclaveSecrets,
    private readonly tools: EnclaveTools,
  ) {
    this.#signer = createEd25519Signer(secrets.signerSeed);
    const authorities: AuthoritySet = secrets.authorities;
    this.#gate = new FinalityGate(authorities);
  }

  describe(): EnclaveDescription {
    const { key, srs, epoch } = this.secrets;
    return {
      kind: 'software',
      signerKey: this.#signer.publicKey,
      publicKey: key,
      keyId: this.secrets.tagSecret.keyId,
      epoch,
      srs,
    };
  }

  /** Throws `ENCLAVE_GENESIS`. */
  evidenceFor(controller: Uint8Array, genesis: Uint8Array): Uint8Array {
    const { key, epoch, genesis: pinned } = this.secrets;
    if (!equalBytes(genesis, pinned)) {
      throw new CessError('ENCLAVE_GENESIS', 'The enclave was sealed for another network.');
    }
    return this.#signer.sign(softwareEvidenceMessage(controller, attestationReportData(key, epoch, genesis)));
  }

  bindTlsKey(binding: TlsBinding): Uint8Array {
    return this.#signer.sign(tlsBindingMessage(binding));
  }

  async tag(request: TagRequest): Promise<TagSetAnswer> {
    const { tagSecret: secret, genesis } = this.secrets;
    const { bytes, fileId, segment, fragment, keyId } = request;
    const read = provenValues(this.#gate.admit(request.block), request.proof);
    const own = { ownKeyId: secret.keyId, length: bytes.length };
    const { orderId, root, provider } = await readTaggableFragment(read, request, own);
    const identity = { genesis, orderId, fileId, segment, fragment, replica: 0, root, provider, keyId };
    const tagSet = await this.tools.computeTags(identity, bytes);
    if (tagSet === undefined) throw new CessError('ROOT_MISMATCH', 'The bytes do not have the root on chain.');
    return tagSet;
  }

  async judge({ block, rounds }: JudgeRequest): Promise<(Judgement | undefined)[]> {
    const { genesis } = this.secrets;
    const { publicKey: signerKey } = this.#signer;
    const header = this.#gate.admit(block);
    const waiting: { readonly ref: RoundRef; readonly item: BatchItem | undefined; readonly duty: RoundToJudge }[] = [];
    const places: (number | undefined)[] = [];
    for (const { proof, ...ref } of rounds) {
      const duty = await readRoundToJudge(provenValues(header, proof), ref, { genesis, signerKey });
      places.push(duty === undefined ? undefined : waiting.length);
      if (duty !== undefined) waiting.push({ ref, duty, item: this.#itemOf(ref, duty) });
    }
    const items = waiting.flatMap(({ item }) => (item === undefined ? [] : [item]));
    const verdicts = batchVerify(this.tools.bls, items, this.tools.rng.bytes(32))[Symbol.iterator]();
    const judgements = waiting.map(({ ref, duty, item }): Judgement => {
      // All challenged files are deleted, so the provider cannot have failed to prove anything.
      const passed = item === undefined || verdicts.next().value === true;
      const { seed, opened_at: openedAt } = duty.round.info;
      const judged = { ...ref, seed, openedAt, proof: duty.answer.proof, passed };
      const digest = verdictDigest(genesis, duty.worker, judged);
      return { ...ref, passed, signature: this.#signer.sign(digest) };
    });
    return places.map((place) => (place === undefined ? undefined : judgements[place]));
  }

  #itemOf({ provider, keyId }: RoundRef, { round, answer, tagKey }: RoundToJudge): BatchItem | undefined {
    const id = { genesis: this.secrets.genesis, provider, keyId };
    const challenge = challengeAsOf(id, round.info, round.slots, answer.asOf);
    return challenge && { key: this.#verifyingKey(keyId, tagKey), challenge, proof: answer.proof };
  }

  /** The chain has verified possession of every recorded key. */
  #verifyingKey(id: Uint8Array, { x, x_alpha, srs_hash: srsHash }: TagKeyInfo): VerifyingKey {
    const name = toHex(id);
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const [pointX, pointXAlpha] = [this.tools.bls.decodeG2(x), this.tools.bls.decodeG2(x_alpha)];
    invariant(pointX.ok && pointXAlpha.ok, 'the chain records only keys of two points');
    const key = { id, x: pointX.value, xAlpha: pointXAlpha.value, srsHash };
    if (this.#keys.size >= maxKnownKeys) this.#keys.clear();
    this.#keys.set(name, key);
    return key;
  }
}
