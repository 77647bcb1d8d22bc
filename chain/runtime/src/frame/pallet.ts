// The anatomy of a pallet: id, storage, calls, events, errors, constants, hooks. Everything that clients see of it,
// types and metadata, comes from these declarations.
import type { DispatchClass, DispatchError, Weight } from '@cess/chain-primitives';
import {
  type Codec,
  enumeration,
  type StructFields,
  type StructOf,
  struct,
  type VariantCases,
  type VariantOf,
  variant,
} from '@cess/codec';
import { concatBytes, invariant } from '@cess/primitives';
import { depositEvent } from './block-scratch.js';
import type { Context, Origin } from './context.js';
import type { AnyStorageItem } from './storage.js';

export interface PalletId {
  readonly name: string;
  readonly index: number;
}

/** `pallet_file_bank` of `FileBank`: the crate name in the paths of its types. */
export function crateName(pallet: PalletId): string {
  return pallet.name === 'System'
    ? 'frame_system'
    : `pallet${pallet.name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}

/** The event type of a pallet, with the function that records one. */
export interface PalletEvents<V extends VariantCases> {
  readonly codec: Codec<VariantOf<V>>;
  deposit(ctx: Context, event: VariantOf<V>): void;
}

/** Declares events; indices are the declaration order unless given. */
export function defineEvents<V extends VariantCases>(
  pallet: PalletId,
  cases: V,
  indices?: Readonly<Partial<Record<keyof V & string, number>>>,
): PalletEvents<V> {
  const path = [crateName(pallet), 'pallet', 'Event'];
  const codec = variant(cases, indices === undefined ? { path } : { path, indices });
  const head = Uint8Array.of(pallet.index);
  return { codec, deposit: (ctx, event) => depositEvent(ctx, concatBytes(head, codec.encode(event))) };
}

/** The errors of a pallet by name, each ready to be thrown with `fail` or `ensure`. */
export type PalletErrors<E extends Readonly<Record<string, string>>> = {
  readonly byName: { readonly [K in keyof E]: DispatchError };
  readonly docs: E;
  readonly codec: Codec<keyof E & string>;
};

/** Declares errors with a sentence each; the index is the declaration order. */
export function defineErrors<const E extends Readonly<Record<string, string>>>(
  pallet: PalletId,
  docs: E,
): PalletErrors<E> {
  const names = Object.keys(docs) as (keyof E & string)[];
  const byName: Partial<Record<keyof E, DispatchError>> = {};
  names.forEach((name, position) => {
    byName[name] = { type: 'Module', value: { index: pallet.index, error: Uint8Array.of(position, 0, 0, 0) } };
  });
  const caseDocs: Partial<Record<keyof E & string, readonly string[]>> = {};
  for (const name of names) caseDocs[name] = [docs[name]!];
  return {
    byName: byName as { readonly [K in keyof E]: DispatchError },
    docs,
    codec: enumeration(names, { path: [crateName(pallet), 'pallet', 'Error'], caseDocs }),
  };
}

export interface CallInit<F extends StructFields> {
  readonly index: number;
  readonly docs: string;
  readonly args: F;
  readonly weight: (args: StructOf<F>) => Weight;
  readonly class?: DispatchClass;
  readonly feeless?: (ctx: Context, who: Uint8Array, args: StructOf<F>) => boolean;
  readonly dispatch: (ctx: Context, origin: Origin, args: StructOf<F>) => void;
}

/** A dispatchable. */
export interface Call<A> {
  readonly index: number;
  readonly docs: string;
  readonly args: Codec<A>;
  readonly class: DispatchClass;
  weight(args: A): Weight;
  /** Whether the call is a duty of its signer that is due right now; such a one costs nothing. Changes no state. */
  feeless(ctx: Context, who: Uint8Array, args: A): boolean;
  /** Runs the call; throws `DispatchFailure`. The caller provides the transactional layer. */
  dispatch(ctx: Context, origin: Origin, args: A): void;
}

/** Declares a call. */
export function call<F extends StructFields>(init: CallInit<F>): Call<StructOf<F>> {
  return {
    index: init.index,
    docs: init.docs,
    args: struct(init.args),
    class: init.class ?? 'Normal',
    weight: init.weight,
    feeless: init.feeless ?? (() => false),
    dispatch: init.dispatch,
  };
}

/** A constant of the metadata. */
export interface Constant {
  readonly type: Codec<unknown>;
  readonly value: unknown;
  readonly docs: string;
}

/** Declares a constant. */
export function constant<T>(type: Codec<T>, value: T, docs: string): Constant & { readonly value: T } {
  return { type, value, docs };
}

export interface Hooks {
  /** Before the first extrinsic; returns the weight it used. */
  onInitialize?(ctx: Context): Weight;
  /** After the last extrinsic. */
  onFinalize?(ctx: Context): void;
}

export interface PalletInit {
  readonly id: PalletId;
  readonly docs: string;
  readonly storage: Readonly<Record<string, AnyStorageItem>>;
  readonly calls?: Readonly<Record<string, Call<unknown>>>;
  readonly events?: { readonly codec: Codec<unknown> };
  readonly errors?: { readonly codec: Codec<string>; readonly docs: Readonly<Record<string, string>> };
  readonly constants?: Readonly<Record<string, Constant>>;
  readonly hooks?: Hooks;
}

/** A pallet of any shape, for tables of them. */
export type AnyPallet = PalletInit & { readonly callCodec: Codec<PalletCall> | undefined };

export interface PalletCall {
  readonly type: string;
  readonly value: unknown;
}

/** Checks a pallet's declarations and adds its call type. */
export function definePallet<P extends PalletInit>(init: P): P & { readonly callCodec: Codec<PalletCall> | undefined } {
  for (const [name, item] of Object.entries(init.storage)) {
    invariant(item.name === name && item.pallet === init.id.name, `storage item ${init.id.name}.${name} is misnamed`);
  }
  return { ...init, callCodec: init.calls === undefined ? undefined : callCodecOf(init.id, init.calls) };
}

function callCodecOf(pallet: PalletId, calls: Readonly<Record<string, Call<unknown>>>): Codec<PalletCall> {
  const cases: Record<string, Codec<unknown>> = {};
  const indices: Record<string, number> = {};
  const caseDocs: Record<string, readonly string[]> = {};
  for (const [name, entry] of Object.entries(calls)) {
    cases[name] = entry.args;
    indices[name] = entry.index;
    caseDocs[name] = [entry.docs];
  }
  return variant(cases, { path: [crateName(pallet), 'pallet', 'Call'], indices, caseDocs }) as Codec<PalletCall>;
}
