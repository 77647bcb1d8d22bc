// The BLS12-381 backend over mcl's WebAssembly module. Points are copies of mcl's projective coordinates outside its
// memory, so nothing has to be freed; work happens in a fixed scratch area. Scalars are wiped after use.
import { byteAt, elementAt, err, invariant, ok, type Result } from '@cess/primitives';
import {
  type Bls12,
  type DecodeOptions,
  type G1Point,
  type G2Point,
  g1EncodedLength,
  g2EncodedLength,
  type PairingTerm,
  type PointError,
  scalarLength,
} from './bls12.js';
import { encodingForm } from './bls12-encoding.js';
import { instantiateMcl, type MclModule } from './bls12-mcl-module.js';
import { areCanonicalScalars } from './bls12-scalar.js';

const g1Size = 144;
const g2Size = 288;
const gtSize = 576;
/** Points per call; longer inputs are processed in chunks. */
const chunk = 1024;
/** Bytes of the longest message that is hashed to the curve. */
const maxMessage = 1024;
const windows = 32;
const windowEntries = 255;

const generatorG1Encoding =
  '97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb';
const generatorG2Encoding =
  '93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e' +
  '024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8';

/** Creates a separate backend with about 4 MB of WebAssembly memory. Do not share it between threads. */
export async function createMclBls12(): Promise<Bls12> {
  return new MclBls12(instantiateMcl());
}

class MclBls12 implements Bls12 {
  readonly generatorG1: G1Point;
  readonly generatorG2: G2Point;
  readonly #mcl: MclModule;
  readonly #points: number;
  readonly #others: number;
  readonly #scalars: number;
  readonly #bytes: number;
  readonly #out: number;
  #table: number | undefined;

  constructor(mcl: MclModule) {
    this.#mcl = mcl;
    this.#points = mcl._malloc(chunk * g1Size);
    this.#others = mcl._malloc(chunk * g2Size);
    this.#scalars = mcl._malloc(chunk * scalarLength);
    this.#bytes = mcl._malloc(maxMessage + 256);
    this.#out = mcl._malloc(gtSize);
    this.generatorG1 = decoded(this.decodeG1(Buffer.from(generatorG1Encoding, 'hex')));
    this.generatorG2 = decoded(this.decodeG2(Buffer.from(generatorG2Encoding, 'hex')));
  }

  hashToG1(message: Uint8Array, domainSeparationTag: Uint8Array): G1Point {
    invariant(message.length <= maxMessage && domainSeparationTag.length <= 255, 'message or tag too long to hash');
    const tagAt = this.#bytes + maxMessage;
    this.#put(this.#bytes, message);
    this.#put(tagAt, domainSeparationTag);
    const tagLength = domainSeparationTag.length;
    const status = this.#mcl._mclBnG1_hashAndMapToWithDst(this.#out, this.#bytes, message.length, tagAt, tagLength);
    invariant(status === 0, 'hashing to the curve succeeds');
    return this.#g1(this.#out);
  }

