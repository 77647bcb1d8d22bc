// The secrets of an enclave at rest: AES-256-GCM under a sealing key, which is stored beside them in a file that only its user
// can read. DEVELOPMENT STAND-IN: a real enclave's sealing key is fused into the processor and bound to the measured program.
// Here anyone who can read the directory has every key.
//
// Writes at the first start: sealing key, then sealed state. Each file is written atomically and never replaced. A crash
// between the two leaves a sealing key without state, which the next start uses.
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { AuthoritySet } from '@cess/client';
import { fixedBytes, type Static, struct, u32, u64, vec } from '@cess/codec';
import type { Bls12 } from '@cess/crypto';
import { CessError, concatBytes, fromHex, fromUtf8, type Rng, toHex, utf8 } from '@cess/primitives';
import { keyGen, provePossession, type TagPublicKey, type TagSecret, tagKeyId } from '@cess/proofs';

const format = 'cess-tee-software-sealed';
const version = 1;
const srsSizeBytes = 49_152;
export const sealingKeyFile = 'SOFTWARE-sealing-key';
export const sealedStateFile = 'SOFTWARE-sealed.json';

const sealedState = struct({
  signer_seed: fixedBytes(32),
  secret_x: fixedBytes(32),
  secret_alpha: fixedBytes(32),
  epoch: u32,
  x: fixedBytes(96),
  x_alpha: fixedBytes(96),
  srs_hash: fixedBytes(32),
  possession: fixedBytes(48),
  srs: fixedBytes(srsSizeBytes),
  genesis: fixedBytes(32),
  authority_set: u64,
  authorities: vec(struct({ key: fixedBytes(32), weight: u64 }), { max: 1024 }),
});
type SealedState = Static<typeof sealedState>;

/** The secrets of an enclave, and the chain that it has pinned. */
export interface EnclaveSecrets {
  readonly signerSeed: Uint8Array;
  readonly tagSecret: TagSecret;
  readonly key: TagPublicKey;
  readonly srs: Uint8Array;
  readonly epoch: number;
  readonly genesis: Uint8Array;
  /** The authority set whose justifications it accepts. */
  readonly authorities: AuthoritySet;
}

/** The directory of the sealed files. */
export interface SealStore {
  read(name: string): Uint8Array | undefined;
  /** Creates a file atomically and durably. False if it exists already. */
  create(name: string, bytes: Uint8Array): boolean;
}

/** The values that are pinned at the first start. */
export interface Pinned {
  readonly genesis: Uint8Array;
  readonly authorities: AuthoritySet;
}

/**
 * The secrets of the directory. Creates them if there are none. Throws `ENCLAVE_SEAL_BROKEN`, `ENCLAVE_SEAL_VERSION`,
 * `ENCLAVE_GENESIS`.
 */
export function openSecrets(store: SealStore, pinned: Pinned, bls: Bls12, rng: Rng): EnclaveSecrets {
  const sealed = store.read(sealedStateFile);
  if (sealed !== undefined) return unseal(sealed, requireSealingKey(store), pinned.genesis, bls);
  if (store.read(sealingKeyFile) === undefined) store.create(sealingKeyFile, rng.bytes(32));
  const sealingKey = requireSealingKey(store);
  const state = newState(pinned, bls, rng);
  store.create(sealedStateFile, seal(state, sealingKey, rng));
  // Another process may have been faster. The files on disk are used.
  const written = store.read(sealedStateFile);
  if (written === undefined) throw broken('it vanished while it was made');
  return unseal(written, sealingKey, pinned.genesis, bls);
}

function newState({ genesis, authorities }: Pinned, bls: Bls12, rng: Rng): SealedState {
  const { secret, publicKey, srs } = keyGen(bls, rng, genesis);
  return {
    signer_seed: rng.bytes(32),
    secret_x: secret.x,
    secret_alpha: secret.alpha,
    epoch: 0,
    x: publicKey.x,
    x_alpha: publicKey.xAlpha,
    srs_hash: publicKey.srsHash,
    possession: publicKey.possession,
    srs,
    genesis,
    authority_set: authorities.setId,
    authorities: [...authorities.authorities],
  };
}

function seal(state: SealedState, sealingKey: Uint8Array, rng: Rng): Uint8Array {
  const nonce = rng.bytes(12);
  const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce);
  cipher.setAAD(headerOf(state.genesis));
  const sealed = concatBytes(cipher.update(sealedState.encode(state)), cipher.final(), cipher.getAuthTag());
  const file = {
    format,
    version,
    warning: 'DEVELOPMENT ONLY: the key of this file lies beside it',
    genesis: toHex(state.genesis),
    nonce: toHex(nonce),
    sealed: toHex(sealed),
  };
  return utf8(`${JSON.stringify(file, null, 2)}\n`);
}

function unseal(bytes: Uint8Array, sealingKey: Uint8Array, genesis: Uint8Array, bls: Bls12): EnclaveSecrets {
  let file: Record<string, unknown>;
  try {
    file = JSON.parse(fromUtf8(bytes)) as Record<string, unknown>;
  } catch (cause) {
    throw broken('it is not readable', cause);
  }
  if (file['format'] !== format) throw broken('it is of another format');
  if (file['version'] !== version) {
    throw new CessError('ENCLAVE_SEAL_VERSION', 'The sealed keys were written by another version. Update the program.');
  }
  if (file['genesis'] !== toHex(genesis)) {
    throw new CessError(
      'ENCLAVE_GENESIS',
      'The sealed keys are of another network. Use another directory for this one.',
    );
  }
  const state = decrypt(file, sealingKey, genesis);
  const parts = { x: state.x, xAlpha: state.x_alpha, srsHash: state.srs_hash };
  // The sealed proof may be of an earlier form.
  const key = { ...parts, possession: provePossession(bls, state.secret_x, parts, genesis) };
  return {
    signerSeed: state.signer_seed,
    tagSecret: { x: state.secret_x, alpha: state.secret_alpha, keyId: tagKeyId(key) },
    key,
    srs: state.srs,
    epoch: state.epoch,
    genesis: state.genesis,
    authorities: { setId: state.authority_set, authorities: state.authorities },
  };
}

function decrypt(file: Record<string, unknown>, sealingKey: Uint8Array, genesis: Uint8Array): SealedState {
  try {
    const sealed = fromHex(String(file['sealed']));
    const end = sealed.length - 16;
    const decipher = createDecipheriv('aes-256-gcm', sealingKey, fromHex(String(file['nonce'])), { authTagLength: 16 });
    decipher.setAAD(headerOf(genesis));
    decipher.setAuthTag(sealed.subarray(end));
    return sealedState.decode(concatBytes(decipher.update(sealed.subarray(0, end)), decipher.final()));
  } catch (cause) {
    throw broken('it was changed, or sealed under another key', cause);
  }
}

function requireSealingKey(store: SealStore): Uint8Array {
  const key = store.read(sealingKeyFile);
  if (key?.length !== 32) throw broken('its sealing key is missing or damaged');
  return key;
}

function headerOf(genesis: Uint8Array): Uint8Array {
  return concatBytes(utf8(`${format}/${version}/`), genesis);
}

/** The keys are never replaced automatically: the chain knows the old ones, and providers have tags under them. */
function broken(reason: string, cause?: unknown): CessError {
  const advice = 'Restore the directory from a backup; without one the worker is lost and must register again.';
  return new CessError('ENCLAVE_SEAL_BROKEN', `The sealed state cannot be used: ${reason}. ${advice}`, {}, { cause });
}
