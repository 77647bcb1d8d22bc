// Metadata V14, V15 and V16 from one model: the declarations of the pallets, extensions and runtime APIs.
// Source: frame_metadata::{v14, v15, v16}. V14 has no runtime APIs; V16 adds deprecation, associated types and view
// functions, all empty here.
import {
  type Codec,
  describe,
  enumeration,
  option,
  str,
  struct,
  type TypeDescriptor,
  tuple,
  u8,
  variant,
  vec,
} from '@cess/codec';
import { concatBytes } from '@cess/primitives';
import type { OuterTypes } from './assemble.js';
import type { PalletDeclaration } from './declaration.js';
import type { ExtensionDeclaration } from './extension.js';
import { blob, docs, portableType, TypeRegistry, typeId } from './metadata-registry.js';
import type { RuntimeApi } from './runtime-api.js';

export interface MetadataModel {
  readonly crate: string;
  readonly pallets: readonly PalletDeclaration[];
  readonly outer: OuterTypes;
  readonly extensions: readonly ExtensionDeclaration<unknown>[];
  readonly address: TypeDescriptor;
  readonly signature: TypeDescriptor;
  readonly extra: TypeDescriptor;
  readonly extrinsic: TypeDescriptor;
  readonly apis: readonly RuntimeApi[];
}

export const METADATA_VERSIONS = [14, 15, 16] as const;
export type MetadataVersion = (typeof METADATA_VERSIONS)[number];

const MAGIC = Uint8Array.of(0x6d, 0x65, 0x74, 0x61);
const EXTRINSIC_VERSION = 4;

const hasher = enumeration([
  'Blake2_128',
  'Blake2_256',
  'Blake2_128Concat',
  'Twox128',
  'Twox256',
  'Twox64Concat',
  'Identity',
]);
const modifier = enumeration(['Optional', 'Default']);
const notDeprecated = enumeration(['NotDeprecated', 'DeprecatedWithoutNote', 'Deprecated']);
const noVariantDeprecation = vec(u8);

const itemFields = {
  name: str,
  modifier,
  type: variant({ plain: typeId, map: struct({ hashers: vec(hasher), key: typeId, value: typeId }) }),
  fallback: blob,
  docs,
};
const constantFields = { name: str, type: typeId, value: blob, docs };
const storageOf = <T>(item: Codec<T>) => option(struct({ prefix: str, items: vec(item) }));
const palletV14Fields = {
  name: str,
  storage: storageOf(struct(itemFields)),
  calls: option(typeId),
  events: option(typeId),
  constants: vec(struct(constantFields)),
  errors: option(typeId),
  index: u8,
};
const enumRefV16 = option(struct({ type: typeId, deprecation: noVariantDeprecation }));
const palletV16 = struct({
  name: str,
  storage: storageOf(struct({ ...itemFields, deprecation: notDeprecated })),
  calls: enumRefV16,
  events: enumRefV16,
  constants: vec(struct({ ...constantFields, deprecation: notDeprecated })),
  errors: enumRefV16,
  associatedTypes: vec(u8),
  viewFunctions: vec(u8),
  index: u8,
  docs,
  deprecation: notDeprecated,
});
const extension = struct({ identifier: str, type: typeId, additional: typeId });
const methodFields = {
  name: str,
  inputs: vec(struct({ name: str, type: typeId })),
  output: typeId,
  docs,
};
const outerEnums = struct({ call: typeId, event: typeId, error: typeId });
const custom = vec(tuple(str, typeId, blob));
const lookup = vec(portableType);

const v14 = struct({
  lookup,
  pallets: vec(struct(palletV14Fields)),
  extrinsic: struct({ type: typeId, version: u8, extensions: vec(extension) }),
  type: typeId,
});
const v15 = struct({
  lookup,
  pallets: vec(struct({ ...palletV14Fields, docs })),
  extrinsic: struct({
    version: u8,
    address: typeId,
    call: typeId,
    signature: typeId,
    extra: typeId,
    extensions: vec(extension),
  }),
  type: typeId,
  apis: vec(struct({ name: str, methods: vec(struct(methodFields)), docs })),
  outerEnums,
  custom,
});
const v16 = struct({
  lookup,
  pallets: vec(palletV16),
  extrinsic: struct({
    versions: vec(u8),
    address: typeId,
    call: typeId,
    signature: typeId,
    extensionsByVersion: vec(tuple(u8, vec(typeId))),
    extensions: vec(extension),
  }),
  apis: vec(
    struct({
      name: str,
      methods: vec(struct({ ...methodFields, deprecation: notDeprecated })),
      docs,
      version: typeId,
      deprecation: notDeprecated,
    }),
  ),
  outerEnums,
  custom,
});

