import type { ExtrinsicSigner } from '@cess/client';
import { ed25519Account, sr25519Account } from '@cess/client/signers';
import { openKeyFile } from '@cess/sealing';

/** How to open a key file. */
export interface KeyFileSignerOptions {
  /** What the key is for, as the file says: `owner` for the key that `cess key new owner` makes. Default `owner`. */
  readonly purpose?: string;
  /** Of a sealed file. */
  readonly passphrase?: string;
  /** Accepts a file without passphrase, of a development network. */
  readonly allowPlaintext?: boolean;
  /** Default `sr25519`, as owners have. */
  readonly scheme?: 'sr25519' | 'ed25519';
}

/** The signer behind the text of a key file. Throws `KEY_FILE_MALFORMED`, `KEY_FILE_PASSPHRASE`, `KEY_FILE_PLAINTEXT`, `KEY_FILE_PURPOSE`. */
export async function keyFileSigner(text: string, options: KeyFileSignerOptions = {}): Promise<ExtrinsicSigner> {
  const { purpose = 'owner', scheme = 'sr25519', ...opening } = options;
  const seed = await openKeyFile(purpose, text, opening);
  return scheme === 'sr25519' ? sr25519Account(seed) : ed25519Account(seed);
}
