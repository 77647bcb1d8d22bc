// The hash of all that happens in a run: two runs of one seed must give the same one (SI-3).

export class Trace {
  #low = 0x811c9dc5;
  #high = 0xcbf29ce4 | 0;

  /** Numbers are taken as 32-bit integers. */
  number(value: number): void {
    this.#low = Math.imul(this.#low ^ value, 0x01000193);
    this.#high = Math.imul(this.#high ^ (value + (this.#low >>> 15)), 0x5bd1e995);
  }

  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.number(text.charCodeAt(i));
  }

  /** The length and a sample of the bytes, their end included, where signatures and hashes are. */
  bytes(bytes: Uint8Array): void {
    this.number(bytes.length);
    const step = Math.max(1, bytes.length >> 4);
    for (let i = bytes.length - 1; i >= 0; i -= step) this.number(bytes[i] as number);
  }

  /** 16 hexadecimal digits. */
  get digest(): string {
    const hex = (value: number) => (value >>> 0).toString(16).padStart(8, '0');
    return hex(this.#high) + hex(this.#low);
  }
}
