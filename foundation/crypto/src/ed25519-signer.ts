/** A signing key held in memory. */
export interface Ed25519Signer {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64-byte signature R ‖ S. */
  sign(message: Uint8Array): Uint8Array;
}
