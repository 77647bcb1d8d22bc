// Executes proof tasks one at a time. Owns the curve, the field kernel, the decoded keys and the unfinished proofs.
import { type Bls12, createMclBls12, g1EncodedLength, systemRng } from '@cess/crypto';
import { ErasureCoder } from '@cess/erasure';
import { concatBytes, elementAt, equalBytes, invariant, toHex } from '@cess/primitives';
import {
  checkSrs,
  createFieldKernel,
  type FieldKernel,
  ProofBuilder,
  type Srs,
  srsHashOf,
  tagGenBatch,
  tagKeyId,
  type VerifyingKey,
  verify,
} from '@cess/proofs';
import type {
  BlockBatch,
  ProofAnswers,
  ProofTask,
  ReconstructJob,
  SrsVerdict,
  TagCheck,
  TagKey,
  TagKeyWithSrs,
  TagVerdict,
} from './proof-tasks.js';

/** Most decoded keys in memory, about 150 KB each. */
const maxKeys = 16;
const maxCoders = 4;
/** Most unfinished proofs, about 100 KB each. */
const maxSessions = 64;

interface Session {
  readonly builder: ProofBuilder;
  readonly factors: readonly Uint8Array[];
}

export class ProofEngine {
  readonly #kernel: FieldKernel = createFieldKernel();
  readonly #srs = new Map<string, Srs>();
  /** Keys whose SRS was verified in this process, not only loaded. */
  readonly #checked = new Map<string, true>();
  readonly #coders = new Map<string, ErasureCoder>();
  readonly #sessions = new Map<number, Session>();

  private constructor(
    private readonly bls: Bls12,
    private readonly pause: () => void,
  ) {}

  /** `pause` is called often while tags are verified. It may block. */
  static async create(pause: () => void = () => {}): Promise<ProofEngine> {
    return new ProofEngine(await createMclBls12(), pause);
  }

  execute(task: ProofTask): ProofAnswers[keyof ProofAnswers] {
    switch (task.type) {
      case 'srs':
        return this.#checkSrs(task.key, task.srs);
      case 'tags':
        return this.#checkTags(task.checks);
      case 'begin':
        return this.#begin(task);
      case 'add':
        return this.#add(task.session, task.batch);
      case 'finish':
        return this.#finish(task.session);
      case 'drop':
        return this.#sessions.delete(task.session);
      case 'verify': {
        const key = this.#decodeKey(task.key);
        return key !== undefined && verify(this.bls, key, task.challenge, task.proof).ok;
      }
      case 'reconstruct':
        return this.#reconstruct(task.job);
    }
  }

  #checkSrs(facts: TagKey, srs: Uint8Array): SrsVerdict {
    const key = this.#decodeKey(facts);
    if (key === undefined) return 'KEY_MALFORMED';
    const name = toHex(facts.keyId);
    // The key id binds the hash, so a verification for one provider of the process holds for all.
    if (this.#checked.has(name) && equalBytes(srsHashOf(srs), facts.srsHash)) return 'ok';
    const checked = checkSrs(this.bls, key, srs, systemRng);
    if (!checked.ok) return 'SRS_WRONG';
    keep(this.#srs, name, checked.value, maxKeys);
    keep(this.#checked, name, true, maxKeys);
    return 'ok';
  }

  /** Checks all tag sets that share a key in one batch. */
  #checkTags(checks: readonly TagCheck[]): readonly TagVerdict[] {
    const byKey = new Map<string, number[]>();
    for (const [i, { key }] of checks.entries()) {
      const name = toHex(key.keyId);
      byKey.set(name, [...(byKey.get(name) ?? []), i]);
    }
    const verdicts = new Array<TagVerdict>(checks.length).fill('ok');
    for (const indices of byKey.values()) {
      const under = this.#checkTagsUnder(
        elementAt(checks, elementAt(indices, 0)).key,
        indices.map((i) => elementAt(checks, i)),
      );
      for (const [at, i] of indices.entries()) verdicts[i] = elementAt(under, at);
    }
    return verdicts;
  }

