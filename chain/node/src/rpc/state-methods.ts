// state_*: storage, keys, proofs and changes, read through the node thread's own database handle; runtime calls go to
// the engine.
import { blake2_256 } from '@cess/crypto';
import { toHex0x } from '@cess/primitives';
import { eraOf, type VersionEra } from '../engine/runtime-registry.js';
import { runtimeVersionJson, valueJson } from './json-shapes.js';
import {
  collector,
  hashParam,
  hexListParam,
  hexParam,
  inTurns,
  listen,
  type Method,
  maxKeysPerQuery,
  numberParam,
  type Params,
  type RpcContext,
  type Subscription,
} from './method.js';
import { invalidParams } from './rpc-error.js';
import { storageSubscription } from './storage-subscription.js';

const maxKeysPerPage = 1000;
const maxKeysPerProof = 256;

function read(params: Params, context: RpcContext): Uint8Array | undefined {
  const key = hexParam(params, 0, 'key');
  return context.view.reader.state.get(context.view.stateRoot(hashParam(params, 1, context)), key);
}

const getStorage: Method = (params, context) => valueJson(read(params, context));
const getStorageHash: Method = (params, context) => {
  const value = read(params, context);
  return value ? toHex0x(blake2_256(value)) : null;
};
const getStorageSize: Method = (params, context) => read(params, context)?.length ?? null;

const getKeysPaged: Method = async (params, context) => {
  const prefix = hexParam(params, 0, 'prefix');
  const count = numberParam(params[1], 'count');
  if (count > maxKeysPerPage) throw invalidParams(`"count" may be at most ${maxKeysPerPage}.`);
  const startKey = params[2] === undefined || params[2] === null ? undefined : hexParam(params, 2, 'startKey');
  const root = context.view.stateRoot(hashParam(params, 3, context));
  const keys = collector<string>(context);
  for await (const key of inTurns(context.view.reader.state.keys(root, prefix, startKey, count), context.turn)) {
    keys.add(toHex0x(key), key.length);
  }
  return keys.items;
};

const queryStorageAt: Method = async (params, context) => {
  const keys = hexListParam(params, 0, 'keys', maxKeysPerQuery);
  const hash = hashParam(params, 1, context);
  const root = context.view.stateRoot(hash);
  const changes = collector<[string, string | null]>(context);
  for await (const key of inTurns(keys, context.turn)) {
    const value = context.view.reader.state.get(root, key);
    changes.add([toHex0x(key), valueJson(value)], key.length + (value?.length ?? 0));
  }
  return [{ block: toHex0x(hash), changes: changes.items }];
};

const getReadProof: Method = (params, context) => {
  const keys = hexListParam(params, 0, 'keys', maxKeysPerProof);
  const hash = hashParam(params, 1, context);
  const proof = context.view.reader.state.createReadProof(context.view.stateRoot(hash), keys);
  return { at: toHex0x(hash), proof: proof.map(toHex0x) };
};

/** A large answer of the reader's thread, written in a turn of its own. */
async function hexInTurn(answer: Promise<Uint8Array>, { turn }: RpcContext): Promise<string> {
  const bytes = await answer;
  await turn();
  return toHex0x(bytes);
}

const call: Method = async (params, context) => {
  const [name] = params;
  if (typeof name !== 'string') throw invalidParams('The name of the runtime function must be a text.');
  return hexInTurn(
    context.runtime.run('call', hashParam(params, 2, context), name, hexParam(params, 1, 'bytes')),
    context,
  );
};

const getMetadata: Method = async (params, context) => {
  const hash = hashParam(params, 0, context);
  context.view.stateRoot(hash);
  const number = context.view.header(hash)?.number ?? 0;
  return hexInTurn(context.runtime.run('metadata', 14, number), context);
};

const getRuntimeVersion: Method = (params, context) => {
  const header = context.view.header(hashParam(params, 0, context));
  return header ? runtimeVersionJson(eraOf(context.versions, header.number).version) : null;
};

export const stateMethods: Readonly<Record<string, Method>> = {
  state_getStorage: getStorage,
  state_getStorageAt: getStorage,
  state_getStorageHash: getStorageHash,
  state_getStorageHashAt: getStorageHash,
  state_getStorageSize: getStorageSize,
  state_getStorageSizeAt: getStorageSize,
  state_getKeysPaged: getKeysPaged,
  state_getKeysPagedAt: getKeysPaged,
  state_queryStorageAt: queryStorageAt,
  state_getReadProof: getReadProof,
  state_call: call,
  state_callAt: call,
  state_getMetadata: getMetadata,
  state_getRuntimeVersion: getRuntimeVersion,
  chain_getRuntimeVersion: getRuntimeVersion,
};

/** Sends the version at the best block, and the new one when a runtime upgrade changes it. */
const versionSubscription: Subscription = {
  notification: 'state_runtimeVersion',
  unsubscribe: ['state_unsubscribeRuntimeVersion', 'chain_unsubscribeRuntimeVersion'],
  start: (_params, { view, versions }, push) => {
    let last: VersionEra | undefined;
    const report = (number: number) => {
      const era = eraOf(versions, number);
      if (era === last) return;
      last = era;
      push.send(runtimeVersionJson(era.version));
    };
    report(view.best.number);
    return listen(view, 'best', push, ({ number }) => report(number));
  },
};

export const stateSubscriptions: Readonly<Record<string, Subscription>> = {
  state_subscribeStorage: storageSubscription,
  state_subscribeRuntimeVersion: versionSubscription,
  chain_subscribeRuntimeVersion: versionSubscription,
};
