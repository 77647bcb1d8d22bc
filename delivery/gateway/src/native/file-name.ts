// Names of files as clients state them. A name describes a file and never becomes a path of the gateway; clients may use it as one,
// so names that lead out of a folder are refused.
import { NativeError } from './native-error.js';

const maxNameBytes = 255;
/** Metadata of the object that holds the name, percent-encoded. */
export const nameMetadata = 'filename';

export function assertFileName(name: string): string {
  const size = Buffer.byteLength(name);
  const hasRefusedCharacter = [...name].some((one) => one < ' ' || one === '\u007f' || one === '/' || one === '\\');
  const isRefused = hasRefusedCharacter || name === '.' || name === '..' || Buffer.from(name).toString() !== name;
  if (size === 0 || size > maxNameBytes || isRefused) throw new NativeError('FileNameRefused');
  return name;
}

/** A name in the path of a request. */
export function decodeFileName(encoded: string): string {
  try {
    return assertFileName(decodeURIComponent(encoded));
  } catch (cause) {
    throw cause instanceof NativeError ? cause : new NativeError('FileNameRefused', undefined, { cause });
  }
}

/** As RFC 8187 writes it in `filename*`. */
export function encodeFileName(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*!]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The name of a stored file; empty for an object that another API entered. */
export function storedFileName(metadata: readonly (readonly [string, string])[]): string {
  const encoded = metadata.find(([name]) => name === nameMetadata)?.[1] ?? '';
  try {
    return decodeURIComponent(encoded);
  } catch {
    // S3 clients can enter any metadata.
    return '';
  }
}
