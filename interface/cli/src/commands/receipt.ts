// cess receipt get, show, verify
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type ReceiptTrust, type VerifiedReceipt, verifyReceipt } from '@cess/object-receipt';
import { CessError, formatBytes } from '@cess/primitives';
import type { CliContext } from '../context.js';
import { trustOf } from '../light-access.js';
import { fields, note, print } from '../output.js';
import { compareObject, type ObjectComparison } from '../receipt-object.js';
import { describeReceipt } from '../receipt-view.js';

export interface GetReceiptOptions {
  readonly output?: string;
  readonly versionId?: string;
  readonly streamKeys?: boolean;
  readonly credentials?: string;
}

export interface ShowReceiptOptions {
  readonly genesis?: string;
  readonly authority?: string;
  readonly spec?: string;
}

export interface VerifyReceiptOptions extends ShowReceiptOptions {
  readonly object?: string;
}

/** Throws what `fetchReceipt` throws, and `FILE_EXISTS`. */
export async function getReceipt(context: CliContext, location: string, options: GetReceiptOptions): Promise<void> {
  const { output, ...request } = options;
  const receipt = await fetch(context, { location, ...request });
  if (output === undefined) {
    process.stdout.write(receipt);
    return;
  }
  if (existsSync(output)) throw new CessError('FILE_EXISTS', `${output} exists already; choose another name.`);
  writeFileSync(output, receipt, { flag: 'wx' });
  note(`${output}: ${formatBytes(receipt.length)}`);
}

/** `target`: a file, or s3://bucket/key. Throws `OBJECT_RECEIPT_…`, `RECEIPT_UNREADABLE`. */
export async function showReceipt(context: CliContext, target: string, options: ShowReceiptOptions): Promise<void> {
  const bytes = target.startsWith('s3://') ? await fetch(context, { location: target }) : readReceipt(target);
  const receipt = await verifyReceipt(bytes, receiptTrust(context, options));
  print(context.json ? JSON.stringify(receipt, null, 2) : describeReceipt(receipt));
}

/** Throws `OBJECT_RECEIPT_…`, `RECEIPT_UNREADABLE`, `RECEIPT_OBJECT_UNCONFIRMED`. */
export async function verifyReceiptFile(
  context: CliContext,
  file: string,
  { object, ...trust }: VerifyReceiptOptions,
): Promise<void> {
  const receipt = await verifyReceipt(readReceipt(file), receiptTrust(context, trust));
  const comparison = object === undefined ? undefined : await compareObject(receipt, requireFile(object));
  const { statement, chain } = receipt;
  if (context.json) {
    const { block, object: stated, genesis } = statement;
    const files = chain.files.map(({ id }) => id);
    return print(
      JSON.stringify({ verified: true, genesis, block, object: stated, files, comparison: comparison ?? null }),
    );
  }
  print(summary(receipt, comparison));
}

async function fetch(
  { home }: CliContext,
  request: Omit<GetReceiptOptions, 'output'> & { readonly location: string },
): Promise<Uint8Array> {
  // Signing imports gateway code, which takes longer to load than everything that files need.
  return (await import('../receipt-request.js')).fetchReceipt({ home, ...request });
}

function receiptTrust(context: CliContext, options: ShowReceiptOptions): ReceiptTrust {
  const { genesisHash: genesis, authorities } = trustOf(context, options);
  return { genesis, authorities };
}

function readReceipt(file: string): Uint8Array {
  return readFileSync(requireFile(file));
}

/** Throws `RECEIPT_UNREADABLE`. */
function requireFile(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return path;
  throw new CessError('RECEIPT_UNREADABLE', `${path} is no file.`);
}

function summary({ statement, chain }: VerifiedReceipt, comparison: ObjectComparison | undefined): string {
  const { object, block } = statement;
  const fragments = chain.files.flatMap((file) => file.segments.flatMap((segment) => segment.fragments));
  const held = fragments.filter(({ provider }) => provider !== null).length;
  return fields({
    receipt: 'valid',
    proven: `${chain.files.length} files, ${held} of ${fragments.length} fragments held, in block ${block.number} of ${new Date(chain.timeMs).toISOString()}`,
    stated: `s3://${object.bucket}/${object.key}${object.versionId === null ? '' : `, version ${object.versionId}`}, by the gateway ${chain.gateway.endpoint}`,
    ...(comparison === undefined ? {} : { bytes: describeComparison(comparison) }),
  });
}

function describeComparison({ size, provenBytes, stated }: ObjectComparison): string {
  const proven = `${provenBytes} of ${size} bytes are proven to be what the chain records`;
  return stated.length === 0 ? proven : `${proven}; ${stated.join(', ')} as stated`;
}
