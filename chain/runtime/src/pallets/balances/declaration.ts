// Balances: the token and its transfers. Events and errors are numbered as in Substrate.
import { accountId, balance, multiAddress } from '@cess/chain-primitives';
import { bool, compact, enumeration, type Static, struct, u128, vec } from '@cess/codec';
import { CESS } from '@cess/primitives';
import { constant, declareCall, declarePallet, defineErrors, defineEvents } from '../../frame/declaration.js';
import { blake2Concat, storageOf } from '../../frame/storage.js';
import { holdReason } from '../../hold-reasons.js';
import { DEPOSIT_PER_BYTE, DEPOSIT_PER_ITEM } from '../../state-deposit.js';

const balancesId = { name: 'Balances', index: 6 } as const;

/** An account below this ceases to exist. */
export const EXISTENTIAL_DEPOSIT = CESS;

const heldAmount = struct(
  { id: holdReason, amount: balance },
  {
    path: ['frame_support', 'traits', 'tokens', 'misc', 'IdAmount'],
    params: [
      { name: 'Id', type: holdReason.type },
      { name: 'Balance', type: balance.type },
    ],
  },
);
export type HeldAmount = Static<typeof heldAmount>;
/** More than there are reasons. */
const MAX_HOLDS = 32;

const at = storageOf(balancesId.name);
export const balancesStorage = {
  TotalIssuance: at.valueOr('TotalIssuance', u128, 0n, ['All tokens in existence.']),
  Holds: at.mapOr(
    'Holds',
    [blake2Concat(accountId)],
    vec(heldAmount, { max: MAX_HOLDS }),
    [],
    ['Tokens on hold by reason; their sum is the reserved balance of the account.'],
  ),
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
    // Versions before 4 deposited the next three; programs that catch up after an upgrade still read them.
    Reserved: whoAmount(),
    Unreserved: whoAmount(),
    ReserveRepatriated: struct({ from: accountId, to: accountId, amount: balance, destination_status: balanceStatus }),
    Deposit: whoAmount(),
    Withdraw: whoAmount(),
    Held: struct({ reason: holdReason, who: accountId, amount: balance }),
    TransferOnHold: struct({ reason: holdReason, source: accountId, dest: accountId, amount: balance }),
    Released: struct({ reason: holdReason, who: accountId, amount: balance }),
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
    Held: 22,
    TransferOnHold: 24,
    Released: 26,
  },
);

export const balancesErrors = defineErrors(balancesId, {
  InsufficientBalance: 'The free balance is too small to put that much on hold and keep the existential deposit.',
  InsufficientReserve: 'Less than that is on hold for this reason.',
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
    ExistentialDeposit: constant(u128, EXISTENTIAL_DEPOSIT, 'An account with less than this ceases to exist.'),
    StateDepositPerItem: constant(u128, DEPOSIT_PER_ITEM, 'Deposit for an entry of the state.'),
    StateDepositPerByte: constant(u128, DEPOSIT_PER_BYTE, 'Deposit for a byte of its value.'),
  },
});
