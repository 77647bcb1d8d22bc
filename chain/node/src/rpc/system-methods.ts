// system_* and payment_*: who this node is, nonces and fees.
import { u32 } from '@cess/codec';
import { decodeSs58 } from '@cess/crypto';
import { cessVersion, concatBytes, fromHex } from '@cess/primitives';
import { query } from '@cess/runtime';
import { hashParam, hexParam, type Method, type Params, type RpcContext } from './method.js';
import { invalidParams } from './rpc-error.js';
import { feeDetails, runtimeDispatchInfo } from './runtime-codecs.js';

function accountParam(value: unknown): Uint8Array {
  if (typeof value === 'string' && /^0x[0-9a-fA-F]{64}$/.test(value)) return fromHex(value);
  const decoded = typeof value === 'string' ? decodeSs58(value) : undefined;
  if (!decoded?.ok) throw invalidParams('The account must be an SS58 address or 32 bytes of hex.');
  return decoded.value.accountId;
}

/** Next nonce of an account, including its transactions in the pool. */
function accountNextIndex(params: Params, { view, pool }: RpcContext): number {
  const account = accountParam(params[0]);
  const stored = view.reader.state.get(view.stateRoot(view.best.hash), query.System.Account.key(account));
  let next = query.System.Account.decodeValue(stored).nonce;
  while (pool.provides(concatBytes(account, u32.encode(next)))) next++;
  return next;
}

async function callWithExtrinsic(api: string, params: Params, context: RpcContext): Promise<Uint8Array> {
  const extrinsic = hexParam(params, 0, 'extrinsic');
  const args = concatBytes(extrinsic, u32.encode(extrinsic.length));
  return context.runtime.run('call', hashParam(params, 1, context), api, args);
}

const queryInfo: Method = async (params, context) => {
  const info = runtimeDispatchInfo.decode(await callWithExtrinsic('TransactionPaymentApi_query_info', params, context));
  return {
    weight: { ref_time: Number(info.weight.ref_time), proof_size: Number(info.weight.proof_size) },
    class: info.class.toLowerCase(),
    partialFee: info.partial_fee.toString(),
  };
};

const queryFeeDetails: Method = async (params, context) => {
  const bytes = await callWithExtrinsic('TransactionPaymentApi_query_fee_details', params, context);
  const { inclusion_fee: fee } = feeDetails.decode(bytes);
  return {
    inclusionFee: fee && {
      baseFee: hex(fee.base_fee),
      lenFee: hex(fee.len_fee),
      adjustedWeightFee: hex(fee.adjusted_weight_fee),
    },
  };
};

export const systemMethods: Readonly<Record<string, Method>> = {
  system_name: () => 'CESS Node',
  system_version: () => cessVersion,
  system_chain: (_params, { spec }) => spec.name,
  system_chainType: (_params, { spec }) => (spec.type === 'development' ? 'Development' : 'Live'),
  system_properties: (_params, { spec }) => ({
    ss58Format: spec.ss58Prefix,
    tokenDecimals: spec.tokenDecimals,
    tokenSymbol: spec.tokenSymbol,
  }),
  system_health: (_params, { host, isSyncing }) => ({
    peers: host?.peers().length ?? 0,
    isSyncing: isSyncing(),
    shouldHavePeers: host !== undefined,
  }),
  system_peers: () => [],
  system_localPeerId: (_params, { peerId }) => peerId,
  system_localListenAddresses: (_params, { host }) => host?.addresses() ?? [],
  system_nodeRoles: (_params, { isAuthority }) => [isAuthority ? 'Authority' : 'Full'],
  system_syncState: (_params, { view }) => ({
    startingBlock: 0,
    currentBlock: view.best.number,
    highestBlock: view.best.number,
  }),
  system_accountNextIndex: accountNextIndex,
  account_nextIndex: accountNextIndex,
  payment_queryInfo: queryInfo,
  payment_queryFeeDetails: queryFeeDetails,
};

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
