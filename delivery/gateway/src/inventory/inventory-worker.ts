// Writes the inventories of all buckets, each once in its day or week. The names of a report follow from bucket, id and the day that it is
// for, and its time is noted after its manifest: a crash repeats the report under the same names. Memory is bounded by a page of versions.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type BucketRecord, type ObjectIndex, parseVersionId, type VersionId } from '@cess/object-index';
import {
  BackgroundLoop,
  type BackgroundPorts,
  type Counter,
  concatBytes,
  type Metrics,
  SetAside,
  type Startable,
  utf8,
} from '@cess/primitives';
import { mapStorageError, onDisk } from '@cess/store';
import type { OwnObjects } from '../own-objects.js';
import type { ConfigurationCache } from '../s3/configurations/configuration-cache.js';
import { bucketInventories, type Inventory } from '../s3/configurations/inventory.js';
import { columnsOf, type InventoryRow } from './inventory-columns.js';
import { writeParquet } from './parquet-file.js';
import { schemaText, writeCsv } from './report-files.js';

export interface InventoryWorkerInit extends BackgroundPorts {
  readonly index: ObjectIndex;
  readonly configurations: ConfigurationCache;
  readonly objects: Pick<OwnObjects, 'put'>;
  /** Folder for files under way, emptied at start. */
  readonly folder: string;
  /** Length of a day: 24 hours, but on development networks. */
  readonly dayMs: number;
  /** Most rows of one file. Default 100,000. */
  readonly rowsPerFile?: number;
}

interface Report {
  readonly bucketName: string;
  readonly bucket: BucketRecord;
  readonly inventory: Inventory;
  /** Begin of the day or week. */
  readonly periodMs: number;
}

interface ReportFile {
  readonly key: string;
  readonly size: number;
  readonly MD5checksum: string;
}

/** A page is read and formatted in one turn of the event loop. */
const pageSize = 250;
const defaultRowsPerFile = 100_000;
const roundsPerDay = 24;
const leastPauseMs = 250;
/** Weeks begin on Sunday; the first day of 1970 was a Thursday. */
const firstSunday = 3;
const principalId = 's3.amazonaws.com';

export class InventoryWorker implements Startable {
  /** Inventories that cannot be written. */
  readonly setAside: SetAside;
  readonly #loop: BackgroundLoop;
  readonly #reports: Counter;

  constructor(private readonly init: InventoryWorkerInit) {
    const name = 'inventory';
    this.setAside = new SetAside(name, init);
    this.#reports = declareInventoryCounter(init.metrics);
    const periodMs = Math.max(leastPauseMs, init.dayMs / roundsPerDay);
    this.#loop = new BackgroundLoop({ ...init, name, task: (signal) => this.runRound(signal), periodMs });
  }

  async start(): Promise<void> {
    await rm(this.init.folder, { recursive: true, force: true });
    await mkdir(this.init.folder, { recursive: true });
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Writes every report that is due. */
  async runRound(signal: AbortSignal): Promise<void> {
    const { index, configurations } = this.init;
    for await (const name of index.bucketNames()) {
      signal.throwIfAborted();
      const bucket = await index.getBucket(name);
      const all = bucket && configurations.read(bucketInventories, { name, record: bucket })?.all;
      if (bucket === undefined || all === undefined) continue;
      for (const inventory of all) {
        const report = await this.#dueReport(name, bucket, inventory);
        if (report === undefined) continue;
        await this.setAside.attempt(`inventory ${inventory.id} of ${name}`, () => this.#write(report, signal), signal);
      }
    }
  }

  async #dueReport(bucketName: string, bucket: BucketRecord, inventory: Inventory): Promise<Report | undefined> {
    const { index, dayMs, timers } = this.init;
    if (!inventory.isEnabled) return undefined;
    const today = Math.floor(timers.nowMs() / dayMs);
    const day = inventory.frequency === 'Daily' ? today : today - ((((today - firstSunday) % 7) + 7) % 7);
    const last = await index.readNote(stateKey(bucketName, inventory.id));
    const periodMs = day * dayMs;
    if (last !== undefined && Number(Buffer.from(last).toString()) >= periodMs) return undefined;
    return { bucketName, bucket, inventory, periodMs };
  }

  async #write(report: Report, signal: AbortSignal): Promise<void> {
    const { index, logger } = this.init;
    const { bucketName, inventory, periodMs } = report;
    const { destination, id, format } = inventory;
    const base = [destination.prefix, bucketName, id].filter((part) => part !== '').join('/');
    const stamp = new Date(periodMs).toISOString();
    const files = await this.#writeData(report, base, signal);
    const manifest = {
      sourceBucket: bucketName,
      destinationBucket: `arn:aws:s3:::${destination.bucket}`,
      version: '2016-11-30',
      creationTimestamp: String(periodMs),
      fileFormat: format,
      fileSchema: schemaText(columnsOf(inventory), format),
      files,
    };
    const text = JSON.stringify(manifest, undefined, 2);
    const links = files.map(({ key }) => `s3://${destination.bucket}/${key}`).join('\n');
    const [date = '', time = ''] = stamp.split('T');
    const minutes = time.slice(0, 5).replace(':', '-');
    const folder = `${base}/${date}T${minutes}Z`;
    await this.#put(report, `${base}/hive/dt=${date}-${minutes}/symlink.txt`, `${links}\n`, signal);
    await this.#put(report, `${folder}/manifest.json`, text, signal);
    await this.#put(report, `${folder}/manifest.checksum`, createHash('md5').update(text).digest('hex'), signal);
    await index.writeNote(stateKey(bucketName, id), utf8(String(periodMs)));
    this.#reports.add(1);
    logger.info({ bucket: bucketName, inventory: id, files: files.length }, 'inventory written');
  }

