// What a light client trusts without proof: a genesis and an authority set, from the chain specification or from a checkpoint that
// a light client exported. Everything else follows from these by proof.
import type { Header } from '@cess/chain-primitives';
import type { AuthoritySet } from '@cess/consensus';
import { CessError, fromHex, isCessError, toHex0x } from '@cess/primitives';

/** What a light client believes without proof. */
export interface LightTrust {
  /** 32 bytes. Undefined: the chain of the authorities, whose state proves its genesis. */
  readonly genesisHash: Uint8Array | undefined;
  /** The set that finalizes the blocks after `finalized`. */
  readonly authorities: AuthoritySet;
  /** A finalized block of a checkpoint; the client never goes back behind it. Undefined: the genesis. */
  readonly finalized?: BlockRef | undefined;
}

/** A block by height and hash. */
export interface BlockRef {
  readonly number: number;
  /** 32 bytes. */
  readonly hash: Uint8Array;
}

/** A block that is proven to be final. */
export interface FinalizedBlock extends BlockRef {
  readonly header: Header;
  /** Milliseconds since the Unix epoch, as the chain has it; proven. */
  readonly timeMs: number;
}

const checkpointFormat = 'cess-light-checkpoint/1';
const maxAuthorities = 1024;

/**
 * Trust in the authorities of a chain specification (its JSON form), which are set 0 with one vote each. The genesis hash is not
 * part of a specification. Throws `LIGHT_CHECKPOINT_INVALID`.
 */
export function trustOfChainSpec(spec: unknown, genesisHash?: Uint8Array): LightTrust {
  const listed = fieldsOf(spec)['authorities'];
  if (!Array.isArray(listed)) throw invalid('"authorities" is no list');
  const authorities = listed.map((one: unknown) => ({ key: bytes32(fieldsOf(one)['key'], 'a key'), weight: 1n }));
  return { genesisHash, authorities: checkedSet(0n, authorities) };
}

/** A checkpoint as JSON text: `parseCheckpoint` gives it back. It holds no secret. */
export function encodeCheckpoint({ genesisHash, authorities, finalized }: LightTrust): string {
  return JSON.stringify({
    format: checkpointFormat,
    genesisHash: genesisHash === undefined ? null : toHex0x(genesisHash),
    finalized: finalized === undefined ? null : { number: finalized.number, hash: toHex0x(finalized.hash) },
    setId: String(authorities.setId),
    authorities: authorities.authorities.map(({ key, weight }) => ({ key: toHex0x(key), weight: String(weight) })),
  });
}

/** A checkpoint from the text of `encodeCheckpoint`. Throws `LIGHT_CHECKPOINT_INVALID`. Whoever gives the text decides which chain the client believes. */
export function parseCheckpoint(text: string): LightTrust {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid('it is not JSON', cause);
  }
  const { format, genesisHash, finalized, setId, authorities } = fieldsOf(json);
  if (format !== checkpointFormat) throw invalid(`its format is not ${checkpointFormat}`);
  if (!Array.isArray(authorities)) throw invalid('"authorities" is no list');
  return {
    genesisHash: genesisHash === null ? undefined : bytes32(genesisHash, 'the genesis'),
    finalized: finalized === null ? undefined : blockOf(finalized),
    authorities: checkedSet(
      decimal(setId, '"setId"'),
      authorities.map((one: unknown) => {
        const { key, weight } = fieldsOf(one);
        return { key: bytes32(key, 'a key'), weight: decimal(weight, 'a weight') };
      }),
    ),
  };
}

function blockOf(value: unknown): BlockRef {
  const { number, hash } = fieldsOf(value);
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) throw invalid('a height is no height');
  return { number, hash: bytes32(hash, 'a hash') };
}

function checkedSet(setId: bigint, authorities: AuthoritySet['authorities']): AuthoritySet {
  if (authorities.length === 0 || authorities.length > maxAuthorities)
    throw invalid(`it must name 1 to ${maxAuthorities} authorities`);
  return { setId, authorities };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw invalid('an object is missing');
  return value as Readonly<Record<string, unknown>>;
}

function decimal(value: unknown, name: string): bigint {
  if (typeof value !== 'string' || !/^\d{1,20}$/.test(value)) throw invalid(`${name} is no whole number`);
  return BigInt(value);
}

function bytes32(value: unknown, name: string): Uint8Array {
  try {
    const bytes = typeof value === 'string' ? fromHex(value) : undefined;
    if (bytes?.length === 32) return bytes;
  } catch (error) {
    if (!isCessError(error, 'HEX_MALFORMED')) throw error;
  }
  throw invalid(`${name} is not 32 bytes in hex`);
}

function invalid(reason: string, cause?: unknown): CessError {
  const message = `The checkpoint or chain specification cannot be trusted: ${reason}.`;
  return new CessError('LIGHT_CHECKPOINT_INVALID', message, { reason }, { cause });
}
