// Messages of peers, which may be anything.
import { isCessError } from '@cess/primitives';

/** Undefined for bytes that do not decode. */
export function decoded<T>(codec: { decode(bytes: Uint8Array): T }, bytes: Uint8Array): T | undefined {
  try {
    return codec.decode(bytes);
  } catch (error) {
    if (isCessError(error)) return undefined;
    throw error;
  }
}
