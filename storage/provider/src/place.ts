// Places of fragments as names, and held fragments with their files.
import type { StoredFragment } from '@cess/fragment-store';
import { toHex } from '@cess/primitives';
import type { FragmentAddress } from './chain-port.js';

/** A held fragment of a declared file. */
export interface DeclaredFragment extends StoredFragment {
  readonly fileId: Uint8Array;
}

/** `<file id>/<segment>/<fragment>`. */
export function placeName({ fileId, segment, fragment }: FragmentAddress): string {
  return `${toHex(fileId)}/${segment}/${fragment}`;
}

export function placeOf({ fileId, segment, fragment }: FragmentAddress): FragmentAddress {
  return { fileId, segment, fragment };
}

/** For logs. */
export function placeFields({ fileId, segment, fragment }: FragmentAddress) {
  return { fileId: toHex(fileId), segment, fragment };
}

/** Consecutive pieces of a list. */
export function* pagesOf<T>(items: readonly T[], size: number): IterableIterator<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
