// Ranges and conditional requests by RFC 9110, as tables.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BucketRecord, ObjectRecord } from '@cess/object-index';
import { checkRead, type DeletionCondition, deletePrecondition, writePrecondition } from './conditions.js';
import { S3Error } from './errors.js';
import { parseRange } from './range.js';

describe('Range', () => {
  const whole = undefined;
  const table: readonly (readonly [
    string | undefined,
    number,
    readonly [number, number] | undefined | 'unsatisfiable',
  ])[] = [
    [undefined, 10, whole],
    ['bytes=0-0', 10, [0, 1]],
    ['bytes=0-9', 10, [0, 10]],
    ['bytes=0-99', 10, [0, 10]],
    ['bytes=9-9', 10, [9, 1]],
    ['bytes=3-', 10, [3, 7]],
    ['bytes=-3', 10, [7, 3]],
    ['bytes=-99', 10, [0, 10]],
    ['bytes=10-', 10, 'unsatisfiable'],
    ['bytes=10-12', 10, 'unsatisfiable'],
    ['bytes=-0', 10, 'unsatisfiable'],
    ['bytes=0-', 0, 'unsatisfiable'],
    ['bytes=-1', 0, 'unsatisfiable'],
    // Malformed or several ranges: ignored, the whole object is due (RFC 9110 §14.2).
    ['bytes=5-4', 10, whole],
    ['bytes=-', 10, whole],
    ['bytes=a-b', 10, whole],
    ['bytes=0-1,3-4', 10, whole],
    ['items=0-1', 10, whole],
  ];
  for (const [header, size, expected] of table) {
    it(`"${header}" of ${size} bytes`, () => {
      if (expected === 'unsatisfiable') {
        assert.throws(
          () => parseRange(header, size),
          (thrown) => {
            assert.ok(thrown instanceof S3Error);
            assert.equal(thrown.code, 'InvalidRange');
            assert.equal(thrown.headers['content-range'], `bytes */${size}`);
            return true;
          },
        );
        return;
      }
      const range = parseRange(header, size);
      assert.deepEqual(range === undefined ? undefined : [range.offset, range.length], expected);
    });
  }
});

const modified = Date.parse('2026-01-02T03:04:05Z') + 678;
const object: ObjectRecord = {
  size: 1,
  etag: 'abc',
  lastModifiedMs: modified,
  contentType: 'text/plain',
  headers: [],
  metadata: [],
  checksums: [],
  checksumType: 'FULL_OBJECT',
  extents: [],
  parts: [],
  ordinal: 1n,
  nonce: new Uint8Array(0),
  isNull: true,
  isDeleteMarker: false,
  tags: [],
  storageClass: 'STANDARD',
  retention: undefined,
  legalHold: false,
  owner: undefined,
  attributes: [],
};
const at = (offsetSeconds: number) => new Date(modified + offsetSeconds * 1000).toUTCString();

describe('conditional reads', () => {
  const table: readonly (readonly [Record<string, string>, 'proceed' | 'notModified' | 'failed'])[] = [
    [{}, 'proceed'],
    [{ 'if-match': '"abc"' }, 'proceed'],
    [{ 'if-match': 'abc' }, 'proceed'],
    [{ 'if-match': '*' }, 'proceed'],
    [{ 'if-match': '"x", "abc"' }, 'proceed'],
    [{ 'if-match': '"x"' }, 'failed'],
    [{ 'if-none-match': '"abc"' }, 'notModified'],
    [{ 'if-none-match': '*' }, 'notModified'],
    [{ 'if-none-match': '"x"' }, 'proceed'],
    [{ 'if-modified-since': at(0) }, 'notModified'],
    [{ 'if-modified-since': at(1) }, 'notModified'],
    [{ 'if-modified-since': at(-1) }, 'proceed'],
    [{ 'if-unmodified-since': at(0) }, 'proceed'],
    [{ 'if-unmodified-since': at(-1) }, 'failed'],
    // If-Match decides before If-Unmodified-Since, If-None-Match before If-Modified-Since (§13.2.2).
    [{ 'if-match': '"abc"', 'if-unmodified-since': at(-1) }, 'proceed'],
    [{ 'if-none-match': '"x"', 'if-modified-since': at(1) }, 'proceed'],
    [{ 'if-none-match': '"abc"', 'if-modified-since': at(-1) }, 'notModified'],
    [{ 'if-match': '"x"', 'if-none-match': '"abc"' }, 'failed'],
  ];
  for (const [headers, expected] of table) {
    it(`${JSON.stringify(headers)}: ${expected}`, () => {
      const act = () => checkRead(headers, object);
      if (expected === 'failed') assert.throws(act, { code: 'PreconditionFailed' });
      else assert.equal(act(), expected);
    });
    it(`on a copy source ${JSON.stringify(headers)}: ${expected === 'proceed' ? 'proceed' : 'failed'}`, () => {
      const prefix = 'x-amz-copy-source-';
      const prefixed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [prefix + name, value]));
      const act = () => checkRead(prefixed, object, prefix);
      if (expected === 'proceed') assert.equal(act(), 'proceed');
      else assert.throws(act, { code: 'PreconditionFailed' });
    });
  }
});

