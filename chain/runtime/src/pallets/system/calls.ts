// Calls of System: remarks, which only record bytes in the block.
import { blake2_256 } from '@cess/crypto';
import { ensureSigned } from '../../frame/failure.js';
import type { CallsOf } from '../../frame/pallet.js';
import { type SystemDeclaration, systemEvents } from './declaration.js';
import { remarkWeight } from './weights.js';

export const systemCalls: CallsOf<SystemDeclaration> = {
  remark: {
    weight: (args) => remarkWeight('remark', args),
    dispatch: (_ctx, origin) => {
      ensureSigned(origin);
    },
  },
  remark_with_event: {
    weight: (args) => remarkWeight('remark_with_event', args),
    dispatch: (ctx, origin, { remark }) => {
      const sender = ensureSigned(origin);
      systemEvents.deposit(ctx, { type: 'Remarked', value: { sender, hash: blake2_256(remark) } });
    },
  },
};
