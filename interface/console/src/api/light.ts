// Verifies what the chain records of files in this browser, over the relay of the gateway, by the light client. Loaded when it is first
// needed. What it trusts is remembered from the first time on: a gateway that later names other validators for the same chain changes nothing.
import { encodeCheckpoint, LightClient, type LightTrust, parseCheckpoint, proveFile } from '@cess/client/light';
import { fromHex, isCessError, toHex } from '@cess/primitives';
import { readSetting, writeSetting } from '../settings.js';
import { relayUrl } from './relay.js';
import type { GatewayFacts } from './session.js';

interface VerifiedFragment {
  readonly index: number;
  readonly provider: number | undefined;
  /** Blocks; undefined before the first. */
  readonly taggedAt: number | undefined;
  readonly provenAt: number | undefined;
  readonly repairs: number;
}

export interface VerifiedSegment {
  readonly index: number;
  /** How many fragments restore it. */
  readonly needed: number;
  readonly fragments: readonly VerifiedFragment[];
}

export interface VerifiedFile {
  /** Hex. */
  readonly fileId: string;
  readonly declaredAt: number;
  readonly segments: readonly VerifiedSegment[];
}

export interface Verification {
  readonly blockNumber: number;
  /** Hex. */
  readonly blockHash: string;
  /** Unix milliseconds of the block. */
  readonly blockTimeMs: number;
  readonly validators: number;
  readonly provenEntries: number;
  readonly files: readonly VerifiedFile[];
  /** Files that the verified state does not have (yet). */
  readonly missing: readonly string[];
  /** The trust was remembered from an earlier visit. */
  readonly isRemembered: boolean;
}

/** Throws the coded errors of the light client where the node says anything that does not verify. */
export async function verifyFiles(gateway: GatewayFacts, fileIds: readonly string[]): Promise<Verification> {
  const setting = `trust-${gateway.genesis}`;
  const remembered = readSetting(setting);
  const trust = remembered === undefined ? firstTrust(gateway) : parseCheckpoint(remembered);
  const light = LightClient.over({ endpoint: relayUrl(), trust });
  try {
    const { number, hash, timeMs } = await light.sync();
    const files: VerifiedFile[] = [];
    const missing: string[] = [];
    let provenEntries = 0;
    for (const fileId of fileIds) {
      try {
        const proven = await proveFile(light, fromHex(fileId));
        provenEntries += proven.provenEntries;
        files.push(shown(fileId, proven.record));
      } catch (error) {
        if (!isCessError(error, 'FILE_NOT_ON_CHAIN')) throw error;
        missing.push(fileId);
      }
    }
    writeSetting(setting, encodeCheckpoint(light.checkpoint()));
    return {
      blockNumber: number,
      blockHash: toHex(hash),
      blockTimeMs: timeMs,
      validators: light.authorities.authorities.length,
      provenEntries,
      files,
      missing,
      isRemembered: remembered !== undefined,
    };
  } finally {
    await light.stop();
  }
}

/** What the gateway names the first time; everything later must follow from it by proof. */
function firstTrust({ genesis, authorities }: GatewayFacts): LightTrust {
  const keys = authorities.map((key) => ({ key: fromHex(key), weight: 1n }));
  return { genesisHash: fromHex(genesis), authorities: { setId: 0n, authorities: keys } };
}

type ProvenRecord = Awaited<ReturnType<typeof proveFile>>['record'];

function shown(fileId: string, { info, segments }: ProvenRecord): VerifiedFile {
  return {
    fileId,
    declaredAt: info.declared_at,
    segments: segments.map(({ index, k, fragments }) => ({
      index,
      needed: k,
      fragments: fragments.map((fragment) => ({
        index: fragment.index,
        provider: fragment.holder,
        taggedAt: fragment.taggedAt,
        provenAt: fragment.provenAt,
        repairs: fragment.restored,
      })),
    })),
  };
}