describe('unreadable dates in conditions', () => {
  it('are ignored on reads, as RFC 9110 demands, and refused on copy sources', () => {
    for (const name of ['if-modified-since', 'if-unmodified-since']) {
      assert.equal(checkRead({ [name]: 'not a date' }, object), 'proceed');
      const prefix = 'x-amz-copy-source-';
      assert.throws(() => checkRead({ [prefix + name]: 'not a date' }, object, prefix), { code: 'InvalidArgument' });
    }
  });
});

describe('conditional deletions', () => {
  const bucket = {} as BucketRecord;
  const isoOf = (timeMs: number) => new Date(timeMs).toISOString();
  const table: readonly (readonly [DeletionCondition, ObjectRecord | undefined, string])[] = [
    [{}, object, 'deletes'],
    [{ etag: '"abc"' }, object, 'deletes'],
    [{ etag: '*' }, object, 'deletes'],
    [{ etag: '"x"' }, object, 'PreconditionFailed'],
    [{ etag: '"abc"' }, undefined, 'NoSuchKey'],
    [{ size: '1' }, object, 'deletes'],
    [{ size: '2' }, object, 'PreconditionFailed'],
    [{ size: '2' }, undefined, 'deletes'],
    [{ size: '-1' }, object, 'InvalidArgument'],
    [{ lastModifiedTime: at(0) }, object, 'deletes'],
    [{ lastModifiedTime: at(1) }, object, 'PreconditionFailed'],
    [{ lastModifiedTime: isoOf(modified) }, object, 'deletes'],
    [{ lastModifiedTime: isoOf(modified + 1) }, object, 'PreconditionFailed'],
    [{ lastModifiedTime: at(1) }, undefined, 'deletes'],
    [{ lastModifiedTime: 'yesterday' }, object, 'InvalidArgument'],
    [{ etag: '"abc"', size: '2' }, object, 'PreconditionFailed'],
    [{ etag: '"abc"', size: '1', lastModifiedTime: at(0) }, object, 'deletes'],
  ];
  for (const [condition, current, expected] of table) {
    it(`${JSON.stringify(condition)} on ${current === undefined ? 'nothing' : 'an object'}: ${expected}`, () => {
      const act = () => deletePrecondition(condition)?.(current, bucket);
      if (expected === 'deletes') act();
      else assert.throws(act, { code: expected });
    });
  }
});

describe('conditional writes', () => {
  const bucket = {} as BucketRecord;
  const outcome = (headers: Record<string, string>, current: ObjectRecord | undefined) => {
    try {
      writePrecondition(headers)?.(current, bucket);
      return 'writes';
    } catch (thrown) {
      assert.ok(thrown instanceof S3Error);
      return thrown.code;
    }
  };
  const table: readonly (readonly [Record<string, string>, ObjectRecord | undefined, string])[] = [
    [{}, object, 'writes'],
    [{ 'if-none-match': '*' }, undefined, 'writes'],
    [{ 'if-none-match': '*' }, object, 'PreconditionFailed'],
    [{ 'if-none-match': '"abc"' }, undefined, 'NotImplemented'],
    [{ 'if-match': '"abc"' }, object, 'writes'],
    [{ 'if-match': '"x"' }, object, 'PreconditionFailed'],
    [{ 'if-match': '"abc"' }, undefined, 'NoSuchKey'],
  ];
  for (const [headers, current, expected] of table) {
    it(`${JSON.stringify(headers)} on ${current === undefined ? 'nothing' : 'an object'}: ${expected}`, () => {
      assert.equal(outcome(headers, current), expected);
    });
  }
});
