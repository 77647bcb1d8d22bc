// Oss: the gateways (DeOSS, paper §4.9) and which owners let them act for them.
import { accountId, balance } from '@cess/chain-primitives';
import { bytes, fixedBytes, type Static, struct, u32, vec } from '@cess/codec';
import { constant, declareCall, declarePallet, defineErrors, defineEvents } from '../../frame/declaration.js';
import { blake2Concat, storageOf } from '../../frame/storage.js';

const ossId = { name: 'Oss', index: 108 } as const;
/** Most gateways that one account may authorise. */
export const MAX_AUTHORITIES = 20;

const endpoint = bytes({ max: 100 });
const domain = bytes({ max: 50 });

export const ossInfo = struct(
  {
    /** ed25519 key that signs the gateway's requests to other nodes. */
    node_key: fixedBytes(32),
    /** X25519 key to which owners wrap bucket keys. */
    wrapping_key: fixedBytes(32),
    endpoint,
    domain,
  },
  { path: ['pallet_oss', 'types', 'OssInfo'] },
);
export type OssInfo = Static<typeof ossInfo>;

const at = storageOf(ossId.name);
export const ossStorage = {
  Oss: at.map('Oss', [blake2Concat(accountId)], ossInfo, ['Registered gateways.']),
  AuthorityList: at.mapOr(
    'AuthorityList',
    [blake2Concat(accountId)],
    vec(accountId, { max: MAX_AUTHORITIES }),
    [],
    ['Gateways that may act for an account.'],
  ),
  RegistrationDeposits: at.map('RegistrationDeposits', [blake2Concat(accountId)], balance, [
    'Deposits for registrations, held from the gateway.',
  ]),
  AuthorizationDeposits: at.map('AuthorizationDeposits', [blake2Concat(accountId), blake2Concat(accountId)], balance, [
    'Deposits for authorisations, held from the owner, by owner and gateway.',
  ]),
};

export const ossEvents = defineEvents(ossId, {
  OssRegister: struct({ acc: accountId, endpoint }),
  OssUpdate: struct({ acc: accountId, endpoint }),
  OssDestroy: struct({ acc: accountId }),
  Authorize: struct({ acc: accountId, operator: accountId }),
  CancelAuthorize: struct({ acc: accountId, oss: accountId }),
});

export const ossErrors = defineErrors(ossId, {
  Registered: 'The account is registered as a gateway already.',
  UnRegister: 'The account is not registered as a gateway.',
  EmptyEndpoint: 'A gateway needs an endpoint.',
  Existed: 'The operator is authorised already.',
  NoAuthorization: 'The operator is not authorised.',
  TooManyAuthorities: 'No more operators can be authorised; cancel one first.',
});
const infoArgs = { node_key: fixedBytes(32), wrapping_key: fixedBytes(32), endpoint, domain };

export const oss = declarePallet({
  id: ossId,
  docs: 'Gateways and the accounts that authorize them.',
  storage: ossStorage,
  calls: {
    authorize: declareCall({
      index: 0,
      docs: 'Authorizes a gateway to act for the caller, who pays a deposit.',
      args: { operator: accountId },
    }),
    cancel_authorize: declareCall({
      index: 1,
      docs: 'Revokes the authorization of a gateway and returns the deposit.',
      args: { oss: accountId },
    }),
    register: declareCall({ index: 2, docs: 'Registers the caller as a gateway; it pays a deposit.', args: infoArgs }),
    update: declareCall({ index: 3, docs: "Changes the gateway's keys and addresses.", args: infoArgs }),
    destroy: declareCall({ index: 4, docs: 'Ends the registration and returns the deposit.', args: {} }),
  },
  events: ossEvents,
  errors: ossErrors,
  constants: { AuthorLimit: constant(u32, MAX_AUTHORITIES, 'Most gateways that one account may authorise.') },
});