  #checkTagsUnder(facts: TagKeyWithSrs, checks: readonly TagCheck[]): readonly TagVerdict[] {
    const key = this.#decodeKey(facts);
    if (key === undefined) return checks.map(() => 'KEY_MALFORMED');
    const srs = this.#loadSrs(facts);
    if (srs === undefined) return checks.map(() => 'SRS_DAMAGED');
    const context = { bls: this.bls, kernel: this.#kernel, key, srs, rng: systemRng, pause: this.pause };
    const items = checks.map(({ signerKey, identity, fragment, tags, signature }) => {
      return { signerKey, identity, fragment: concatBytes(...fragment), tagSet: { tags, signature } };
    });
    return tagGenBatch(context, items).map((refusal) => refusal ?? 'ok');
  }

  #begin({ session, key, challenge }: Extract<ProofTask, { type: 'begin' }>): boolean {
    const srs = this.#loadSrs(key);
    if (srs === undefined) return false;
    const builder = new ProofBuilder({ bls: this.bls, kernel: this.#kernel, srs }, challenge);
    const factors = challenge.fragments.map((fragment) => fragment.factors);
    keep(this.#sessions, session, { builder, factors }, maxSessions);
    return true;
  }

  #add(session: number, { fragment, from, blocks, tags }: BlockBatch): boolean {
    const { builder, factors } = this.#sessionOf(session);
    return blocks.every((block, i) => {
      const factor = elementAt(factors, fragment).subarray((from + i) * 16, (from + i + 1) * 16);
      return builder.addBlock(factor, { block, tag: elementAt(tags, i) });
    });
  }

  #finish(session: number): Uint8Array {
    const { builder } = this.#sessionOf(session);
    this.#sessions.delete(session);
    return builder.finish();
  }

  #sessionOf(id: number): Session {
    const session = this.#sessions.get(id);
    if (session === undefined) throw new Error('this proof was dropped because too many proofs are unfinished');
    return session;
  }

  #reconstruct({ k, n, wanted, shards }: ReconstructJob): Uint8Array {
    const name = `${k}/${n}`;
    let coder = this.#coders.get(name);
    if (coder === undefined) {
      coder = new ErasureCoder({ k, n });
      keep(this.#coders, name, coder, maxCoders);
    }
    const list = new Array<Uint8Array | undefined>(n).fill(undefined);
    for (const { index, bytes } of shards) list[index] = bytes;
    const [made] = coder.reconstruct(list, [wanted]);
    invariant(made !== undefined, 'one shard was asked for');
    return made;
  }

  /** Undefined for a key that does not match its id. */
  #decodeKey({ keyId, x, xAlpha, srsHash }: TagKey): VerifyingKey | undefined {
    if (!equalBytes(tagKeyId({ x, xAlpha, srsHash }), keyId)) return undefined;
    const [pointX, pointXAlpha] = [this.bls.decodeG2(x), this.bls.decodeG2(xAlpha)];
    if (!pointX.ok || !pointXAlpha.ok) return undefined;
    return { id: keyId, x: pointX.value, xAlpha: pointXAlpha.value, srsHash };
  }

  /** The points of an SRS that was verified before it was stored. Undefined if the disk changed it since. */
  #loadSrs({ keyId, srs, srsHash }: TagKeyWithSrs): Srs | undefined {
    const name = toHex(keyId);
    const known = this.#srs.get(name);
    if (known !== undefined) return known;
    if (!equalBytes(srsHashOf(srs), srsHash)) return undefined;
    const points = [];
    for (let at = 0; at < srs.length; at += g1EncodedLength) {
      const point = this.bls.decodeG1(srs.subarray(at, at + g1EncodedLength), { trusted: true });
      if (!point.ok) return undefined;
      points.push(point.value);
    }
    keep(this.#srs, name, points, maxKeys);
    return points;
  }
}

function keep<K, T>(map: Map<K, T>, key: K, value: T, most: number): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) break;
    map.delete(oldest);
  }
}
