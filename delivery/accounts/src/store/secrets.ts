// Secrets at rest: AES-256-GCM under keys that follow by HKDF from a secret of the gateway (ADR 56). What is sealed for one name
// and use opens for no other.
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { hkdfSha256 } from '@cess/crypto';
import { CessError, concatBytes, type Rng, utf8 } from '@cess/primitives';

export type SecretUse = 'access-key' | 'mfa-seed' | 'session-token' | 'sign-in';

/** What is sealed for a named key opens with the secret of its vault entry only. */
export interface SecondSecret {
  readonly secondSecret: Uint8Array;
}

const nonceBytes = 12;
const tagBytes = 16;

export class Secrets {
  readonly #keys = new Map<SecretUse, Uint8Array>();

  constructor(
    private readonly secret: Uint8Array,
    private readonly rng: Rng,
  ) {}

  /** `name` is not stored: opening needs the same one. */
  seal(use: SecretUse | SecondSecret, name: string, plaintext: Uint8Array): Uint8Array {
    const nonce = this.rng.bytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#keyOf(use), nonce);
    cipher.setAAD(utf8(name));
    return concatBytes(nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
  }

  /** Undefined if another key, use or name sealed it, or if it is damaged. */
  tryOpen(use: SecretUse | SecondSecret, name: string, sealed: Uint8Array): Uint8Array | undefined {
    if (sealed.length < nonceBytes + tagBytes) return undefined;
    const end = sealed.length - tagBytes;
    const decipher = createDecipheriv('aes-256-gcm', this.#keyOf(use), sealed.subarray(0, nonceBytes));
    decipher.setAAD(utf8(name));
    decipher.setAuthTag(sealed.subarray(end));
    const plaintext = decipher.update(sealed.subarray(nonceBytes, end));
    try {
      return concatBytes(plaintext, decipher.final());
    } catch (error) {
      if (isAuthenticationFailure(error)) return undefined;
      throw error;
    }
  }

  /** Throws `ACCOUNT_SECRET_UNREADABLE`. */
  open(use: SecretUse | SecondSecret, name: string, sealed: Uint8Array): Uint8Array {
    const plaintext = this.tryOpen(use, name, sealed);
    if (plaintext !== undefined) return plaintext;
    throw new CessError(
      'ACCOUNT_SECRET_UNREADABLE',
      `The secret of ${name} does not open with the key of this gateway; start the gateway with the key file that sealed it.`,
    );
  }

  #keyOf(use: SecretUse | SecondSecret): Uint8Array {
    if (typeof use !== 'string') return this.#derive('named-key', use.secondSecret);
    let key = this.#keys.get(use);
    if (key === undefined) {
      key = this.#derive(use, new Uint8Array(0));
      this.#keys.set(use, key);
    }
    return key;
  }

  #derive(use: string, second: Uint8Array): Uint8Array {
    const secret = concatBytes(this.secret, second);
    return hkdfSha256({ secret, salt: utf8('CESS/accounts/v1'), info: utf8(use), length: 32 });
  }
}

/** Node gives the failure of a tag no code. */
function isAuthenticationFailure(error: unknown): boolean {
  return error instanceof Error && /authenticate data/.test(error.message);
}
