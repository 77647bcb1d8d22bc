// Retentions and legal holds as requests state them: in headers of a write, and in documents.
import type { BucketRecord, ObjectRecord, Retention } from '@cess/object-index';
import { parseMode, requireObjectLock } from '../configurations/object-lock.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import { document, element, parseXml, textFields } from '../xml.js';

export type StatedLocks = Pick<ObjectRecord, 'retention' | 'legalHold'>;

const isoDate = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/;
const lockHeaders = ['mode', 'retain-until-date', 'legal-hold'].map((name) => `x-amz-object-lock-${name}`);

/** What the headers of a write state. Throws InvalidRequest for a bucket without object lock. */
export function parseLockHeaders(
  { headers, nowMs }: Pick<S3Context, 'headers' | 'nowMs'>,
  bucket: BucketRecord,
): StatedLocks {
  if (lockHeaders.every((name) => headers[name] === undefined)) return { retention: undefined, legalHold: false };
  requireObjectLock(bucket);
  const modeText = headers['x-amz-object-lock-mode'];
  const dateText = headers['x-amz-object-lock-retain-until-date'];
  const legalHold = parseLegalHold(headers['x-amz-object-lock-legal-hold'] ?? 'OFF', 'InvalidArgument');
  if (modeText === undefined && dateText === undefined) return { retention: undefined, legalHold };
  if (modeText === undefined || dateText === undefined) {
    throw new S3Error('InvalidArgument', {
      message: 'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied.',
    });
  }
  const mode = parseMode(modeText);
  if (mode === undefined) throw new S3Error('InvalidArgument', { message: 'Unknown wormMode directive.' });
  return { retention: { mode, untilMs: futureTime(dateText, 'InvalidArgument', nowMs()) }, legalHold };
}

/** The retention of a `Retention` document; an empty one removes the retention. */
export function parseRetention(body: Uint8Array, nowMs: number): Retention | undefined {
  const fields = textFields(parseXml(body, 'Retention'), ['Mode', 'RetainUntilDate']);
  const { Mode: modeText, RetainUntilDate: dateText } = fields;
  if (modeText === undefined && dateText === undefined) return undefined;
  const mode = parseMode(modeText);
  if (mode === undefined || dateText === undefined) throw new S3Error('MalformedXML');
  return { mode, untilMs: futureTime(dateText, 'MalformedXML', nowMs) };
}

export function retentionDocument({ mode, untilMs }: Retention): string {
  return document('Retention', `${element('Mode', mode)}${element('RetainUntilDate', dateText(untilMs))}`);
}

export function parseLegalHoldDocument(body: Uint8Array): boolean {
  const { Status: status } = textFields(parseXml(body, 'LegalHold'), ['Status']);
  return parseLegalHold(status ?? '', 'MalformedXML');
}

export function legalHoldDocument(isOn: boolean): string {
  return document('LegalHold', element('Status', isOn ? 'ON' : 'OFF'));
}

/** The locks of an object in the headers of an answer. */
export function retentionHeaders({ retention }: StatedLocks): Record<string, string> {
  if (retention === undefined) return {};
  return {
    'x-amz-object-lock-mode': retention.mode,
    'x-amz-object-lock-retain-until-date': dateText(retention.untilMs),
  };
}

export function legalHoldHeaders({ legalHold }: StatedLocks): Record<string, string> {
  return legalHold ? { 'x-amz-object-lock-legal-hold': 'ON' } : {};
}

function parseLegalHold(text: string, code: 'InvalidArgument' | 'MalformedXML'): boolean {
  if (text === 'ON' || text === 'OFF') return text === 'ON';
  throw new S3Error(code, code === 'MalformedXML' ? {} : { message: "Legal Hold must be either of 'ON' or 'OFF'." });
}

function futureTime(text: string, code: 'InvalidArgument' | 'MalformedXML', nowMs: number): number {
  const timeMs = isoDate.test(text.trim()) ? Date.parse(text.trim()) : Number.NaN;
  if (Number.isNaN(timeMs)) {
    throw new S3Error(
      code,
      code === 'MalformedXML' ? {} : { message: 'The retain until date must be provided in ISO 8601 format.' },
    );
  }
  if (timeMs <= nowMs)
    throw new S3Error('InvalidArgument', { message: 'The retain until date must be in the future!' });
  return timeMs;
}

function dateText(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
