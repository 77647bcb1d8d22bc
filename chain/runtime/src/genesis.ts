// The state before the first block: every pallet writes its part from its part of the configuration.
import { utf8 } from '@cess/primitives';
import { type Pallets, palletList } from './construct.js';
import { takeEvents } from './frame/block-scratch.js';
import type { Context } from './frame/context.js';

const CODE_KEY = utf8(':code');

type BuilderOf<P> = P extends { readonly genesis: infer B } ? B : never;
/** Parameters of a union of functions are inferred as their intersection. */
type ConfigOf<B> = [B] extends [(ctx: Context, config: infer G) => void] ? G : never;

/** The configurations of all pallets together. */
export type GenesisConfig = ConfigOf<BuilderOf<Pallets[keyof Pallets]>>;

/** Writes the genesis storage. Throws `GENESIS_INVALID`. */
export function writeGenesis(ctx: Context, config: GenesisConfig, manifest: Uint8Array): void {
  ctx.ext.put(CODE_KEY, manifest);
  for (const { genesis } of palletList) (genesis as (ctx: Context, config: GenesisConfig) => void)(ctx, config);
  // Nothing reads the events of the genesis block.
  takeEvents(ctx);
}
