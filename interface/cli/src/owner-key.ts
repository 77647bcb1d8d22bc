// The owner's key in the home of the network.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CessError } from '@cess/primitives';
import { openKeyFile } from '@cess/sealing';

export function ownerKeyFile(home: string): string {
  return join(home, 'keys', 'owner.json');
}

/** The secret behind the owner's key file. A sealed one takes its passphrase from CESS_PASSPHRASE. */
export async function ownerSeed(home: string): Promise<Uint8Array> {
  const file = ownerKeyFile(home);
  if (!existsSync(file)) throw new CessError('KEY_NOT_FOUND', `There is no key "owner" in ${dirname(file)}.`);
  const passphrase = process.env['CESS_PASSPHRASE'];
  return openKeyFile('owner', readFileSync(file, 'utf8'), {
    allowPlaintext: true,
    ...(passphrase === undefined ? {} : { passphrase }),
  });
}
