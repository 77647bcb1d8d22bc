// The vault of named keys as a file of the data folder: a header, then slots of 64 bytes (id, secret, checksum). A slot is written and
// overwritten in place, and a file with slots is never replaced, so that no copy of a destroyed secret stays in it. An empty slot is all
// zeros.
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, existsSync, fdatasyncSync, fstatSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import type { KeyVault, VaultEntry } from '@cess/accounts';
import { CessError, concatBytes, equalBytes, messageOf, toHex, utf8 } from '@cess/primitives';
import { writeFileAtomically } from '@cess/store';

const slotBytes = 64;
const idBytes = 16;
const secretBytes = 32;
const header = 'cess named keys 1\n'.padEnd(slotBytes, '\0');

interface Slot extends VaultEntry {
  readonly position: number;
}

export class FileKeyVault implements KeyVault {
  readonly #slots = new Map<string, Slot>();
  readonly #free: number[] = [];
  #end = slotBytes;
  #file: number | undefined;

  constructor(private readonly path: string) {}

  /** Throws `KEY_VAULT_UNUSABLE`. Call before any other method. */
  open(): void {
    try {
      // A file that is shorter than its header has no slot: a crash while it was created left it.
      if (!existsSync(this.path) || statSync(this.path).size < slotBytes) writeFileAtomically(this.path, header, 0o600);
      this.#file = openSync(this.path, 'r+');
      this.#read(this.#file);
    } catch (cause) {
      this.close();
      throw unusable(this.path, cause);
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  create(): VaultEntry {
    const [id, secret] = [new Uint8Array(randomBytes(idBytes)), new Uint8Array(randomBytes(secretBytes))];
    const position = this.#free.at(-1) ?? this.#end;
    this.#write(position, concatBytes(id, secret, checksumOf(id, secret)));
    this.#free.pop();
    this.#end = Math.max(this.#end, position + slotBytes);
    this.#slots.set(toHex(id), { id, secret, position });
    return { id, secret };
  }

  find(id: Uint8Array): Uint8Array | undefined {
    return this.#slots.get(toHex(id))?.secret;
  }

  destroy(id: Uint8Array): void {
    const slot = this.#slots.get(toHex(id));
    if (slot === undefined) return;
    // Random bytes first: a disk that recognises zeros may release the block instead of overwriting it.
    this.#write(slot.position, randomBytes(slotBytes));
    this.#write(slot.position, new Uint8Array(slotBytes));
    slot.secret.fill(0);
    this.#slots.delete(toHex(id));
    this.#free.push(slot.position);
  }

  #write(position: number, bytes: Uint8Array): void {
    const file = this.#file;
    if (file === undefined) throw unusable(this.path, new Error('it is not open'));
    try {
      const written = writeSync(file, bytes, 0, bytes.length, position);
      if (written < bytes.length) throw new Error(`only ${written} of ${bytes.length} bytes were written`);
      fdatasyncSync(file);
    } catch (cause) {
      throw unusable(this.path, cause);
    }
  }

  /** A slot whose checksum is wrong was not written whole before a crash: nothing refers to it. */
  #read(file: number): void {
    const bytes = Buffer.alloc(fstatSync(file).size);
    readSync(file, bytes, 0, bytes.length, 0);
    if (!equalBytes(bytes.subarray(0, slotBytes), utf8(header))) throw new Error('it is no vault of named keys');
    for (let position = slotBytes; position < bytes.length; position += slotBytes) {
      const id = Uint8Array.from(bytes.subarray(position, position + idBytes));
      const secret = Uint8Array.from(bytes.subarray(position + idBytes, position + idBytes + secretBytes));
      const checksum = bytes.subarray(position + idBytes + secretBytes, position + slotBytes);
      if (equalBytes(checksum, checksumOf(id, secret))) this.#slots.set(toHex(id), { id, secret, position });
      else this.#free.push(position);
      this.#end = position + slotBytes;
    }
  }
}

function checksumOf(id: Uint8Array, secret: Uint8Array): Uint8Array {
  return createHash('sha256').update(id).update(secret).digest().subarray(0, idBytes);
}

function unusable(path: string, cause: unknown): CessError<'KEY_VAULT_UNUSABLE'> {
  const message = `The vault of named keys ${path} cannot be used: ${messageOf(cause)}. Restore the data folder as a whole.`;
  return new CessError('KEY_VAULT_UNUSABLE', message, {}, { cause });
}