  /** The files of a report; a report without rows has one, too. */
  async #writeData(report: Report, base: string, signal: AbortSignal): Promise<ReportFile[]> {
    const { bucketName, inventory, periodMs } = report;
    const { rowsPerFile = defaultRowsPerFile } = this.init;
    const pages = this.#rows(report)[Symbol.asyncIterator]();
    const files: ReportFile[] = [];
    for (let next = await pages.next(); next.done !== true || files.length === 0; next = await pages.next()) {
      const name = createHash('sha256')
        .update(`${bucketName} ${inventory.id} ${periodMs} ${files.length}`)
        .digest('hex')
        .slice(0, 32);
      const part = { [Symbol.asyncIterator]: () => partOf(next.done === true ? [] : next.value, pages, rowsPerFile) };
      files.push(await this.#writeFile(report, { base, name }, part, signal));
      if (next.done === true) break;
    }
    return files;
  }

  /** Writes rows into a local file, and puts it into the destination. No local file is left, also after a failure. */
  async #writeFile(
    report: Report,
    { base, name }: { readonly base: string; readonly name: string },
    rows: AsyncIterable<readonly InventoryRow[]>,
    signal: AbortSignal,
  ): Promise<ReportFile> {
    const { folder, objects, timers, logger } = this.init;
    const { inventory } = report;
    const isCsv = inventory.format === 'CSV';
    const path = join(folder, name);
    const columns = columnsOf(inventory);
    try {
      if (isCsv) await onDisk(path, () => writeCsv(path, columns, rows, signal));
      else await writeParquet({ path, columns, timers, logger }, rows, signal);
      const key = `${base}/data/${name}.${isCsv ? 'csv.gz' : 'parquet'}`;
      const { size } = await onDisk(path, () => stat(path));
      const contentType = isCsv ? 'application/gzip' : 'application/vnd.apache.parquet';
      const object = { ...this.#destinationOf(report), key, contentType, length: size, chunks: contentOf(path) };
      return { key, size, MD5checksum: await objects.put(object, signal) };
    } finally {
      await onDisk(path, () => rm(path, { force: true }));
    }
  }

  async *#rows({ bucketName, bucket, inventory }: Report): AsyncGenerator<readonly InventoryRow[]> {
    const { index } = this.init;
    const { prefix, versions } = inventory;
    let from: { readonly after?: string; readonly afterVersion?: VersionId } = {};
    for (;;) {
      const page = await index.listVersions(bucketName, {
        prefix,
        delimiter: '',
        limit: pageSize,
        after: undefined,
        ...from,
      });
      const rows: InventoryRow[] = [];
      for (const item of page.items) {
        if (item.type !== 'entry') continue;
        const { versionId, isLatest, version } = item.value;
        from = { after: item.name, afterVersion: parseVersionId(versionId) ?? 'null' };
        if (versions === 'All' || (isLatest && !version.isDeleteMarker))
          rows.push({ bucketName, bucket, key: item.name, versionId, isLatest, version });
      }
      if (rows.length > 0) yield rows;
      if (!page.truncated) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #put(report: Report, key: string, text: string, signal: AbortSignal): Promise<void> {
    const body = Buffer.from(text);
    const contentType = key.endsWith('.json') ? 'application/json' : 'text/plain';
    const object = { ...this.#destinationOf(report), key, contentType, length: body.length };
    await this.init.objects.put({ ...object, chunks: oneChunk(body) }, signal);
  }

  #destinationOf({ bucket, inventory }: Report) {
    return { bucket: inventory.destination.bucket, owner: bucket.owner, principalId };
  }
}

export function declareInventoryCounter(metrics: Metrics): Counter {
  return metrics.counter({ name: 'cess_gateway_inventory_reports_total', help: 'Inventory reports that were written' });
}

/** `first`, then further pages until a file has enough rows. */
async function* partOf(
  first: readonly InventoryRow[],
  pages: AsyncIterator<readonly InventoryRow[]>,
  rowsPerFile: number,
): AsyncGenerator<readonly InventoryRow[]> {
  let rows = first.length;
  if (rows > 0) yield first;
  while (rows > 0 && rows <= rowsPerFile - pageSize) {
    const next = await pages.next();
    if (next.done === true) return;
    rows += next.value.length;
    yield next.value;
  }
}

async function* contentOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path) as AsyncIterable<Uint8Array>;
  } catch (thrown) {
    throw mapStorageError(thrown, path);
  }
}

function stateKey(bucket: string, id: string): Uint8Array {
  return concatBytes(utf8('\0cess-inventory/'), utf8(bucket), new Uint8Array(1), utf8(id));
}

async function* oneChunk(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}
