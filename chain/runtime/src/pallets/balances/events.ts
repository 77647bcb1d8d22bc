// Events and errors of Balances, numbered as in Substrate.
import { accountId, balance } from '@cess/chain-primitives';
import { enumeration, struct } from '@cess/codec';
import { defineErrors, defineEvents } from '../../frame/pallet.js';

export const balancesId = { name: 'Balances', index: 6 } as const;

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
