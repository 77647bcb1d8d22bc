// Names of fragment places, and held fragments of known files.
import type { FragmentPlace } from '@cess/client';
import type { StoredFragment } from '@cess/fragment-store';
import { toHex } from '@cess/primitives';

/** A held fragment of a declared file. */
export interface FileFragment extends StoredFragment {
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
