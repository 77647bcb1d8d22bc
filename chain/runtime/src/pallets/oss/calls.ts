// Calls of Oss: owners authorise gateways; gateways register and change what they are reached by.
import { equalBytes } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { ensure, ensureSigned } from '../../frame/failure.js';
import type { CallsOf } from '../../frame/pallet.js';
import { MAX_AUTHORITIES, type OssInfo, type oss, ossErrors, ossEvents, ossStorage as storage } from './declaration.js';
import { CALL_WEIGHT } from './weights.js';

const errors = ossErrors.byName;

function put(ctx: Context, who: Uint8Array, info: OssInfo, registered: boolean): void {
  ensure(storage.Oss.has(ctx, who) === registered, registered ? errors.UnRegister : errors.Registered);
  ensure(info.endpoint.length > 0, errors.EmptyEndpoint);
  storage.Oss.put(ctx, who, info);
  ossEvents.deposit(ctx, {
    type: registered ? 'OssUpdate' : 'OssRegister',
    value: { acc: who, endpoint: info.endpoint },
  });
}

export const ossCalls: CallsOf<typeof oss> = {
  authorize: {
    weight: () => CALL_WEIGHT,
    dispatch: (ctx, origin, { operator }) => {
      const acc = ensureSigned(origin);
      const list = storage.AuthorityList.get(ctx, acc);
      ensure(!list.some((entry) => equalBytes(entry, operator)), errors.Existed);
      ensure(list.length < MAX_AUTHORITIES, errors.TooManyAuthorities);
      storage.AuthorityList.put(ctx, acc, [...list, operator]);
      ossEvents.deposit(ctx, { type: 'Authorize', value: { acc, operator } });
    },
  },
  cancel_authorize: {
    weight: () => CALL_WEIGHT,
    dispatch: (ctx, origin, { oss }) => {
      const acc = ensureSigned(origin);
      const list = storage.AuthorityList.get(ctx, acc);
      const rest = list.filter((entry) => !equalBytes(entry, oss));
      ensure(rest.length < list.length, errors.NoAuthorization);
      if (rest.length === 0) storage.AuthorityList.remove(ctx, acc);
      else storage.AuthorityList.put(ctx, acc, rest);
      ossEvents.deposit(ctx, { type: 'CancelAuthorize', value: { acc, oss } });
    },
  },
  register: {
    weight: () => CALL_WEIGHT,
    dispatch: (ctx, origin, info) => put(ctx, ensureSigned(origin), info, false),
  },
  update: {
    weight: () => CALL_WEIGHT,
    dispatch: (ctx, origin, info) => put(ctx, ensureSigned(origin), info, true),
  },
  destroy: {
    weight: () => CALL_WEIGHT,
    dispatch: (ctx, origin) => {
      const acc = ensureSigned(origin);
      ensure(storage.Oss.has(ctx, acc), errors.UnRegister);
      storage.Oss.remove(ctx, acc);
      ossEvents.deposit(ctx, { type: 'OssDestroy', value: { acc } });
    },
  },
};
