// The version of the runtime. Raise SPEC_VERSION with every change of behaviour, TRANSACTION_VERSION with every change
// of a call's or extension's encoding.
import { fromHex } from '@cess/primitives';
import type { RuntimeApiId } from './frame/runtime-api.js';
import type { RuntimeVersionFields } from './pallets/system/declaration.js';

export const SPEC_NAME = 'cess';
const IMPL_NAME = 'cess-node';
export const SPEC_VERSION = 8;
export const TRANSACTION_VERSION = 3;
const STATE_VERSION = 1;

export interface RuntimeVersion {
  readonly specName: string;
  readonly implName: string;
  readonly authoringVersion: number;
  readonly specVersion: number;
  readonly implVersion: number;
  /** Names, 8-byte ids (BLAKE2b-64 of the name) and versions of the runtime APIs. */
  readonly apis: readonly { readonly name: string; readonly id: Uint8Array; readonly version: number }[];
  readonly transactionVersion: number;
  /** 1: state trie V1, extrinsics root V0. */
  readonly stateVersion: number;
}

/** The version as clients see it. */
export function runtimeVersionOf(apis: readonly RuntimeApiId[]): RuntimeVersion {
  return {
    specName: SPEC_NAME,
    implName: IMPL_NAME,
    authoringVersion: 1,
    specVersion: SPEC_VERSION,
    implVersion: 1,
    apis: apis.map(({ name, id, version }) => ({ name, id: fromHex(id), version })),
    transactionVersion: TRANSACTION_VERSION,
    stateVersion: STATE_VERSION,
  };
}

/** The version in the form of `Core_version`. */
export function versionFields(version: RuntimeVersion): RuntimeVersionFields {
  return {
    spec_name: version.specName,
    impl_name: version.implName,
    authoring_version: version.authoringVersion,
    spec_version: version.specVersion,
    impl_version: version.implVersion,
    apis: version.apis.map(({ id, version: apiVersion }) => [id, apiVersion] as const),
    transaction_version: version.transactionVersion,
    system_version: version.stateVersion,
  };
}

/** The runtime APIs, their ids and versions. */
export const RUNTIME_API_IDS = [
  { name: 'Core', id: 'df6acb689907609b', version: 5 },
  { name: 'Metadata', id: '37e397fc7c91f5e4', version: 2 },
  { name: 'BlockBuilder', id: '40fe3ad401f8959a', version: 6 },
  { name: 'TaggedTransactionQueue', id: 'd2bc9897eed08f15', version: 3 },
  { name: 'AccountNonceApi', id: 'bc9d89904f5b923f', version: 1 },
  { name: 'FileBankApi', id: 'e9d23a56586b0f45', version: 1 },
  { name: 'TransactionPaymentApi', id: '37c8bb1350a9a2a8', version: 4 },
] as const satisfies readonly RuntimeApiId[];
