// Wallets that sign the text of a sign-in: a Polkadot extension, an Ethereum wallet, a seed.
import { CessError, toHex0x, utf8 } from '@cess/primitives';

/** Signs a text that a person can read. */
export interface TextSigner {
  readonly keyType: 'sr25519' | 'ed25519' | 'ethereum';
  /** SS58; undefined for Ethereum, whose signature says the account. */
  readonly address: string | undefined;
  /** The signature in hex. */
  signText(text: string): Promise<string>;
}

/** The part of a Polkadot extension's signer that is used here. */
export interface InjectedTextSigner {
  signRaw?(raw: {
    readonly address: string;
    readonly data: string;
    readonly type: 'bytes';
  }): Promise<{ readonly signature: string }>;
}

/** The part of an Ethereum provider (EIP-1193) that is used here. */
export interface EthereumProvider {
  request(call: { readonly method: string; readonly params?: readonly unknown[] }): Promise<unknown>;
}

/** An account in a Polkadot extension. Throws `SIGN_IN_WALLET_UNUSABLE`. */
export function extensionWallet(
  signer: InjectedTextSigner,
  { address, keyType = 'sr25519' }: { readonly address: string; readonly keyType?: 'sr25519' | 'ed25519' },
): TextSigner {
  const { signRaw } = signer;
  if (signRaw === undefined) throw new CessError('SIGN_IN_WALLET_UNUSABLE', 'This wallet does not sign texts.');
  return {
    keyType,
    address,
    signText: async (text) =>
      (await signRaw.call(signer, { address, data: toHex0x(utf8(text)), type: 'bytes' })).signature,
  };
}

/**
 * An account of an Ethereum wallet: it signs by `personal_sign` (EIP-191). The owner is the ecdsa account of its key. Such a wallet signs
 * in; calls of the chain it cannot sign.
 */
export function ethereumWallet(provider: EthereumProvider, address: string): TextSigner {
  return {
    keyType: 'ethereum',
    address: undefined,
    signText: async (text) =>
      String(await provider.request({ method: 'personal_sign', params: [toHex0x(utf8(text)), address] })),
  };
}

/** A signer in memory, such as `createEd25519Signer` of a seed. `address` is SS58. */
export function keyWallet(
  sign: (message: Uint8Array) => Uint8Array,
  { address, keyType }: { readonly address: string; readonly keyType: 'sr25519' | 'ed25519' },
): TextSigner {
  return { keyType, address, signText: async (text) => toHex0x(sign(utf8(text))) };
}
