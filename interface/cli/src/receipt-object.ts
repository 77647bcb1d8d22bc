// Compares the bytes of an object with its receipt: proves them where the receipt has keys, and compares what the gateway states of
// them.
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { checkObjectBytes, type VerifiedReceipt } from '@cess/object-receipt';
import { CessError, elementAt } from '@cess/primitives';

export interface ObjectComparison {
  readonly size: number;
  /** Bytes that are proven to be what the chain records. */
  readonly provenBytes: number;
  /** What the gateway states of the bytes, and they have. */
  readonly stated: readonly string[];
}

const hashNames: Readonly<Record<string, string>> = { SHA1: 'sha1', SHA256: 'sha256' };

/**
 * Throws `OBJECT_RECEIPT_OBJECT_MISMATCH` if these are not the bytes of the object, and `RECEIPT_OBJECT_UNCONFIRMED` if the receipt has
 * nothing that shows it.
 */
export async function compareObject(receipt: VerifiedReceipt, path: string): Promise<ObjectComparison> {
  const { checksums, checksumType, etag, size } = receipt.statement.object;
  const md5 = new PartsMd5(receipt.statement.object.partSizes);
  const whole = checksumType === 'FULL_OBJECT' ? checksums : [];
  const hashes = whole.flatMap(({ algorithm, value }) => {
    const name = hashNames[algorithm];
    return name === undefined ? [] : [{ algorithm, value, hash: createHash(name) }];
  });
  const chunks = observed(createReadStream(path), [md5, ...hashes.map(({ hash }) => hash)]);
  const { provenBytes } = await checkObjectBytes(receipt, chunks);
  for (const { algorithm, value, hash } of hashes) {
    if (hash.digest('base64') !== value)
      throw new CessError('OBJECT_RECEIPT_OBJECT_MISMATCH', `The bytes do not have the ${algorithm} of the object.`);
  }
  const stated = hashes.map(({ algorithm }) => algorithm);
  // Objects under keys of customers have entity tags that are no MD5: a difference shows nothing.
  if (md5.etag() === etag) stated.push('ETag');
  if (provenBytes < size && stated.length === 0) {
    throw new CessError(
      'RECEIPT_OBJECT_UNCONFIRMED',
      'The receipt has nothing that these bytes could be compared with. Fetch it with --stream-keys.',
    );
  }
  return { size, provenBytes, stated };
}

async function* observed(
  chunks: AsyncIterable<Buffer>,
  observers: readonly { update(chunk: Buffer): unknown }[],
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    for (const observer of observers) observer.update(chunk);
    yield chunk;
  }
}

/** The entity tag that bytes have: their MD5, or that of the MD5s of the parts. */
class PartsMd5 {
  readonly #parts: Buffer[] = [];
  #part: Hash = createHash('md5');
  #left: number;

  constructor(private readonly sizes: readonly number[]) {
    this.#left = sizes[0] ?? Number.POSITIVE_INFINITY;
  }

  update(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > this.#left) {
      this.#part.update(rest.subarray(0, this.#left));
      rest = rest.subarray(this.#left);
      this.#endPart();
    }
    this.#part.update(rest);
    this.#left -= rest.length;
  }

  etag(): string {
    if (this.sizes.length === 0) return this.#part.digest('hex');
    this.#endPart();
    const digest = createHash('md5').update(Buffer.concat(this.#parts)).digest('hex');
    return `${digest}-${this.#parts.length}`;
  }

  #endPart(): void {
    this.#parts.push(this.#part.digest());
    this.#part = createHash('md5');
    this.#left = this.#parts.length < this.sizes.length ? elementAt(this.sizes, this.#parts.length) : 2 ** 53;
  }
}
