// Events and dispatch errors of all pallets.
import type { DispatchError } from '@cess/chain-primitives';
import type { Codec, Static } from '@cess/codec';
import { type Declarations, declarations } from './pallets.js';

type EventsOf<P> = P extends { readonly events: { readonly codec: Codec<infer E> } } ? E : never;
/** Every event that the runtime can record, as `{ type: pallet, value: { type: event, value: fields } }`. */
export type TypedEvent = {
  [P in keyof Declarations]: EventsOf<Declarations[P]> extends infer E
    ? [E] extends [never]
      ? never
      : { readonly type: P; readonly value: E }
    : never;
}[keyof Declarations];

type RecordOf = Static<Declarations['System']['storage']['Events']['codec']>[number];
/** An event of a block, and which extrinsic or phase it belongs to. */
export type EventRecord = Omit<RecordOf, 'event'> & { readonly event: TypedEvent };

/** Decodes the value of `System.Events`. */
export function decodeEvents(bytes: Uint8Array): readonly EventRecord[] {
  return declarations.System.storage.Events.codec.decode(bytes) as unknown as readonly EventRecord[];
}

export interface ErrorInfo {
  readonly pallet: string;
  readonly name: string;
  readonly docs: string;
}

/** Name and meaning of a dispatch error. */
export function describeDispatchError(error: DispatchError): ErrorInfo {
  if (error.type === 'Module') {
    const { index, error: code } = error.value;
    for (const pallet of Object.values(declarations)) {
      if (pallet.id.index !== index || !('errors' in pallet)) continue;
      const [name, docs] = Object.entries(pallet.errors.docs)[code[0] ?? -1] ?? [];
      if (name !== undefined && docs !== undefined) return { pallet: pallet.id.name, name, docs };
    }
    return { pallet: `pallet ${index}`, name: `error ${code[0]}`, docs: '' };
  }
  const detail = typeof error.value === 'string' ? error.value : undefined;
  return { pallet: 'Runtime', name: detail === undefined ? error.type : `${error.type}.${detail}`, docs: '' };
}
