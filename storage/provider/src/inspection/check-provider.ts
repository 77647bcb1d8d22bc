// Reads all that a stopped provider has on disk, and changes nothing: every fragment against its root, the log against the files,
// the quarantine, the tags, and, with a chain, what the chain says the provider holds.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex, isCessError, toHex } from '@cess/primitives';
import { openLmdb } from '@cess/store';
import { isWhole } from '../holdings/read-fragment.js';
import { TagStore } from '../tagging/tag-store.js';
import { type ChainHoldings, missingPages, type StoppedProvider, withStoppedStore } from './stopped-store.js';

export interface ProviderCheck {
  /** Index on chain; null before the registration. */
  readonly index: number | null;
  readonly fragments: number;
  /** Fragments that no file on chain declares, as far as the provider knows. */
  readonly undeclared: number;
  /** Roots of held fragments whose bytes are wrong, short or unreadable. */
  readonly corrupt: readonly string[];
  /** Records of the log whose fragment file is gone. */
  readonly recordsWithoutFile: number;
  /** Files that no record of the log names, and that are not in quarantine yet. */
  readonly filesWithoutRecord: number;
  /** Files in quarantine, with those without a record, whose bytes have their root; the others are bad. */
  readonly quarantine: { readonly good: number; readonly bad: number };
  /** Files of interrupted uploads. */
  readonly temporaryFiles: number;
  readonly log: { readonly damagedRegions: number; readonly tornBytes: number };
  /** Null when there are no tags yet. */
  readonly tags: TagCheck | null;
  /** Null without a chain, and before the registration. */
  readonly chain: ChainCheck | null;
}

interface TagCheck {
  readonly records: number;
  readonly withoutFragment: number;
  /** Why they cannot be read. */
  readonly error?: string;
}

interface ChainCheck {
  /** Fragments that the chain says this provider holds. */
  readonly held: number;
  /** Those of them that the store lacks. */
  readonly missing: number;
  /** The missing ones whose file is in quarantine. */
  readonly inQuarantine: number;
  /** Declared fragments of the store that the chain does not count for this provider. */
  readonly unknown: number;
}

/**
 * Whether the check found nothing to repair. With a chain, what the log or the quarantine show matters only if a fragment is missing:
 * old damage stays in the log until its file is cleaned.
 */
export function isSound({ corrupt, recordsWithoutFile, quarantine, log, tags, chain }: ProviderCheck): boolean {
  if (corrupt.length > 0 || tags?.error !== undefined) return false;
  if (chain !== null) return chain.missing === 0;
  return recordsWithoutFile === 0 && quarantine.good === 0 && log.damagedRegions === 0;
}

/** Checks the folder of a stopped provider. Throws what `withStoppedStore` throws. */
export async function checkProvider(dir: string, chain?: ChainHoldings): Promise<ProviderCheck> {
  return withStoppedStore(dir, { isReadOnly: true, chain }, async (provider) => {
    const { store, index } = provider;
    const { recovery } = store;
    const good = await goodInQuarantine(provider);
    const fragments = await checkFragments(provider);
    return {
      index: index ?? null,
      ...fragments,
      recordsWithoutFile: recovery.lostFragments,
      filesWithoutRecord: recovery.orphanFiles,
      quarantine: { good: good.size, bad: store.quarantined().length - good.size },
      temporaryFiles: recovery.temporaryFiles,
      log: { damagedRegions: recovery.damagedRegions, tornBytes: recovery.tornBytes },
      tags: await checkTags(dir, provider),
      chain: chain === undefined || index === undefined ? null : await compare(provider, chain, good),
    };
  });
}

async function checkFragments({ store }: StoppedProvider) {
  const corrupt = new Set<string>();
  const seen = new Set<string>();
  let [fragments, undeclared] = [0, 0];
  for (const held of store.fragments()) {
    fragments++;
    if (held.fileId === undefined) undeclared++;
    const root = toHex(held.root);
    if (seen.has(root)) continue;
    seen.add(root);
    if (!(await isWhole(store, held))) corrupt.add(root);
  }
  return { fragments, undeclared, corrupt: [...corrupt] };
}

async function goodInQuarantine({ store }: StoppedProvider): Promise<ReadonlySet<string>> {
  const good = new Set<string>();
  for (const name of store.quarantined()) {
    if (!/^[0-9a-f]{64}$/.test(name)) continue;
    if ((await store.verifyQuarantined(fromHex(name))) !== undefined) good.add(name);
  }
  return good;
}

async function checkTags(dir: string, { store, genesis }: StoppedProvider): Promise<TagCheck | null> {
  const path = join(dir, 'tags');
  if (!existsSync(path)) return null;
  const held = new Set<string>();
  for (const { fileId, segment, fragment } of store.fragments()) {
    if (fileId !== undefined) held.add(`${toHex(fileId)}/${segment}/${fragment}`);
  }
  let [records, withoutFragment] = [0, 0];
  const kv = openLmdb({ path });
  try {
    const tags = await TagStore.open(kv, genesis);
    for (const [{ fileId, segment, fragment }] of tags.all()) {
      records++;
      if (!held.has(`${toHex(fileId)}/${segment}/${fragment}`)) withoutFragment++;
    }
    return { records, withoutFragment };
  } catch (thrown) {
    if (!isCessError(thrown)) throw thrown;
    return { records, withoutFragment, error: `${thrown.message} [${thrown.code}]` };
  } finally {
    await kv.close();
  }
}

async function compare(
  provider: StoppedProvider,
  chain: ChainHoldings,
  good: ReadonlySet<string>,
): Promise<ChainCheck> {
  let [held, missing, inQuarantine, declared] = [0, 0, 0, 0];
  for (const { fileId } of provider.store.fragments()) if (fileId !== undefined) declared++;
  for await (const page of missingPages(provider, chain)) {
    held += page.held;
    missing += page.missing.length;
    const records = await chain.fragments(page.missing);
    inQuarantine += records.filter((record) => record !== undefined && good.has(toHex(record.root))).length;
  }
  return { held, missing, inQuarantine, unknown: Math.max(0, declared - (held - missing)) };
}
