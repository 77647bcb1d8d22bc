// cess key: the owner's key and its backup, new keys of any role.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { SS58_PREFIX } from '@cess/client';
import { sr25519Account } from '@cess/client/signers';
import { createEd25519Signer, encodeSs58, systemRng } from '@cess/crypto';
import { CessError, messageOf, toHex0x } from '@cess/primitives';
import {
  deriveOwnerMasterKey,
  deriveOwnerX25519,
  deriveRoleKeys,
  openKeyFile,
  plaintextKeyFile,
  sealKeyFile,
} from '@cess/sealing';
import type { CliContext } from '../context.js';
import { fields, print, printDone } from '../output.js';
import { ownerKeyFile, ownerSeed } from '../owner-key.js';

const warning = `
Keep this file and its passphrase apart from this machine. The owner's key opens every bucket and signs for every
territory: who has it reads and deletes everything; if it is lost and the gateway is lost too, nobody can ever read the
data again. There is no way to recover it.`;

export async function showKey(context: CliContext): Promise<void> {
  const seed = await ownerSeed(context.home);
  const record = publicParts('owner', seed);
  print(context.json ? JSON.stringify(record, null, 2) : fields(record));
}

/** Generates a key for a purpose and prints its public parts. Throws `FILE_EXISTS`, `PASSPHRASE_MISSING`. */
export async function newKey(context: CliContext, purpose: string, file: string, plaintext: boolean): Promise<void> {
  if (existsSync(file)) throw new CessError('FILE_EXISTS', `${file} exists already; choose another name.`);
  const secret = systemRng.bytes(32);
  const text = plaintext
    ? plaintextKeyFile(purpose, secret)
    : await sealKeyFile(purpose, secret, requirePassphrase(), systemRng);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, text, { mode: 0o600, flag: 'wx', flush: true });
  const record = { purpose, ...publicParts(purpose, secret) };
  print(context.json ? JSON.stringify(record, null, 2) : fields(record));
}

/** The public parts of a key of an owner, an authority or a role. */
function publicParts(purpose: string, secret: Uint8Array): Readonly<Record<string, string>> {
  if (purpose === 'owner') {
    return {
      address: encodeSs58(sr25519Account(secret).account, SS58_PREFIX),
      'encryption key (X25519)': toHex0x(deriveOwnerX25519(deriveOwnerMasterKey(secret)).publicKey),
    };
  }
  if (purpose === 'authority') return { 'authority key (ed25519)': toHex0x(createEd25519Signer(secret).publicKey) };
  const keys = deriveRoleKeys(secret);
  const address = encodeSs58(sr25519Account(keys.accountSeed).account, SS58_PREFIX);
  // A TEE worker generates its signing keys in its enclave.
  if (purpose === 'tee') return { address };
  return {
    address,
    'node key (ed25519)': toHex0x(createEd25519Signer(keys.nodeSeed).publicKey),
  };
}

export async function backupKey(context: CliContext, file: string): Promise<void> {
  const passphrase = requirePassphrase();
  if (existsSync(file)) throw new CessError('FILE_EXISTS', `${file} exists already; choose another name.`);
  const text = await sealKeyFile('owner', await ownerSeed(context.home), passphrase, systemRng);
  writeFileSync(file, text, { mode: 0o600, flag: 'wx', flush: true });
  printDone(context, { file }, `The owner's key is sealed in ${file}.${warning}`);
}

/** Checks that a backup can be decrypted and belongs to this network's owner. */
export async function checkBackup(context: CliContext, file: string): Promise<void> {
  const restored = await openKeyFile('owner', readBackup(file), { passphrase: requirePassphrase() });
  const address = encodeSs58(sr25519Account(restored).account, SS58_PREFIX);
  const own = encodeSs58(sr25519Account(await ownerSeed(context.home)).account, SS58_PREFIX);
  if (address !== own)
    throw new CessError('KEY_BACKUP_FOREIGN', `The backup opens, but it is of ${address}, not of ${own}.`);
  printDone(context, { file, address }, `The backup opens and is the key of ${address}.`);
}

/**
 * Puts a backup of the owner's key into the home, sealed under the same passphrase or, for the embedded network, in plaintext.
 * Order: open the backup, write and sync the key file under its final name, open the file again. Throws `FILE_EXISTS` and changes
 * nothing when the home has an owner's key.
 */
export async function restoreKey(context: CliContext, backup: string, plaintext: boolean): Promise<void> {
  const file = ownerKeyFile(context.home);
  if (existsSync(file)) {
    throw new CessError('FILE_EXISTS', `${file} exists already. Move it away to replace the owner's key.`);
  }
  const passphrase = requirePassphrase();
  const text = readBackup(backup);
  const secret = await openKeyFile('owner', text, { passphrase });
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, plaintext ? plaintextKeyFile('owner', secret) : text, { mode: 0o600, flag: 'wx', flush: true });
  const record = publicParts('owner', await ownerSeed(context.home));
  if (context.json) return print(JSON.stringify(record, null, 2));
  print(`The owner's key is restored to ${file}.\n${fields(record)}`);
}

function readBackup(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CessError('KEY_BACKUP_UNREADABLE', `${file} cannot be read: ${messageOf(cause)}`, undefined, { cause });
  }
}

function requirePassphrase(): string {
  const passphrase = process.env['CESS_PASSPHRASE'];
  if (passphrase === undefined || passphrase.length < 8) {
    throw new CessError('PASSPHRASE_MISSING', 'Set CESS_PASSPHRASE to a passphrase of at least 8 characters.');
  }
  return passphrase;
}
