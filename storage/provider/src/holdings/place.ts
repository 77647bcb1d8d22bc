// Places of fragments as names, and held fragments with their files.
import type { FragmentPlace } from '@cess/client';
import type { StoredFragment } from '@cess/fragment-store';
import { toHex } from '@cess/primitives';

/** A held fragment of a declared file. */
export interface DeclaredFragment extends StoredFragment {
  readonly fileId: Uint8Array;
}

/** `<file id>/<segment>/<fragment>`. */
export function placeName({ fileId, segment, fragment }: FragmentPlace): string {
  return `${toHex(fileId)}/${segment}/${fragment}`;
}

export function placeOf({ fileId, segment, fragment }: FragmentPlace): FragmentPlace {
  return { fileId, segment, fragment };
}

/** For logs. */
export function placeFields({ fileId, segment, fragment }: FragmentPlace) {
  return { fileId: toHex(fileId), segment, fragment };
}

/** Consecutive pieces, taken only when they are asked for. */
export function* pagesOf<T>(items: Iterable<T>, size: number): IterableIterator<T[]> {
  let page: T[] = [];
  for (const item of items) {
    page.push(item);
    if (page.length < size) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
