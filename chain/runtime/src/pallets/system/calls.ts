// Calls of System: remarks, which do nothing but stand in the block.
import { blake2_256 } from '@cess/crypto';
import { ensureSigned } from '../../frame/failure.js';
import { call } from '../../frame/pallet.js';
import { systemEvents } from './events.js';
import { remark } from './types.js';

const remarkWeight = (args: { readonly remark: Uint8Array }) => ({
  ref_time: 5_000_000n + BigInt(args.remark.length) * 1_000n,
  proof_size: 0n,
});

export const systemCalls = {
  remark: call({
    index: 0,
    docs: 'Puts bytes into the block.',
    args: { remark },
    weight: remarkWeight,
    dispatch: (_ctx, origin) => {
      ensureSigned(origin);
    },
  }),
  remark_with_event: call({
    index: 7,
    docs: 'Puts bytes into the block and their hash into an event.',
    args: { remark },
    weight: remarkWeight,
    dispatch: (ctx, origin, args) => {
      const sender = ensureSigned(origin);
      systemEvents.deposit(ctx, { type: 'Remarked', value: { sender, hash: blake2_256(args.remark) } });
    },
  }),
};
