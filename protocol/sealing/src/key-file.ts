// A secret of 32 bytes as the text of a key file: sealed under a passphrase (scrypt, RFC 7914, then AES-256-GCM), or in plaintext
// and marked as such, which production rejects (`allowPlaintext`). The header is authenticated.
import { createCipheriv, createDecipheriv, scrypt } from 'node:crypto';
import { CessError, concatBytes, fromHex, type Rng, toHex, utf8 } from '@cess/primitives';

/** Purpose of the secret. Loading it for another purpose fails. */
export type KeyPurpose = string;

// 2^16 * 8 * 128 bytes = 64 MiB of memory and about a quarter of a second.
const scryptCost = { N: 65_536, r: 8, p: 1, maxmem: 128 * 1024 * 1024 };
const format = 'cess-key';
const version = 1;
const maxFileLength = 4096;

interface KeyFileJson {
  readonly format: typeof format;
  readonly version: typeof version;
  readonly purpose: KeyPurpose;
  readonly protection: 'scrypt-aes-256-gcm' | 'plaintext-development-only';
  readonly salt?: string;
  readonly sealed?: string;
  readonly secret?: string;
}

/** Text of a key file under a passphrase. */
export async function sealKeyFile(
  purpose: KeyPurpose,
  secret: Uint8Array,
  passphrase: string,
  rng: Rng,
): Promise<string> {
  const salt = rng.bytes(32);
  const cipher = createCipheriv('aes-256-gcm', await passphraseKey(passphrase, salt), new Uint8Array(12));
  cipher.setAAD(headerOf(purpose));
  const sealed = concatBytes(cipher.update(secret), cipher.final(), cipher.getAuthTag());
  return print({
    format,
    version,
    purpose,
    protection: 'scrypt-aes-256-gcm',
    salt: toHex(salt),
    sealed: toHex(sealed),
  });
}

/** Text of a key file without protection, for development networks. */
export function plaintextKeyFile(purpose: KeyPurpose, secret: Uint8Array): string {
  return print({ format, version, purpose, protection: 'plaintext-development-only', secret: toHex(secret) });
}

export interface OpenKeyFileOptions {
  readonly passphrase?: string;
  /** Whether to accept a plaintext file. For development specifications only. */
  readonly allowPlaintext?: boolean;
}

/** The secret. Throws `KEY_FILE_MALFORMED`, `KEY_FILE_PURPOSE`, `KEY_FILE_PASSPHRASE` or `KEY_FILE_PLAINTEXT`. */
export async function openKeyFile(
  purpose: KeyPurpose,
  text: string,
  options: OpenKeyFileOptions = {},
): Promise<Uint8Array> {
  const file = parse(text);
  if (file.purpose !== purpose) {
    throw new CessError('KEY_FILE_PURPOSE', `This key file is for "${file.purpose}", not for "${purpose}".`);
  }
  if (file.protection === 'plaintext-development-only') {
    if (options.allowPlaintext !== true) {
      throw new CessError('KEY_FILE_PLAINTEXT', 'This key file has no passphrase. Seal it with one to use it here.');
    }
    return hexField(file.secret);
  }
  if (options.passphrase === undefined) {
    throw new CessError('KEY_FILE_PASSPHRASE', 'This key file needs a passphrase.');
  }
  const sealed = hexField(file.sealed);
  if (sealed.length < 16) throw malformed();
  const key = await passphraseKey(options.passphrase, hexField(file.salt));
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, new Uint8Array(12), { authTagLength: 16 });
    decipher.setAAD(headerOf(purpose));
    decipher.setAuthTag(sealed.subarray(sealed.length - 16));
    return concatBytes(decipher.update(sealed.subarray(0, sealed.length - 16)), decipher.final());
  } catch (cause) {
    throw new CessError('KEY_FILE_PASSPHRASE', 'The passphrase is wrong or the key file is damaged.', {}, { cause });
  }
}

function headerOf(purpose: KeyPurpose): Uint8Array {
  return utf8(`${format}/${version}/${purpose}`);
}

function passphraseKey(passphrase: string, salt: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(utf8(passphrase.normalize('NFKC')), salt, 32, scryptCost, (error, key) => {
      if (error) reject(error);
      else resolve(new Uint8Array(key));
    });
  });
}

function print(file: KeyFileJson): string {
  return `${JSON.stringify(file, null, 2)}\n`;
}

function parse(text: string): KeyFileJson {
  if (text.length > maxFileLength) throw malformed();
  let file: Partial<KeyFileJson> | null;
  try {
    file = JSON.parse(text) as Partial<KeyFileJson> | null;
  } catch (cause) {
    throw malformed(cause);
  }
  if (file?.format !== format || typeof file.purpose !== 'string') throw malformed();
  if (file.version !== version) {
    throw new CessError(
      'KEY_FILE_MALFORMED',
      'This key file has a version that this program does not know. Update it.',
    );
  }
  if (file.protection !== 'scrypt-aes-256-gcm' && file.protection !== 'plaintext-development-only') throw malformed();
  return file as KeyFileJson;
}

function hexField(value: string | undefined): Uint8Array {
  if (typeof value !== 'string') throw malformed();
  try {
    return fromHex(value);
  } catch (cause) {
    throw malformed(cause);
  }
}

function malformed(cause?: unknown): CessError {
  return new CessError('KEY_FILE_MALFORMED', 'This is not a key file, or it is damaged.', {}, { cause });
}
