// Oss: gateways register their node key and address; owners authorise them to declare and delete files for them.
import { accountId } from '@cess/chain-primitives';
import { fixedBytes, struct, u32 } from '@cess/codec';
import { equalBytes } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { ensure, ensureSigned } from '../../frame/failure.js';
import { call, constant, defineErrors, defineEvents, definePallet } from '../../frame/pallet.js';
import { domain, endpoint, MAX_AUTHORITIES, type OssInfo, ossId, ossStorage as storage } from './storage.js';

const infoArgs = { node_key: fixedBytes(32), wrapping_key: fixedBytes(32), endpoint, domain };
const callWeight = () => ({ ref_time: 40_000_000n, proof_size: 0n });

export const ossEvents = defineEvents(ossId, {
  OssRegister: struct({ acc: accountId, endpoint }),
  OssUpdate: struct({ acc: accountId, endpoint }),
  OssDestroy: struct({ acc: accountId }),
  Authorize: struct({ acc: accountId, operator: accountId }),
  CancelAuthorize: struct({ acc: accountId, oss: accountId }),
});

const definedErrors = defineErrors(ossId, {
  Registered: 'The account is registered as a gateway already.',
  UnRegister: 'The account is not registered as a gateway.',
  EmptyEndpoint: 'A gateway needs an endpoint.',
  Existed: 'The operator is authorised already.',
  NoAuthorization: 'The operator is not authorised.',
  TooManyAuthorities: 'No more operators can be authorised; cancel one first.',
});
const errors = definedErrors.byName;

/** Whether the account is a registered gateway. */
export function isGateway(ctx: Context, account: Uint8Array): boolean {
  return storage.Oss.has(ctx, account);
}

/** Whether `operator` may act for `owner`: the owner itself, or a registered gateway that it authorised. */
export function mayAct(ctx: Context, owner: Uint8Array, operator: Uint8Array): boolean {
  if (equalBytes(owner, operator)) return true;
  return isGateway(ctx, operator) && storage.AuthorityList.get(ctx, owner).some((entry) => equalBytes(entry, operator));
}

function put(ctx: Context, who: Uint8Array, info: OssInfo, registered: boolean): void {
  ensure(storage.Oss.has(ctx, who) === registered, registered ? errors.UnRegister : errors.Registered);
  ensure(info.endpoint.length > 0, errors.EmptyEndpoint);
  storage.Oss.put(ctx, who, info);
  ossEvents.deposit(ctx, {
    type: registered ? 'OssUpdate' : 'OssRegister',
    value: { acc: who, endpoint: info.endpoint },
  });
}

export const ossCalls = {
  authorize: call({
    index: 0,
    docs: 'Lets a gateway act for the caller.',
    args: { operator: accountId },
    weight: callWeight,
    dispatch: (ctx, origin, { operator }) => {
      const acc = ensureSigned(origin);
      const list = storage.AuthorityList.get(ctx, acc);
      ensure(!list.some((entry) => equalBytes(entry, operator)), errors.Existed);
      ensure(list.length < MAX_AUTHORITIES, errors.TooManyAuthorities);
      storage.AuthorityList.put(ctx, acc, [...list, operator]);
      ossEvents.deposit(ctx, { type: 'Authorize', value: { acc, operator } });
    },
  }),
  cancel_authorize: call({
    index: 1,
    docs: 'Takes the right back.',
    args: { oss: accountId },
    weight: callWeight,
    dispatch: (ctx, origin, { oss }) => {
      const acc = ensureSigned(origin);
      const list = storage.AuthorityList.get(ctx, acc);
      const rest = list.filter((entry) => !equalBytes(entry, oss));
      ensure(rest.length < list.length, errors.NoAuthorization);
      if (rest.length === 0) storage.AuthorityList.remove(ctx, acc);
      else storage.AuthorityList.put(ctx, acc, rest);
      ossEvents.deposit(ctx, { type: 'CancelAuthorize', value: { acc, oss } });
    },
  }),
  register: call({
    index: 2,
    docs: 'Registers the caller as a gateway.',
    args: infoArgs,
    weight: callWeight,
    dispatch: (ctx, origin, info) => put(ctx, ensureSigned(origin), info, false),
  }),
  update: call({
    index: 3,
    docs: "Changes the gateway's keys and addresses.",
    args: infoArgs,
    weight: callWeight,
    dispatch: (ctx, origin, info) => put(ctx, ensureSigned(origin), info, true),
  }),
  destroy: call({
    index: 4,
    docs: 'Ends the registration.',
    args: {},
    weight: callWeight,
    dispatch: (ctx, origin) => {
      const acc = ensureSigned(origin);
      ensure(storage.Oss.has(ctx, acc), errors.UnRegister);
      storage.Oss.remove(ctx, acc);
      ossEvents.deposit(ctx, { type: 'OssDestroy', value: { acc } });
    },
  }),
};

export const ossPallet = definePallet({
  id: ossId,
  docs: 'Gateways and who lets them act for it.',
  storage,
  calls: ossCalls,
  events: ossEvents,
  errors: definedErrors,
  constants: { AuthorLimit: constant(u32, MAX_AUTHORITIES, 'Most gateways that one account may authorise.') },
});
