// Storage items and call encoders by pallet, typed from the declarations.
import type { ArgsOf, CallDeclaration } from '../frame/declaration.js';
import { type Declarations, declarations, outer } from './pallets.js';

/** Storage items: `query.FileBank.Files.key(id)`, `.codec`, `.decodeValue(bytes)`, `.prefix(...)`, `.decodeKey(raw)`. */
export type Query = { readonly [P in keyof Declarations]: Declarations[P]['storage'] };

type DeclaredCallsOf<P> = P extends { readonly calls: infer C } ? C : Record<never, never>;
/** Call encoders: `tx.FileBank.declare_batch(args)` gives the encoded call. */
export type Tx = {
  readonly [P in keyof Declarations]: {
    readonly [C in keyof DeclaredCallsOf<Declarations[P]>]: (
      args: ArgsOf<DeclaredCallsOf<Declarations[P]>[C]>,
    ) => Uint8Array;
  };
};

/** Storage items by pallet and name: keys and codecs of their values, for `value` and `entry` of clients. */
export const query: Query = mapValues(declarations, (pallet) => pallet.storage) as Query;
/** Calls by pallet and name: each encodes its arguments to the bytes of the call. */
export const tx: Tx = mapValues(declarations, (pallet) => {
  const calls = ('calls' in pallet ? pallet.calls : {}) as Readonly<Record<string, CallDeclaration<unknown>>>;
  return mapValues(
    calls,
    (_call, name) => (args: unknown) => outer.call.encode({ type: pallet.id.name, value: { type: name, value: args } }),
  );
}) as unknown as Tx;

function mapValues<V, R>(
  record: Readonly<Record<string, V>>,
  map: (value: V, name: string) => R,
): Readonly<Record<string, R>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
}
