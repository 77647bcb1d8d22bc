// Capability records: what a node says about itself, signed by its node key: roles, place, endpoints, capacity. They are found by
// key, role and place in the DHT (CHAIN-2, CHAIN-3; docs/protocol/network.md §7). A record proves who said it and for which
// network, not that it is true.
import { enumeration, fixedBytes, type Static, safeInteger, str, struct, u8, u32, u64, vec } from '@cess/codec';
import { type Ed25519Signer, verifyEd25519 } from '@cess/crypto';
import { CessError, concatBytes, equalBytes, err, isCessError, ok, type Result, utf8 } from '@cess/primitives';

export const networkRoles = ['validator', 'node', 'provider', 'gateway', 'cache', 'tee-worker'] as const;
export type NetworkRole = (typeof networkRoles)[number];

export const recordLimits = {
  maxBytes: 4096,
  maxEndpoints: 8,
  maxEndpointBytes: 256,
  /** Longest time from now until a record ends. */
  maxLifetimeMs: 24 * 3_600_000,
} as const;

const domain = utf8('CESS/capability-record/v1');
const signatureBytes = 64;

/** From one to three parts, the widest first: `eu`, `eu/de`, `eu/de/fra-1`. */
const placePattern = /^[a-z0-9-]{1,16}(\/[a-z0-9-]{1,16}){0,2}$/;

const capacity = struct({
  /** Bytes of storage that the node offers in all. */
  storageBytes: safeInteger,
  /** Bytes a second that it can send. */
  bytesPerSecond: safeInteger,
  /** Threads of its processors. */
  threads: u32,
});

const capabilityRecord = struct({
  version: u8,
  genesis: fixedBytes(32),
  key: fixedBytes(32),
  roles: vec(enumeration(networkRoles), { max: networkRoles.length }),
  place: str,
  endpoints: vec(str, { max: recordLimits.maxEndpoints }),
  capacity,
  sequence: u64,
  validUntilMs: safeInteger,
});

export type Capacity = Static<typeof capacity>;

/**
 * `roles`: at least one, each once, in the order of `networkRoles`. `endpoints`: URLs or multiaddresses. `sequence`: of two
 * records of one key, the one with the higher number counts. `validUntilMs`: milliseconds since 1970.
 */
export type CapabilityRecord = Static<typeof capabilityRecord>;

/** What a node says about itself; the rest of its record is filled in by the host. */
export type Capabilities = Pick<CapabilityRecord, 'roles' | 'place' | 'endpoints' | 'capacity'>;

export type RecordProblem = 'oversized' | 'malformed' | 'network' | 'key' | 'expired' | 'long-lived' | 'signature';

export interface RecordExpectations {
  readonly genesis: Uint8Array;
  readonly nowMs: number;
  /** The key that the record must be of. */
  readonly key?: Uint8Array;
}

/** SCALE of the record ‖ signature. Throws `NETWORK_RECORD_INVALID` for a record that others would refuse. */
export function signCapabilityRecord(
  signer: Ed25519Signer,
  content: Omit<CapabilityRecord, 'version' | 'key'>,
): Uint8Array {
  const record: CapabilityRecord = { ...content, version: 1, key: signer.publicKey };
  if (!isWellFormed(record)) throw invalidRecord('malformed');
  const encoded = capabilityRecord.encode(record);
  const signed = concatBytes(encoded, signer.sign(concatBytes(domain, encoded)));
  if (signed.length > recordLimits.maxBytes) throw invalidRecord('oversized');
  return signed;
}

/** The record if it is well-formed, of this network and key, in force, and signed. */
export function verifyCapabilityRecord(
  bytes: Uint8Array,
  { genesis, nowMs, key }: RecordExpectations,
): Result<CapabilityRecord, RecordProblem> {
  const read = readRecord(bytes);
  if (!read.ok) return read;
  const { record, encoded, signature } = read.value;
  if (!equalBytes(record.genesis, genesis)) return err('network');
  if (key !== undefined && !equalBytes(record.key, key)) return err('key');
  if (record.validUntilMs <= nowMs) return err('expired');
  if (record.validUntilMs - nowMs > recordLimits.maxLifetimeMs) return err('long-lived');
  if (!verifyEd25519(signature, concatBytes(domain, encoded), record.key)) return err('signature');
  return ok(record);
}

/** The sequence number that a record states, unverified; undefined if it is malformed. */
export function statedSequence(bytes: Uint8Array): bigint | undefined {
  const read = readRecord(bytes);
  return read.ok ? read.value.record.sequence : undefined;
}

export function invalidRecord(problem: RecordProblem): CessError<'NETWORK_RECORD_INVALID'> {
  const text = `The capability record is refused: ${problem}.`;
  return new CessError('NETWORK_RECORD_INVALID', text, { reason: problem });
}

/** Whether a node at `place` is within `wanted`: the same place, or one whose parts begin with all of its parts. */
export function isWithin(place: string, wanted: string): boolean {
  return place === wanted || place.startsWith(`${wanted}/`);
}

export function isPlace(text: string): boolean {
  return placePattern.test(text);
}

/** The place and all wider ones: `eu/de` gives `eu`, `eu/de`. */
export function placesAround(place: string): readonly string[] {
  const parts = place.split('/');
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}

interface ReadRecord {
  readonly record: CapabilityRecord;
  readonly encoded: Uint8Array;
  readonly signature: Uint8Array;
}

function readRecord(bytes: Uint8Array): Result<ReadRecord, 'oversized' | 'malformed'> {
  if (bytes.length > recordLimits.maxBytes) return err('oversized');
  if (bytes.length <= signatureBytes) return err('malformed');
  // A copy, so that the record keeps no message of the network in memory.
  const encoded = Uint8Array.from(bytes.subarray(0, bytes.length - signatureBytes));
  const signature = bytes.subarray(bytes.length - signatureBytes);
  try {
    const record = capabilityRecord.decode(encoded);
    return isWellFormed(record) ? ok({ record, encoded, signature }) : err('malformed');
  } catch (error) {
    if (isCessError(error, 'SCALE_MALFORMED') || error instanceof TypeError) return err('malformed');
    throw error;
  }
}

function isWellFormed({ version, roles, place, endpoints }: CapabilityRecord): boolean {
  const order = roles.map((role) => networkRoles.indexOf(role));
  return (
    version === 1 &&
    roles.length > 0 &&
    order.every((index, i) => i === 0 || index > (order[i - 1] ?? index)) &&
    isPlace(place) &&
    endpoints.every((endpoint) => endpoint !== '' && utf8(endpoint).length <= recordLimits.maxEndpointBytes)
  );
}