/** Encoded metadata of one version, magic and version byte included. */
export function encodeMetadata(model: MetadataModel, version: MetadataVersion): Uint8Array {
  const registry = new TypeRegistry();
  const parts = describeParts(model, registry);
  const common = { pallets: parts.pallets, outerEnums: parts.outerEnums, custom: [], apis: parts.apis };
  const head = Uint8Array.of(...MAGIC, version);
  const { extensions } = parts;
  switch (version) {
    case 14: {
      const extrinsic = { type: parts.extrinsic, version: EXTRINSIC_VERSION, extensions };
      return concatBytes(head, v14.encode({ ...common, lookup: registry.types, extrinsic, type: parts.runtime }));
    }
    case 15: {
      const extrinsic = { version: EXTRINSIC_VERSION, ...parts.signed, extensions };
      return concatBytes(head, v15.encode({ ...common, lookup: registry.types, extrinsic, type: parts.runtime }));
    }
    case 16: {
      const pallets = parts.pallets.map((pallet) => ({
        ...pallet,
        storage: pallet.storage && {
          ...pallet.storage,
          items: pallet.storage.items.map((item) => ({ ...item, deprecation: 'NotDeprecated' as const })),
        },
        calls: enumRef(pallet.calls),
        events: enumRef(pallet.events),
        errors: enumRef(pallet.errors),
        constants: pallet.constants.map((entry) => ({ ...entry, deprecation: 'NotDeprecated' as const })),
        associatedTypes: [],
        viewFunctions: [],
        deprecation: 'NotDeprecated' as const,
      }));
      const extrinsic = {
        versions: [EXTRINSIC_VERSION],
        ...parts.signed,
        extensionsByVersion: [[0, extensions.map((_, index) => index)] as const],
        extensions,
      };
      return concatBytes(head, v16.encode({ ...common, lookup: registry.types, pallets, extrinsic }));
    }
  }
}

function enumRef(type: number | undefined) {
  return type === undefined ? undefined : { type, deprecation: [] };
}

function describeParts(model: MetadataModel, registry: TypeRegistry) {
  const optional = (codec: Codec<unknown> | undefined) => (codec === undefined ? undefined : registry.of(codec));
  const pallets = model.pallets.map((pallet) => {
    const items = Object.values(pallet.storage).map((item) => describeItem(item.entry(), registry));
    return {
      name: pallet.id.name,
      storage: items.length === 0 ? undefined : { prefix: pallet.id.name, items },
      calls: optional(pallet.callCodec),
      events: optional(pallet.events?.codec),
      constants: Object.entries(pallet.constants ?? {}).map(([name, entry]) => ({
        name,
        type: registry.of(entry.type),
        value: entry.type.encode(entry.value),
        docs: [entry.docs],
      })),
      errors: optional(pallet.errors?.codec),
      index: pallet.id.index,
      docs: [pallet.docs],
    };
  });
  return {
    pallets,
    extensions: model.extensions.map((entry) => ({
      identifier: entry.identifier,
      type: registry.of(entry.extra),
      additional: registry.of(entry.additional),
    })),
    // Clients look this type up by its path in every version, also where nothing refers to it.
    extrinsic: registry.add(model.extrinsic),
    runtime: registry.add(describe({ kind: 'tuple', of: [] }, { path: [model.crate, 'Runtime'] })),
    signed: {
      address: registry.add(model.address),
      call: registry.of(model.outer.call),
      signature: registry.add(model.signature),
      extra: registry.add(model.extra),
    },
    outerEnums: {
      call: registry.of(model.outer.call),
      event: registry.of(model.outer.event),
      error: registry.of(model.outer.error),
    },
    apis: model.apis.map((api) => ({
      name: api.name,
      methods: Object.entries(api.methods).map(([name, method]) => ({
        name,
        inputs: Object.entries(method.inputs).map(([input, codec]) => ({ name: input, type: registry.of(codec) })),
        output: registry.of(method.output),
        docs: [method.docs],
        deprecation: 'NotDeprecated' as const,
      })),
      docs: [api.docs],
      version: api.version,
      deprecation: 'NotDeprecated' as const,
    })),
  };
}

type Entry = ReturnType<PalletDeclaration['storage'][string]['entry']>;

function describeItem(entry: Entry, registry: TypeRegistry) {
  const value = registry.add(entry.value);
  const [first, ...rest] = entry.keys;
  const base = { name: entry.name, modifier: entry.modifier, fallback: entry.defaultBytes, docs: entry.docs };
  if (first === undefined) return { ...base, type: { type: 'plain' as const, value } };
  const keys = [first, ...rest];
  const key = rest.length === 0 ? first.type : describe({ kind: 'tuple', of: keys.map((part) => part.type) });
  const map = { hashers: keys.map((part) => part.hasher), key: registry.add(key), value };
  return { ...base, type: { type: 'map' as const, value: map } };
}
