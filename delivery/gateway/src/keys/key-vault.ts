// The vault of named keys as a file of the data folder: a header, then slots of 64 bytes (id, secret, checksum). A slot is written and
// overwritten in place, and the file is never replaced, so that no copy of a destroyed secret stays in it. An empty slot is all zeros.
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, existsSync, fdatasyncSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { KeyVault, VaultEntry } from '@cess/accounts';
import { CessError, concatBytes, equalBytes, messageOf, toHex, utf8 } from '@cess/primitives';

const slotBytes = 64;
const idBytes = 16;
const secretBytes = 32;
const header = concatBytes(utf8('cess named keys 1\n'), new Uint8Array(slotBytes - 18));

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
      const isNew = !existsSync(this.path);
      const file = openSync(this.path, isNew ? 'wx+' : 'r+', 0o600);
      this.#file = file;
      if (isNew) {
        writeSync(file, header, 0, slotBytes, 0);
        fsyncSync(file);
        syncFolder(dirname(this.path));
      } else this.#read(file);
    } catch (cause) {
      throw unusable(this.path, cause);
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  create(): VaultEntry {
    const [id, secret] = [new Uint8Array(randomBytes(idBytes)), new Uint8Array(randomBytes(secretBytes))];
    const position = this.#free.pop() ?? this.#end;
    this.#write(position, concatBytes(id, secret, checksumOf(id, secret)));
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
      writeSync(file, bytes, 0, bytes.length, position);
      fdatasyncSync(file);
    } catch (cause) {
      throw unusable(this.path, cause);
    }
  }

  /** A slot whose checksum is wrong was not written whole before a crash: nothing refers to it. */
  #read(file: number): void {
    const bytes = Buffer.alloc(fstatSync(file).size);
    readSync(file, bytes, 0, bytes.length, 0);
    if (!equalBytes(bytes.subarray(0, slotBytes), header)) throw new Error('it is no vault of named keys');
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

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  fsyncSync(folder);
  closeSync(folder);
}

function unusable(path: string, cause: unknown): CessError<'KEY_VAULT_UNUSABLE'> {
  const message = `The vault of named keys ${path} cannot be used: ${messageOf(cause)}. Restore the data folder as a whole.`;
  return new CessError('KEY_VAULT_UNUSABLE', message, {}, { cause });
}
