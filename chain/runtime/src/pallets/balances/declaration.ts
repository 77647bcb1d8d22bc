// Balances: the token and its transfers. Events and errors are numbered as in Substrate.
import { accountId, balance, multiAddress } from '@cess/chain-primitives';
import { bool, compact, enumeration, struct, u128 } from '@cess/codec';
import { constant, declareCall, declarePallet, defineErrors, defineEvents } from '../../frame/declaration.js';
import { storageOf } from '../../frame/storage.js';

const balancesId = { name: 'Balances', index: 6 } as const;

/** An account below this ceases to exist: 10^-6 CESS. */
export const EXISTENTIAL_DEPOSIT = 1_000_000_000_000n;

export const balancesStorage = {
  TotalIssuance: storageOf(balancesId.name).valueOr('TotalIssuance', u128, 0n, ['All tokens in existence.']),
};

const balanceStatus = enumeration(['Free', 'Reserved'], {
  path: ['frame_support', 'traits', 'tokens', 'misc', 'BalanceStatus'],
});
const whoAmount = () => struct({ who: accountId, amount: balance });

export const balancesEvents = defineEvents(
  balancesId,
  {
    Endowed: struct({ account: accountId, free_balance: balance }),
    DustLost: struct({ account: accountId, amount: balance }),
    Transfer: struct({ from: accountId, to: accountId, amount: balance }),
    BalanceSet: struct({ who: accountId, free: balance }),
    Reserved: whoAmount(),
    Unreserved: whoAmount(),
    ReserveRepatriated: struct({ from: accountId, to: accountId, amount: balance, destination_status: balanceStatus }),
    Deposit: whoAmount(),
    Withdraw: whoAmount(),
  },
  {
    Endowed: 0,
    DustLost: 1,
    Transfer: 2,
    BalanceSet: 3,
    Reserved: 4,
    Unreserved: 5,
    ReserveRepatriated: 6,
    Deposit: 7,
    Withdraw: 8,
  },
);

export const balancesErrors = defineErrors(balancesId, {
  InsufficientBalance: 'The free balance is too small to reserve that much and stay alive.',
  InsufficientReserve: 'Less than that is reserved.',
});

const transferArgs = { dest: multiAddress, value: compact(u128) };

export const balances = declarePallet({
  id: balancesId,
  docs: 'The token and its transfers.',
  storage: balancesStorage,
  calls: {
    transfer_allow_death: declareCall({
      index: 0,
      docs: 'Transfers tokens; the sender may cease to exist.',
      args: transferArgs,
    }),
    transfer_keep_alive: declareCall({
      index: 3,
      docs: 'Transfers tokens; fails if the sender would cease to exist.',
      args: transferArgs,
    }),
    transfer_all: declareCall({
      index: 4,
      docs: 'Transfers all free tokens, or all but the existential deposit.',
      args: { dest: multiAddress, keep_alive: bool },
    }),
    force_set_balance: declareCall({
      index: 8,
      docs: 'Sets the free balance of an account. Root only.',
      args: { who: multiAddress, new_free: compact(u128) },
    }),
  },
  events: balancesEvents,
  errors: balancesErrors,
  constants: {
    ExistentialDeposit: constant(u128, EXISTENTIAL_DEPOSIT, 'An account below this ceases to be.'),
  },
});
