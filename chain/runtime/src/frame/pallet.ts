// Pallets: a declaration together with the logic that executes it. The compiler demands logic for every declared call
// and refuses logic for any other.
import type { DispatchClass, Weight } from '@cess/chain-primitives';
import { invariant } from '@cess/primitives';
import type { Context, Origin } from './context.js';
import type { ArgsOf, PalletDeclaration } from './declaration.js';
import type { WorkBudget } from './work-budget.js';

/** What a call does. */
interface CallLogic<A> {
  weight(args: A): Weight;
  /** Whether the call is a duty of its signer that is due right now; such a call costs nothing. Changes no state. */
  feeless?(ctx: Context, who: Uint8Array, args: A): boolean;
  /**
   * For calls of the class Operational: whether the call, though not free, is a duty that is due right now. Otherwise it has
   * the class Normal. Free calls need not be named again. Changes no state.
   */
  isDuty?(ctx: Context, who: Uint8Array, args: A): boolean;
  /**
   * Runs the call; throws `DispatchFailure`. The caller provides the transactional layer. Returns the weight that the call used
   * if that is less than `weight` says; the rest is refunded. A failed call gets no refund.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: most calls use what they declare and return nothing
  dispatch(ctx: Context, origin: Origin, args: A): Weight | void;
}

/** Logic for each call that `D` declares. */
export type CallsOf<D> = D extends { readonly calls: infer C }
  ? { readonly [N in keyof C]: CallLogic<ArgsOf<C[N]>> }
  : Readonly<Record<never, never>>;

export interface Hooks {
  /**
   * Migrates the pallet's storage. Runs once, in the first block of a new `SPEC_VERSION`, before all other hooks. `from` is
   * the version that executed the block before; 0 for a chain that recorded none. Returns the weight it used.
   */
  onRuntimeUpgrade?(ctx: Context, from: number): Weight;
  /** Runs before the first extrinsic. Books every step, and begins no other one once the budget is spent. */
  onInitialize?(ctx: Context, budget: WorkBudget): void;
  /** Runs after the last extrinsic. The same work in every block, which books its weight when it opens. */
  readonly onFinalize?: { readonly weight: Weight; run(ctx: Context): void };
}

/** Writes a pallet's part of the genesis state from its part of the configuration. Throws `GENESIS_INVALID`. */
type GenesisBuilder<G> = (ctx: Context, config: G) => void;

export interface PalletLogic<D, G> {
  readonly calls: CallsOf<D>;
  readonly hooks?: Hooks;
  readonly genesis?: GenesisBuilder<G>;
}

/** A dispatchable, ready to run. */
export interface Call<A> extends Required<CallLogic<A>> {
  readonly class: DispatchClass;
}

/** A dispatchable for each call that `D` declares. */
type DispatchablesOf<D> = D extends { readonly calls: infer C }
  ? { readonly [N in keyof C]: Call<ArgsOf<C[N]>> }
  : Readonly<Record<never, never>>;

export interface Pallet<D extends PalletDeclaration, G> {
  readonly declaration: D;
  readonly calls: DispatchablesOf<D>;
  readonly hooks: Hooks;
  readonly genesis: GenesisBuilder<G>;
}

/** A pallet of any shape, for tables of them. */
export type AnyPallet = Pallet<PalletDeclaration, never>;
/** One pallet for each declaration. */
export type PalletsOf<D extends Readonly<Record<string, PalletDeclaration>>> = {
  readonly [P in keyof D]: Pallet<D[P], never>;
};

/** Joins a declaration and its logic. */
export function definePallet<D extends PalletDeclaration, G = unknown>(
  declaration: D,
  logic: PalletLogic<D, G>,
): Pallet<D, G> {
  const implemented = logic.calls as Readonly<Record<string, CallLogic<unknown> | undefined>>;
  const calls: Record<string, Call<unknown>> = {};
  for (const [name, { class: callClass }] of Object.entries(declaration.calls ?? {})) {
    const call = implemented[name];
    invariant(call !== undefined, `the call ${declaration.id.name}.${name} has logic`);
    calls[name] = { feeless: () => false, isDuty: () => false, ...call, class: callClass };
  }
  return {
    declaration,
    calls: calls as DispatchablesOf<D>,
    hooks: logic.hooks ?? {},
    genesis: logic.genesis ?? (() => {}),
  };
}
