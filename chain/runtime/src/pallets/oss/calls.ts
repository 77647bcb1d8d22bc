// Calls of Oss: owners authorise gateways; gateways register and change what they are reached by.
import { equalBytes } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { ensure, ensureSigned } from '../../frame/failure.js';
import type { CallsOf } from '../../frame/pallet.js';
import { MAX_AUTHORITIES, type OssInfo, type oss, ossErrors, ossEvents, ossStorage as storage } from './declaration.js';
import { payForAuthorization, payForRegistration, returnAuthorization, returnRegistration } from './deposits.js';
import type { OssNeeds } from './needs.js';
import { weightOf } from './weights.js';

const errors = ossErrors.byName;

export function createOssCalls(needs: OssNeeds): CallsOf<typeof oss> {
  const put = (ctx: Context, who: Uint8Array, info: OssInfo, type: 'OssRegister' | 'OssUpdate'): void => {
    ensure(info.endpoint.length > 0, errors.EmptyEndpoint);
    payForRegistration(ctx, needs, who, info);
    storage.Oss.put(ctx, who, info);
    ossEvents.deposit(ctx, { type, value: { acc: who, endpoint: info.endpoint } });
  };

  return {
    authorize: {
      weight: () => weightOf('authorize'),
      dispatch: (ctx, origin, { operator }) => {
        const acc = ensureSigned(origin);
        const list = storage.AuthorityList.get(ctx, acc);
        ensure(!list.some((entry) => equalBytes(entry, operator)), errors.Existed);
        ensure(list.length < MAX_AUTHORITIES, errors.TooManyAuthorities);
        payForAuthorization(ctx, needs, acc, operator);
        storage.AuthorityList.put(ctx, acc, [...list, operator]);
        ossEvents.deposit(ctx, { type: 'Authorize', value: { acc, operator } });
      },
    },
    cancel_authorize: {
      weight: () => weightOf('cancel_authorize'),
      dispatch: (ctx, origin, { oss }) => {
        const acc = ensureSigned(origin);
        const list = storage.AuthorityList.get(ctx, acc);
        const rest = list.filter((entry) => !equalBytes(entry, oss));
        ensure(rest.length < list.length, errors.NoAuthorization);
        if (rest.length === 0) storage.AuthorityList.remove(ctx, acc);
        else storage.AuthorityList.put(ctx, acc, rest);
        returnAuthorization(ctx, needs, acc, oss);
        ossEvents.deposit(ctx, { type: 'CancelAuthorize', value: { acc, oss } });
      },
    },
    register: {
      weight: () => weightOf('register'),
      dispatch: (ctx, origin, info) => {
        const acc = ensureSigned(origin);
        ensure(!storage.Oss.has(ctx, acc), errors.Registered);
        put(ctx, acc, info, 'OssRegister');
      },
    },
    update: {
      weight: () => weightOf('update'),
      dispatch: (ctx, origin, info) => {
        const acc = ensureSigned(origin);
        ensure(storage.Oss.has(ctx, acc), errors.UnRegister);
        put(ctx, acc, info, 'OssUpdate');
      },
    },
    destroy: {
      weight: () => weightOf('destroy'),
      dispatch: (ctx, origin) => {
        const acc = ensureSigned(origin);
        ensure(storage.Oss.has(ctx, acc), errors.UnRegister);
        storage.Oss.remove(ctx, acc);
        returnRegistration(ctx, needs, acc);
        ossEvents.deposit(ctx, { type: 'OssDestroy', value: { acc } });
      },
    },
  };
}
