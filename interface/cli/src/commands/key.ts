// cess key: the owner's key and its backup.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { SS58_PREFIX, sr25519Account } from '@cess/client';
import { deriveOwnerMasterKey, deriveOwnerX25519, encodeSs58, openKeyFile, sealKeyFile, systemRng } from '@cess/crypto';
import { CessError, toHex0x } from '@cess/primitives';
import type { CliContext } from '../context.js';
import { fields, print } from '../output.js';

const warning = `
Keep this file and its passphrase apart from this machine. The owner's key opens every bucket and signs for every
territory: who has it reads and deletes everything; if it is lost and the gateway is lost too, nobody can ever read the
data again. There is no way to recover it.`;

export async function showKey(context: CliContext): Promise<void> {
  const seed = await context.secret('owner');
  const record = {
    address: encodeSs58(sr25519Account(seed).account, SS58_PREFIX),
    'encryption key (X25519)': toHex0x(deriveOwnerX25519(deriveOwnerMasterKey(seed)).publicKey),
  };
  print(context.json ? JSON.stringify(record, null, 2) : fields(record));
}

export async function backupKey(context: CliContext, file: string): Promise<void> {
  const passphrase = requirePassphrase();
  if (existsSync(file)) throw new CessError('FILE_EXISTS', `${file} exists already; choose another name.`);
  const text = await sealKeyFile('owner', await context.secret('owner'), passphrase, systemRng);
  writeFileSync(file, text, { mode: 0o600, flag: 'wx', flush: true });
  print(`The owner's key is sealed in ${file}.${warning}`);
}

/** Tells whether a backup opens and belongs to this network's owner. */
export async function checkBackup(context: CliContext, file: string): Promise<void> {
  const restored = await openKeyFile('owner', readFileSync(file, 'utf8'), { passphrase: requirePassphrase() });
  const address = encodeSs58(sr25519Account(restored).account, SS58_PREFIX);
  const own = encodeSs58(sr25519Account(await context.secret('owner')).account, SS58_PREFIX);
  if (address !== own)
    throw new CessError('KEY_BACKUP_FOREIGN', `The backup opens, but it is of ${address}, not of ${own}.`);
  print(`The backup opens and is the key of ${address}.`);
}

function requirePassphrase(): string {
  const passphrase = process.env['CESS_PASSPHRASE'];
  if (passphrase === undefined || passphrase.length < 8) {
    throw new CessError('PASSPHRASE_MISSING', 'Set CESS_PASSPHRASE to a passphrase of at least 8 characters.');
  }
  return passphrase;
}
