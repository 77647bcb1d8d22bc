// Types of the System pallet, with the paths that clients know.
import { balance, h256, weight } from '@cess/chain-primitives';
import {
  bytes,
  type Codec,
  compact,
  enumeration,
  fixedBytes,
  named,
  option,
  type Static,
  str,
  struct,
  tuple,
  u8,
  u16,
  u32,
  u64,
  u128,
  unit,
  variant,
  vec,
} from '@cess/codec';

/** The newest account logic: no old-style reference counts are outstanding. */
const NEW_LOGIC_FLAG = 1n << 127n;

const accountData = struct(
  { free: balance, reserved: balance, frozen: balance, flags: named(['pallet_balances', 'types', 'ExtraFlags'], u128) },
  { path: ['pallet_balances', 'types', 'AccountData'], params: [{ name: 'Balance', type: balance.type }] },
);

export const accountInfo = struct(
  { nonce: u32, consumers: u32, providers: u32, sufficients: u32, data: accountData },
  {
    path: ['frame_system', 'AccountInfo'],
    params: [
      { name: 'Nonce', type: u32.type },
      { name: 'AccountData', type: accountData.type },
    ],
  },
);
export type AccountInfo = Static<typeof accountInfo>;

export const EMPTY_ACCOUNT: AccountInfo = {
  nonce: 0,
  consumers: 0,
  providers: 0,
  sufficients: 0,
  data: { free: 0n, reserved: 0n, frozen: 0n, flags: NEW_LOGIC_FLAG },
};

const phase = variant(
  { ApplyExtrinsic: u32, Finalization: unit, Initialization: unit },
  { path: ['frame_system', 'Phase'] },
);

/** The record of one event; parameterised as clients expect it. */
export function eventRecord<E>(event: Codec<E>) {
  return struct(
    { phase, event, topics: vec(h256) },
    {
      path: ['frame_system', 'EventRecord'],
      params: [
        { name: 'E', type: event.type },
        { name: 'T', type: h256.type },
      ],
    },
  );
}

/** One value per dispatch class. */
export function perDispatchClass<T>(codec: Codec<T>) {
  return struct(
    { normal: codec, operational: codec, mandatory: codec },
    { path: ['frame_support', 'dispatch', 'PerDispatchClass'], params: [{ name: 'T', type: codec.type }] },
  );
}

/** Hooks of pallets, by the names that the runtime has for them. */
export const hookName = enumeration(['onRuntimeUpgrade', 'onInitialize', 'onFinalize'], {
  path: ['frame_system', 'HookName'],
});

const weightsPerClass = struct(
  { base_extrinsic: weight, max_extrinsic: option(weight), max_total: option(weight), reserved: option(weight) },
  { path: ['frame_system', 'limits', 'WeightsPerClass'] },
);
export const blockWeights = struct(
  { base_block: weight, max_block: weight, per_class: perDispatchClass(weightsPerClass) },
  { path: ['frame_system', 'limits', 'BlockWeights'] },
);
export const blockLength = struct({ max: perDispatchClass(u32) }, { path: ['frame_system', 'limits', 'BlockLength'] });
export const dbWeight = struct({ read: u64, write: u64 }, { path: ['sp_weights', 'RuntimeDbWeight'] });

export const runtimeVersion = struct(
  {
    spec_name: str,
    impl_name: str,
    authoring_version: u32,
    spec_version: u32,
    impl_version: u32,
    apis: vec(tuple(fixedBytes(8), u32)),
    transaction_version: u32,
    system_version: u8,
  },
  { path: ['sp_version', 'RuntimeVersion'] },
);
export type RuntimeVersionFields = Static<typeof runtimeVersion>;

export const lastRuntimeUpgrade = struct(
  { spec_version: compact(u32), spec_name: str },
  { path: ['frame_system', 'LastRuntimeUpgradeInfo'] },
);

export const remark = bytes({ max: 1 << 20 });
export const ss58Prefix = u16;
