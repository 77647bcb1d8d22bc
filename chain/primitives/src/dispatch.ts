// Outcomes of dispatch and of validity checks, as sp_runtime and frame_support define them.
import {
  bool,
  bytes,
  enumeration,
  fixedBytes,
  result,
  type Static,
  struct,
  u8,
  u64,
  unit,
  variant,
  vec,
} from '@cess/codec';
import { weight } from './common.js';

const moduleError = struct({ index: u8, error: fixedBytes(4) }, { path: ['sp_runtime', 'ModuleError'] });

const tokenError = enumeration(
  [
    'FundsUnavailable',
    'OnlyProvider',
    'BelowMinimum',
    'CannotCreate',
    'UnknownAsset',
    'Frozen',
    'Unsupported',
    'CannotCreateHold',
    'NotExpendable',
    'Blocked',
  ],
  { path: ['sp_runtime', 'TokenError'] },
);
const arithmeticError = enumeration(['Underflow', 'Overflow', 'DivisionByZero'], {
  path: ['sp_arithmetic', 'ArithmeticError'],
});
const transactionalError = enumeration(['LimitReached', 'NoLayer'], {
  path: ['sp_runtime', 'TransactionalError'],
});
export const dispatchError = variant(
  {
    Other: unit,
    CannotLookup: unit,
    BadOrigin: unit,
    Module: moduleError,
    ConsumerRemaining: unit,
    NoProviders: unit,
    TooManyConsumers: unit,
    Token: tokenError,
    Arithmetic: arithmeticError,
    Transactional: transactionalError,
    Exhausted: unit,
    Corruption: unit,
    Unavailable: unit,
    RootNotAllowed: unit,
  },
  { path: ['sp_runtime', 'DispatchError'] },
);
export type DispatchError = Static<typeof dispatchError>;
export type TokenError = Static<typeof tokenError>;

export const dispatchClass = enumeration(['Normal', 'Operational', 'Mandatory'], {
  path: ['frame_support', 'dispatch', 'DispatchClass'],
});
const pays = enumeration(['Yes', 'No'], { path: ['frame_support', 'dispatch', 'Pays'] });
/** Weight, class and payment of a call. */
export const dispatchInfo = struct(
  { weight, class: dispatchClass, pays_fee: pays },
  { path: ['frame_system', 'DispatchEventInfo'] },
);
export type DispatchInfo = Static<typeof dispatchInfo>;
export type DispatchClass = Static<typeof dispatchClass>;

const dispatchOutcome = result(unit, dispatchError);

const invalidTransaction = variant(
  {
    Call: unit,
    Payment: unit,
    Future: unit,
    Stale: unit,
    BadProof: unit,
    AncientBirthBlock: unit,
    ExhaustsResources: unit,
    Custom: u8,
    BadMandatory: unit,
    MandatoryValidation: unit,
    BadSigner: unit,
  },
  { path: ['sp_runtime', 'transaction_validity', 'InvalidTransaction'] },
);
const unknownTransaction = variant(
  { CannotLookup: unit, NoUnsignedValidator: unit, Custom: u8 },
  { path: ['sp_runtime', 'transaction_validity', 'UnknownTransaction'] },
);
export const transactionValidityError = variant(
  { Invalid: invalidTransaction, Unknown: unknownTransaction },
  { path: ['sp_runtime', 'transaction_validity', 'TransactionValidityError'] },
);
export type TransactionValidityError = Static<typeof transactionValidityError>;
export type InvalidTransaction = Static<typeof invalidTransaction>;

export const transactionSource = enumeration(['InBlock', 'Local', 'External'], {
  path: ['sp_runtime', 'transaction_validity', 'TransactionSource'],
});
export type TransactionSource = Static<typeof transactionSource>;

export const validTransaction = struct(
  {
    priority: u64,
    requires: vec(bytes({ max: 256 }), { max: 64 }),
    provides: vec(bytes({ max: 256 }), { max: 64 }),
    longevity: u64,
    propagate: bool,
  },
  { path: ['sp_runtime', 'transaction_validity', 'ValidTransaction'] },
);
export type ValidTransaction = Static<typeof validTransaction>;

/** Answer of `apply_extrinsic`: refused, or included with the outcome of its dispatch. */
export const applyExtrinsicResult = result(dispatchOutcome, transactionValidityError);
export type ApplyExtrinsicResult = Static<typeof applyExtrinsicResult>;
