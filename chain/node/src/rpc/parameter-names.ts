// Names of the parameters of the RPC methods, in their order, for requests that pass parameters by name. They are those of
// Substrate's methods in camel case; snake case is read as well. A method without an entry has no parameters.
import type { Params } from './method.js';
import { invalidParams } from './rpc-error.js';

/** Parameters by name. */
export type NamedParams = Readonly<Record<string, unknown>>;

const namesOf: Readonly<Record<string, readonly string[]>> = {
  author_submitExtrinsic: ['extrinsic'],
  author_submitAndWatchExtrinsic: ['bytes'],
  cess_networkRecords: ['role'],
  chain_getBlock: ['hash'],
  chain_getBlockHash: ['hash'],
  chain_getHead: ['hash'],
  chain_getHeader: ['hash'],
  grandpa_proveFinality: ['block'],
  grandpa_proveSetChanges: ['fromSet'],
  payment_queryInfo: ['encodedXt', 'at'],
  payment_queryFeeDetails: ['encodedXt', 'at'],
  state_getStorage: ['key', 'hash'],
  state_getStorageAt: ['key', 'hash'],
  state_getStorageHash: ['key', 'hash'],
  state_getStorageHashAt: ['key', 'hash'],
  state_getStorageSize: ['key', 'hash'],
  state_getStorageSizeAt: ['key', 'hash'],
  state_getKeysPaged: ['prefix', 'count', 'startKey', 'hash'],
  state_getKeysPagedAt: ['prefix', 'count', 'startKey', 'hash'],
  state_queryStorageAt: ['keys', 'at'],
  state_getReadProof: ['keys', 'hash'],
  state_call: ['name', 'bytes', 'hash'],
  state_callAt: ['name', 'bytes', 'hash'],
  state_getMetadata: ['hash'],
  state_getRuntimeVersion: ['hash'],
  chain_getRuntimeVersion: ['hash'],
  state_subscribeStorage: ['keys'],
  system_accountNextIndex: ['account'],
  account_nextIndex: ['account'],
};

/** Calls that end a subscription have this parameter. */
const unsubscribeNames = ['subscription'];

/** Parameters in the order of the method. Throws the error of invalid parameters for a name that the method does not have. */
export function positionalParams(method: string, params: Params | NamedParams, isUnsubscribe: boolean): Params {
  if (isList(params)) return params;
  const names = isUnsubscribe ? unsubscribeNames : Object.hasOwn(namesOf, method) ? (namesOf[method] ?? []) : [];
  const list = names.map((): unknown => undefined);
  for (const [name, value] of Object.entries(params)) {
    const index = names.indexOf(camelCase(name));
    if (index < 0) throw invalidParams(`"${name}" is not a parameter of ${method}. ${describe(names)}`);
    if (list[index] !== undefined) throw invalidParams(`"${name}" is given twice.`);
    list[index] = value;
  }
  return list;
}

/** Methods that the table names. */
export const methodsWithParameters: readonly string[] = Object.keys(namesOf);

function isList(params: Params | NamedParams): params is Params {
  return Array.isArray(params);
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function describe(names: readonly string[]): string {
  return names.length === 0 ? 'It has none.' : `It has: ${names.join(', ')}.`;
}
