// Every failure of an RPC call as a JSON-RPC error, in one place. Codes below 0 are the standard's; 1010..1020 are
// Substrate's for the pool, which wallets show as they are.
import type { TransactionValidityError } from '@cess/chain-primitives';
import { CessError, isCessError } from '@cess/primitives';
import type { PoolRefusal } from '../pool/pool-types.js';

export interface JsonRpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export class RpcError extends Error {
  override readonly name = 'RpcError';

  constructor(
    readonly code: number,
    message: string,
    readonly data?: unknown,
  ) {
    super(message);
  }
}

export const rpcCodes = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  limit: -32005,
  /** As jsonrpsee, the server of Substrate nodes, answers. */
  responseTooLarge: -32008,
  batchResponseTooLarge: -32011,
  /** The runtime refused a call that is not possible in this state. */
  refused: -32000,
  unknownBlock: -32004,
  statePruned: 4003,
} as const;

const codeOf: Readonly<Record<string, number>> = {
  BLOCK_UNKNOWN: rpcCodes.unknownBlock,
  STATE_PRUNED: rpcCodes.statePruned,
  HEX_MALFORMED: rpcCodes.invalidParams,
  SCALE_MALFORMED: rpcCodes.invalidParams,
  KV_KEY_INVALID: rpcCodes.invalidParams,
  EXTRINSIC_MALFORMED: rpcCodes.invalidParams,
  BLOCK_NOT_OPEN: rpcCodes.refused,
  BLOCK_INVALID: rpcCodes.refused,
  RUNTIME_API_UNKNOWN: rpcCodes.methodNotFound,
  ENGINE_BUSY: rpcCodes.limit,
  RPC_CALL_LIMIT: rpcCodes.limit,
  POOL_WATCH_LIMIT: rpcCodes.limit,
  RPC_SUBSCRIPTION_LIMIT: rpcCodes.limit,
};

/** The wire form of anything thrown by a method. Unexpected failures show no detail. */
export function toJsonRpcError(thrown: unknown): JsonRpcError {
  if (thrown instanceof RpcError) {
    return { code: thrown.code, message: thrown.message, ...(thrown.data === undefined ? {} : { data: thrown.data }) };
  }
  if (isCessError(thrown)) {
    const code = codeOf[thrown.code];
    if (code !== undefined) return { code, message: thrown.message, data: thrown.code };
    return { code: rpcCodes.internal, message: 'Internal error', data: thrown.code };
  }
  return { code: rpcCodes.internal, message: 'Internal error' };
}

/** True for failures that the caller did not cause; they are logged. */
export function isUnexpected(thrown: unknown): boolean {
  return toJsonRpcError(thrown).code === rpcCodes.internal;
}

export function responseTooLarge(limit: number): RpcError {
  return new RpcError(
    rpcCodes.responseTooLarge,
    'Response is too big',
    `The response exceeds the limit of ${limit} bytes. Ask for less at a time.`,
  );
}

export function connectionClosed(): RpcError {
  return new RpcError(rpcCodes.limit, 'The connection is closed.');
}

export function invalidParams(message: string): RpcError {
  return new RpcError(rpcCodes.invalidParams, message);
}

const invalidTexts: Readonly<Record<string, string>> = {
  Call: 'Transaction call is not expected',
  Payment: 'Inability to pay some fees (e.g. account balance too low)',
  Future: 'Transaction will be valid in the future',
  Stale: 'Transaction is outdated',
  BadProof: 'Transaction has a bad signature',
  AncientBirthBlock: 'Transaction has an ancient birth block',
  ExhaustsResources: 'Transaction would exhaust the block limits',
  BadMandatory: 'A call was labelled as mandatory, but resulted in an Error.',
  MandatoryValidation: 'Transaction dispatch is mandatory; transactions must not be validated.',
  BadSigner: 'Invalid signing address',
};

/** Substrate's answer to a refused transaction. */
export function poolError(refusal: PoolRefusal): RpcError {
  switch (refusal.type) {
    case 'already-known':
      return new RpcError(1013, 'Transaction Already Imported', 'The transaction is already in the pool.');
    case 'too-low-priority':
      return new RpcError(1014, 'Priority is too low: another transaction with this nonce pays as much or more.');
    case 'full':
      return new RpcError(1016, 'Immediately Dropped', 'The pool is full and the transaction has the lowest priority.');
    case 'banned':
      return new RpcError(1012, 'Transaction is temporarily banned');
    case 'too-large':
      return new RpcError(1010, 'Invalid Transaction', invalidTexts.ExhaustsResources);
    case 'validity':
      return validityError(refusal.error);
  }
}

function validityError(error: TransactionValidityError): RpcError {
  const { type } = error.value;
  if (error.type === 'Unknown') return new RpcError(1011, 'Unknown Transaction Validity', type);
  const custom = type === 'Custom' ? `Custom error: ${error.value.value}` : undefined;
  return new RpcError(1010, 'Invalid Transaction', custom ?? invalidTexts[type] ?? type);
}

/** A `CessError` for failures that the server itself raises. */
export function subscriptionLimit(limit: number, what = 'subscriptions'): CessError {
  return new CessError('RPC_SUBSCRIPTION_LIMIT', `A connection may have at most ${limit} ${what}.`);
}
