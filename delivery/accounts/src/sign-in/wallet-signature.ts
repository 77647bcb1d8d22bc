// Signatures of wallets over a text, and the account on chain whose key made them.
//   sr25519, ed25519  the account id is the public key. Extensions sign the text between <Bytes> and </Bytes>, others the text.
//   ethereum          personal_sign (EIP-191); the account id is BLAKE2b-256 of the compressed public key, as for every ecdsa
//                     account of a Substrate chain.
import { blake2_256, keccak256, recoverEcdsa, verifyEd25519, verifySr25519 } from '@cess/crypto';
import { concatBytes, utf8 } from '@cess/primitives';

export const walletKeyTypes = ['sr25519', 'ed25519', 'ethereum'] as const;
type WalletKeyType = (typeof walletKeyTypes)[number];

export interface WalletSignature {
  readonly keyType: WalletKeyType;
  /** The account id that claims to have signed; for `ethereum` it follows from the signature. */
  readonly publicKey: Uint8Array | undefined;
  readonly signature: Uint8Array;
}

/** The account that signed the text, or undefined if the signature is not valid. */
export function signerOf(text: string, { keyType, publicKey, signature }: WalletSignature): Uint8Array | undefined {
  if (keyType === 'ethereum') {
    const key = ethereumSignerOf(text, signature);
    return key === undefined ? undefined : blake2_256(key);
  }
  if (publicKey === undefined) return undefined;
  const verify = keyType === 'sr25519' ? verifySr25519 : verifyEd25519;
  const isSigned = [text, `<Bytes>${text}</Bytes>`].some((signed) => verify(signature, utf8(signed), publicKey));
  return isSigned ? publicKey : undefined;
}

/** The compressed public key that signed the text by personal_sign. */
export function ethereumSignerOf(text: string, signature: Uint8Array): Uint8Array | undefined {
  return recoverEcdsa(signature, keccak256(ethereumMessage(text)));
}

/** EIP-191, version 0x45. */
export function ethereumMessage(text: string): Uint8Array {
  const bytes = utf8(text);
  return concatBytes(utf8(`\x19Ethereum Signed Message:\n${bytes.length}`), bytes);
}
