// format.json of a store: the version of the format, the genesis of the network, and the random store id that binds the log
// records. It is written once (temporary file, sync, rename, sync of the directory). A newer version or another network is
// rejected before anything is changed.
import { CessError, fromHex, fromUtf8, type Rng, toHex, utf8 } from '@cess/primitives';
import { type FragmentFs, systemErrorCode } from './fs-port.js';

const format = 'cess-fragment-store';
const version = 1;
const maxStampBytes = 4096;

/** The store id of `dir`. Writes the stamp if there is none. */
export async function openStamp(fs: FragmentFs, dir: string, genesis: Uint8Array, rng: Rng): Promise<Uint8Array> {
  let text: string;
  try {
    text = await readStamp(fs, dir);
  } catch (thrown) {
    if (systemErrorCode(thrown) !== 'ENOENT') throw thrown;
    return writeStamp(fs, dir, genesis, rng);
  }
  return checkStamp(text, dir, genesis);
}

/** The genesis of the network of a store. Throws `FRAGMENT_STORE_CORRUPT` when `dir` has no readable stamp. */
export async function storedGenesis(fs: FragmentFs, dir: string): Promise<Uint8Array> {
  try {
    const { genesis } = JSON.parse(await readStamp(fs, dir)) as { readonly genesis?: unknown };
    if (typeof genesis === 'string') return fromHex(genesis);
  } catch (cause) {
    throw noStamp(dir, cause);
  }
  throw noStamp(dir);
}

function noStamp(dir: string, cause?: unknown): CessError {
  return new CessError('FRAGMENT_STORE_CORRUPT', `${dir} holds no readable format.json.`, {}, { cause });
}

/** The unchecked text of the stamp. Error code ENOENT if there is none. */
export async function readStamp(fs: FragmentFs, dir: string): Promise<string> {
  const file = await fs.open(`${dir}/format.json`, 'read');
  try {
    const bytes = new Uint8Array(maxStampBytes);
    return fromUtf8(bytes.subarray(0, await file.read(bytes, 0)));
  } finally {
    await file.close();
  }
}

async function writeStamp(fs: FragmentFs, dir: string, genesis: Uint8Array, rng: Rng): Promise<Uint8Array> {
  if ((await fs.list(`${dir}/log`)).length > 0) {
    throw new CessError(
      'FRAGMENT_STORE_CORRUPT',
      `${dir} holds logs but no format.json. Restore it or use another directory.`,
    );
  }
  const storeId = rng.bytes(16);
  const temporary = `${dir}/tmp/format.json`;
  const file = await fs.create(temporary);
  try {
    const text = JSON.stringify({ format, version, genesis: toHex(genesis), storeId: toHex(storeId) });
    await file.write([utf8(text)], 0);
    await file.datasync();
  } finally {
    await file.close();
  }
  await fs.rename(temporary, `${dir}/format.json`);
  await fs.syncDirectory(dir);
  return storeId;
}

function checkStamp(text: string, dir: string, genesis: Uint8Array): Uint8Array {
  let stamp: Record<string, unknown>;
  try {
    stamp = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new CessError(
      'FRAGMENT_STORE_CORRUPT',
      `${dir}/format.json is damaged. Restore it from a backup.`,
      {},
      { cause },
    );
  }
  if (stamp['format'] !== format || typeof stamp['version'] !== 'number' || typeof stamp['storeId'] !== 'string') {
    throw new CessError('FRAGMENT_STORE_CORRUPT', `${dir} is not a fragment store. Use another directory.`);
  }
  if (stamp['version'] !== version) {
    throw new CessError(
      'FRAGMENT_STORE_VERSION',
      `${dir} has format ${stamp['version']}, but this program supports format ${version}. Update the program.`,
    );
  }
  if (stamp['genesis'] !== toHex(genesis)) {
    throw new CessError(
      'FRAGMENT_STORE_GENESIS',
      `${dir} belongs to another network. Use another directory for this one.`,
    );
  }
  return fromHex(stamp['storeId']);
}
