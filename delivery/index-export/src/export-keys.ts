// The keys of an export (ADR 73). Entries of an owner are sealed under an export key, which is wrapped to the owner, to the gateway that
// exports, and to every gateway that the owner authorised. A change of the recipients that takes one away begins a new generation.
import { bytes, type Static, struct, u32, vec } from '@cess/codec';
import { systemRng, type X25519Pair } from '@cess/crypto';
import { equalBytes, utf8 } from '@cess/primitives';
import { keyWrapCodec, unwrapKeyWith, wrapKeyTo } from '@cess/sealing';
import { exportInvalid, exportKeyMissing } from './errors.js';

const context = utf8('CESS/index-export-key/v1');
/** The owner, the exporting gateway, and as many as an owner may authorise. */
const maxRecipients = 32;
const maxGenerations = 256;

const keyGeneration = struct({ generation: u32, wraps: vec(bytes({ max: 256 }), { max: maxRecipients }) });
export type KeyGeneration = Static<typeof keyGeneration>;

/** All generations under which files of the export are sealed, the newest last. */
export const keyGenerations = vec(keyGeneration, { max: maxGenerations });

export interface ExportKey {
  readonly generation: number;
  readonly key: Uint8Array;
}

export function newExportKey(generation: number): ExportKey {
  return { generation, key: systemRng.bytes(32) };
}

/** Wraps of the keys for X25519 public keys. */
export function wrapExportKeys(keys: readonly ExportKey[], recipients: readonly Uint8Array[]): KeyGeneration[] {
  return keys.map(({ generation, key }) => ({
    generation,
    wraps: recipients.map((recipient) => keyWrapCodec.encode(wrapKeyTo(recipient, key, context, systemRng))),
  }));
}

/** Throws `EXPORT_KEY_MISSING` if a generation has no wrap for the pair, `WRAP_INVALID` for a damaged one. */
export function openExportKeys(generations: readonly KeyGeneration[], pair: X25519Pair): ExportKey[] {
  return generations.map(({ generation, wraps }) => {
    for (const bytes of wraps) {
      const wrap = decodeWrap(bytes);
      if (wrap.type !== 'x25519' || !equalBytes(wrap.value.recipient, pair.publicKey)) continue;
      return { generation, key: unwrapKeyWith(pair.secretKey, wrap, context) };
    }
    throw exportKeyMissing();
  });
}

function decodeWrap(bytes: Uint8Array): ReturnType<typeof keyWrapCodec.decode> {
  try {
    return keyWrapCodec.decode(bytes);
  } catch (cause) {
    throw exportInvalid('a key wrap cannot be read', cause);
  }
}
