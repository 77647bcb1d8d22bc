// Joins declarations into one runtime: the outer call, event and error types, whose variant indices are pallet indices.
import { type Codec, variant } from '@cess/codec';
import { invariant } from '@cess/primitives';
import type { PalletCall, PalletDeclaration } from './declaration.js';

/** A call of any pallet: `{ type: pallet, value: { type: call, value: args } }`. */
export interface RuntimeCall {
  readonly type: string;
  readonly value: PalletCall;
}

export interface RuntimeEvent {
  readonly type: string;
  readonly value: { readonly type: string; readonly value?: unknown };
}

export interface OuterTypes {
  readonly call: Codec<RuntimeCall>;
  readonly event: Codec<RuntimeEvent>;
  readonly error: Codec<{ readonly type: string; readonly value: string }>;
}

/** The outer enums of these pallets. Pallet names and indices must be unique. */
export function outerTypes(pallets: readonly PalletDeclaration[], crate: string): OuterTypes {
  invariant(new Set(pallets.map((pallet) => pallet.id.index)).size === pallets.length, 'pallet indices are unique');
  invariant(new Set(pallets.map((pallet) => pallet.id.name)).size === pallets.length, 'pallet names are unique');
  const outer = (name: string, pick: (pallet: PalletDeclaration) => Codec<unknown> | undefined): Codec<unknown> => {
    const cases: Record<string, Codec<unknown>> = {};
    const indices: Record<string, number> = {};
    for (const pallet of pallets) {
      const codec = pick(pallet);
      if (codec === undefined) continue;
      cases[pallet.id.name] = codec;
      indices[pallet.id.name] = pallet.id.index;
    }
    return variant(cases, { path: [crate, name], indices });
  };
  return {
    call: outer('RuntimeCall', (pallet) => pallet.callCodec) as OuterTypes['call'],
    event: outer('RuntimeEvent', (pallet) => pallet.events?.codec) as OuterTypes['event'],
    error: outer('RuntimeError', (pallet) => pallet.errors?.codec) as OuterTypes['error'],
  };
}