  decodeG1(bytes: Uint8Array, options: DecodeOptions = {}): Result<G1Point, PointError> {
    const refusal = this.#refusal(bytes, g1EncodedLength, options);
    if (refusal !== undefined) return err(refusal);
    this.#put(this.#bytes, bytes);
    if (this.#mcl._mclBnG1_deserialize(this.#out, this.#bytes, bytes.length) !== bytes.length)
      return err('NOT_ON_CURVE');
    if (options.trusted !== true && this.#mcl._mclBnG1_isValidOrder(this.#out) !== 1) return err('NOT_IN_SUBGROUP');
    return ok(this.#g1(this.#out));
  }

  decodeG2(bytes: Uint8Array, options: DecodeOptions = {}): Result<G2Point, PointError> {
    const refusal = this.#refusal(bytes, g2EncodedLength, options);
    if (refusal !== undefined) return err(refusal);
    this.#put(this.#bytes, bytes);
    if (this.#mcl._mclBnG2_deserialize(this.#out, this.#bytes, bytes.length) !== bytes.length)
      return err('NOT_ON_CURVE');
    if (options.trusted !== true && this.#mcl._mclBnG2_isValidOrder(this.#out) !== 1) return err('NOT_IN_SUBGROUP');
    return ok(this.#g2(this.#out));
  }

  encodeG1(point: G1Point): Uint8Array {
    this.#put(this.#out, stored(point));
    const length = this.#mcl._mclBnG1_serialize(this.#bytes, g1EncodedLength, this.#out);
    invariant(length === g1EncodedLength, 'a point of G1 has an encoding');
    return this.#get(this.#bytes, length);
  }

  encodeG2(point: G2Point): Uint8Array {
    this.#put(this.#out, stored(point));
    const length = this.#mcl._mclBnG2_serialize(this.#bytes, g2EncodedLength, this.#out);
    invariant(length === g2EncodedLength, 'a point of G2 has an encoding');
    return this.#get(this.#bytes, length);
  }

  encodeManyG1(points: readonly G1Point[]): Uint8Array {
    const encodings = new Uint8Array(points.length * g1EncodedLength);
    for (let from = 0; from < points.length; from += chunk) {
      const count = this.#putPoints(points, from);
      this.#mcl._mclBnG1_normalizeVec(this.#points, this.#points, count);
      for (let i = 0; i < count; i++) {
        this.#mcl._mclBnG1_serialize(this.#bytes, g1EncodedLength, this.#points + i * g1Size);
        encodings.set(this.#view(this.#bytes, g1EncodedLength), (from + i) * g1EncodedLength);
      }
    }
    return encodings;
  }

  isInfinityG1(point: G1Point): boolean {
    this.#put(this.#out, stored(point));
    return this.#mcl._mclBnG1_isZero(this.#out) === 1;
  }

  equalG1(a: G1Point, b: G1Point): boolean {
    this.#putPoints([a, b], 0);
    return this.#mcl._mclBnG1_isEqual(this.#points, this.#points + g1Size) === 1;
  }

  addG1(a: G1Point, b: G1Point): G1Point {
    this.#putPoints([a, b], 0);
    this.#mcl._mclBnG1_add(this.#out, this.#points, this.#points + g1Size);
    return this.#g1(this.#out);
  }

  negateG1(point: G1Point): G1Point {
    this.#putPoints([point], 0);
    this.#mcl._mclBnG1_neg(this.#out, this.#points);
    return this.#g1(this.#out);
  }

  mulG1(point: G1Point, scalar: Uint8Array): G1Point {
    this.#putPoints([point], 0);
    this.#putScalars(scalar, 1);
    this.#mcl._mclBnG1_mulCT(this.#out, this.#points, this.#scalars);
    this.#view(this.#scalars, scalarLength).fill(0);
    return this.#g1(this.#out);
  }

  mulG2(point: G2Point, scalar: Uint8Array): G2Point {
    this.#put(this.#others, stored(point));
    this.#putScalars(scalar, 1);
    this.#mcl._mclBnG2_mulCT(this.#out, this.#others, this.#scalars);
    this.#view(this.#scalars, scalarLength).fill(0);
    return this.#g2(this.#out);
  }

  mulGeneratorG1(scalar: Uint8Array): G1Point {
    invariant(scalar.length === scalarLength && areCanonicalScalars(scalar), 'scalars are canonical');
    this.#table ??= this.#generatorTable();
    this.#mcl._mclBnG1_clear(this.#out);
    for (let window = 0; window < windows; window++) {
      const digit = byteAt(scalar, window);
      if (digit === 0) continue;
      const entry = this.#table + (window * windowEntries + digit - 1) * g1Size;
      this.#mcl._mclBnG1_add(this.#out, this.#out, entry);
    }
    return this.#g1(this.#out);
  }

  multiScalarMulG1(points: readonly G1Point[], scalars: Uint8Array): G1Point {
    invariant(scalars.length === points.length * scalarLength, 'one scalar for each point');
    const sum = this.#out;
    const partial = this.#out + g1Size;
    this.#mcl._mclBnG1_clear(sum);
    for (let from = 0; from < points.length; from += chunk) {
      const count = this.#putPoints(points, from);
      this.#putScalars(scalars.subarray(from * scalarLength, (from + count) * scalarLength), count);
      this.#mcl._mclBnG1_mulVec(partial, this.#points, this.#scalars, count);
      this.#mcl._mclBnG1_add(sum, sum, partial);
    }
    return this.#g1(sum);
  }

  pairingProductIsOne(terms: readonly PairingTerm[]): boolean {
    invariant(terms.length <= chunk, 'a pairing product has at most 1024 terms');
    let count = 0;
    for (const { g1, g2 } of terms) {
      this.#put(this.#points + count * g1Size, stored(g1));
      this.#put(this.#others + count * g2Size, stored(g2));
      const isOne =
        this.#mcl._mclBnG1_isZero(this.#points + count * g1Size) === 1 ||
        this.#mcl._mclBnG2_isZero(this.#others + count * g2Size) === 1;
      if (!isOne) count++;
    }
    if (count === 0) return true;
    this.#mcl._mclBn_millerLoopVec(this.#out, this.#points, this.#others, count);
    this.#mcl._mclBn_finalExp(this.#out, this.#out);
    return this.#mcl._mclBnGT_isOne(this.#out) === 1;
  }

  /** Entry (w, d) is (d + 1) · 256^w · generator; about 1.2 MB, made at first use. */
  #generatorTable(): number {
    const table = this.#mcl._malloc(windows * windowEntries * g1Size);
    this.#put(this.#points, stored(this.generatorG1));
    for (let window = 0; window < windows; window++) {
      const first = table + window * windowEntries * g1Size;
      this.#view(first, g1Size).set(this.#get(this.#points, g1Size));
      for (let digit = 1; digit < windowEntries; digit++) {
        this.#mcl._mclBnG1_add(first + digit * g1Size, first + (digit - 1) * g1Size, first);
      }
      this.#mcl._mclBnG1_normalizeVec(first, first, windowEntries);
      this.#mcl._mclBnG1_add(this.#points, first + (windowEntries - 1) * g1Size, first);
    }
    return table;
  }

  /** Why the encoding is rejected; undefined when it is valid. */
  #refusal(bytes: Uint8Array, length: 48 | 96, { allowInfinity }: DecodeOptions): PointError | undefined {
    const form = encodingForm(bytes, length);
    if (form === 'finite') return undefined;
    if (form !== 'infinity') return form;
    return allowInfinity === true ? undefined : 'INFINITY';
  }

  #putPoints(points: readonly G1Point[], from: number): number {
    const count = Math.min(chunk, points.length - from);
    const view = this.#view(this.#points, count * g1Size);
    for (let i = 0; i < count; i++) view.set(stored(elementAt(points, from + i)), i * g1Size);
    return count;
  }

  #putScalars(scalars: Uint8Array, count: number): void {
    invariant(scalars.length === count * scalarLength && areCanonicalScalars(scalars), 'scalars are canonical');
    for (let i = 0; i < count; i++) {
      this.#put(this.#bytes, scalars.subarray(i * scalarLength, (i + 1) * scalarLength));
      this.#mcl._mclBnFr_setLittleEndian(this.#scalars + i * scalarLength, this.#bytes, scalarLength);
    }
    this.#view(this.#bytes, scalarLength).fill(0);
  }

  #g1(address: number): G1Point {
    return this.#get(address, g1Size) as unknown as G1Point;
  }

  #g2(address: number): G2Point {
    return this.#get(address, g2Size) as unknown as G2Point;
  }

  #put(address: number, bytes: Uint8Array): void {
    this.#view(address, bytes.length).set(bytes);
  }

  #get(address: number, length: number): Uint8Array {
    return this.#view(address, length).slice();
  }

  // Growing the memory detaches existing views.
  #view(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#mcl.HEAP8.buffer, address, length);
  }
}

function stored(point: G1Point | G2Point): Uint8Array {
  return point as unknown as Uint8Array;
}

function decoded<T>(result: Result<T, PointError>): T {
  invariant(result.ok, 'generators are points');
  return result.value;
}
