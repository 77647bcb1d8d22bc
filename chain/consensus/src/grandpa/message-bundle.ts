// What goes to one peer in one request: several messages between voters (GR-25). A voter repeats all votes of three rounds at once; a request for
// each of them would cost both sides more than the votes themselves.
import { bytes, vec } from '@cess/codec';

/** Most messages in a bundle, and most bytes of all of them; a larger message goes alone. */
export const maxBundleMessages = 256;
export const maxBundleBytes = 256 * 1024;

const bundle = vec(bytes(), { max: maxBundleMessages });

/** Encoded messages as the content of a request. Throws for more than 256. */
export function encodeBundle(messages: readonly Uint8Array[]): Uint8Array {
  return bundle.encode(messages);
}

/** The encoded messages of a request. Throws `SCALE_MALFORMED`. */
export function decodeBundle(content: Uint8Array): readonly Uint8Array[] {
  return bundle.decode(content);
}
