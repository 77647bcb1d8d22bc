// The key of the notes: 32 random bytes, which leave the browser only encrypted under a passphrase, as the object `vault.json`. The passphrase
// leaves it never. Whoever can read the bucket can try passphrases offline: choose a long one. Who loses it loses the notes.
import { fromHex, isCessError, toHex } from '@cess/sdk';
import { createEncryptionKey, getObject, putObject, type StorageClient } from '@cess/sdk/storage';

const key = 'vault.json';
/** OWASP Password Storage Cheat Sheet (2023), for PBKDF2 with SHA-256. */
const iterations = 600_000;

/** All in hex. */
interface Vault {
  readonly salt: string;
  readonly nonce: string;
  readonly encryptedKey: string;
}

/** The key of the notes in this bucket; the first call makes it. Throws where the passphrase is wrong. */
export async function openVault(storage: StorageClient, bucket: string, passphrase: string): Promise<Uint8Array> {
  const vault = await readVault(storage, bucket);
  if (vault === undefined) return createVault(storage, bucket, passphrase);
  const wrapping = await keyOfPassphrase(passphrase, bytesOf(vault.salt));
  try {
    const parameters = { name: 'AES-GCM', iv: bytesOf(vault.nonce) };
    return new Uint8Array(await crypto.subtle.decrypt(parameters, wrapping, bytesOf(vault.encryptedKey)));
  } catch (cause) {
    throw new Error('This passphrase does not open the notes.', { cause });
  }
}

async function createVault(storage: StorageClient, bucket: string, passphrase: string): Promise<Uint8Array> {
  const encryptionKey = createEncryptionKey();
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const parameters = { name: 'AES-GCM', iv: nonce };
  const wrapping = await keyOfPassphrase(passphrase, salt);
  const wrapped = await crypto.subtle.encrypt(parameters, wrapping, new Uint8Array(encryptionKey));
  const vault: Vault = { salt: toHex(salt), nonce: toHex(nonce), encryptedKey: toHex(new Uint8Array(wrapped)) };
  await putObject(storage, { bucket, key, body: JSON.stringify(vault), contentType: 'application/json' });
  return encryptionKey;
}

/** Undefined where the bucket has none yet. */
async function readVault(storage: StorageClient, bucket: string): Promise<Vault | undefined> {
  try {
    return JSON.parse(await (await getObject(storage, { bucket, key })).text()) as Vault;
  } catch (error) {
    if (isCessError(error, 'STORAGE_NOT_FOUND') && error.data.code === 'NoSuchKey') return undefined;
    throw error;
  }
}

async function keyOfPassphrase(passphrase: string, salt: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const secret = await crypto.subtle.importKey('raw', new TextEncoder().encode(passphrase), 'PBKDF2', false, [
    'deriveKey',
  ]);
  const parameters = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations };
  return crypto.subtle.deriveKey(parameters, secret, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(fromHex(hex));
}
