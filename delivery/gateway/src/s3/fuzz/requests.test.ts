// Paths, ranges, conditions, and the documents of configurations, against plain readers of the same rules.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ObjectRecord } from '@cess/object-index';
import { fuzz, integer, list, mutated, outcomeOf, pick, type Random, randomText } from '../../test-support/fuzz.js';
import { checkRead } from '../conditions.js';
import type { BucketConfiguration } from '../configurations/configuration.js';
import { corsConfiguration } from '../configurations/cors.js';
import { lifecycleConfiguration } from '../configurations/lifecycle.js';
import { objectLock } from '../configurations/object-lock.js';
import { websiteConfiguration } from '../configurations/website.js';
import { parsePostPolicy } from '../forms/post-policy.js';
import { parseRange } from '../range.js';
import { parseTarget } from '../request.js';
import { parseTagging, taggingDocument } from '../tags.js';

const pathTokens = [
  '%2e%2e%2f',
  '../',
  '..%5c',
  '//',
  '%00',
  '%',
  '%zz',
  '%c0%af',
  '?',
  '&',
  '=',
  '#',
  '%ff',
  '+',
] as const;

/** Decodes byte by byte; undefined for malformed escapes and text that is no UTF-8. */
function plainlyDecoded(text: string): string | undefined {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '%') bytes.push(...Buffer.from(text[at] ?? ''));
    else {
      const hex = text.slice(at + 1, at + 3);
      if (!/^[0-9a-fA-F]{2}$/.test(hex)) return undefined;
      bytes.push(Number.parseInt(hex, 16));
      at += 2;
    }
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes));
  } catch {
    return undefined;
  }
}

describe('request targets', () => {
  it('name the key that their bytes spell, never another by dots or slashes', () =>
    fuzz(async (random) => {
      const path = mutated(
        random,
        `/bucket/${encodeURI(Buffer.from(randomText(random, 10)).toString('utf8'))}`,
        pathTokens,
      ).replace(/[^!-~]/g, '');
      const outcome = await outcomeOf(() => parseTarget(path));
      if ('refused' in outcome) return;
      const { bucket, key } = outcome.value;
      const [raw = ''] = path.split('?');
      const slash = raw.indexOf('/', 1);
      assert.equal(bucket, plainlyDecoded(slash < 0 ? raw.slice(1) : raw.slice(1, slash)), path);
      assert.equal(key, slash < 0 ? '' : plainlyDecoded(raw.slice(slash + 1)), path);
      assert.ok(!key.includes('\0'));
    }));
});

/** The bytes of a range by RFC 9110; undefined: the whole object; null: none. */
function plainRange(header: string, size: number): readonly [number, number] | undefined | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first !== '' && last !== '' && BigInt(last) < BigInt(first)) return undefined;
  const wanted = Array.from({ length: size }, (_, at) => at).filter((at) =>
    first === '' ? at >= size - Number(last) : at >= Number(first) && (last === '' || at <= Number(last)),
  );
  const [begin] = wanted;
  return begin === undefined ? null : [begin, wanted.length];
}

describe('ranges', () => {
  it('are those of RFC 9110', () =>
    fuzz(async (random) => {
      const size = integer(random, 20);
      const number = () => pick(random, ['', String(integer(random, 22)), '00', '999999999999999999999']);
      const header = random() < 0.9 ? `bytes=${number()}-${number()}` : mutated(random, 'bytes=0-1', [',', '-', ' ']);
      const outcome = await outcomeOf(() => parseRange(header, size));
      const expected = plainRange(header, size);
      if (expected === null) return assert.deepEqual(outcome, { refused: 'InvalidRange' }, header);
      const range = expected === undefined ? undefined : { offset: expected[0], length: expected[1] };
      assert.deepEqual(outcome, { value: range }, `${header} of ${size}`);
    }));
});

describe('conditions of reads', () => {
  it('are decided in the order of RFC 9110 §13.2.2', () =>
    fuzz(async (random) => {
      const object = { etag: 'a', lastModifiedMs: 1_000_000_500 } as ObjectRecord;
      const date = () =>
        pick(random, [undefined, new Date(1_000_000_000 + pick(random, [-1000, 0, 1000])).toUTCString(), 'x']);
      const tags = () => pick(random, [undefined, '"a"', '"b"', '*', '"b", "a"', 'a']);
      const stated = {
        'if-match': tags(),
        'if-none-match': tags(),
        'if-modified-since': date(),
        'if-unmodified-since': date(),
      };
      const headers = Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== undefined)) as Record<
        string,
        string
      >;
      const outcome = await outcomeOf(() => checkRead(headers, object));
      const has = (text: string) => text.includes('a') || text === '*';
      const time = (text: string | undefined) => (text === undefined || text === 'x' ? undefined : Date.parse(text));
      const modified = 1_000_000_000;
      const {
        'if-match': match,
        'if-none-match': none,
        'if-modified-since': since,
        'if-unmodified-since': until,
      } = stated;
      const untilMs = time(until);
      const sinceMs = time(since);
      const failed = match === undefined ? untilMs !== undefined && modified > untilMs : !has(match);
      const unchanged = none === undefined ? sinceMs !== undefined && modified <= sinceMs : has(none);
      const expected = failed ? { refused: 'PreconditionFailed' } : { value: unchanged ? 'notModified' : 'proceed' };
      assert.deepEqual(outcome, expected, JSON.stringify(headers));
    }));
});

const element = (name: string, content: string) => `<${name}>${content}</${name}>`;
const samples = {
  cors: '<CORSConfiguration><CORSRule><ID>a</ID><AllowedOrigin>http://*.a</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedHeader>x-*</AllowedHeader><MaxAgeSeconds>5</MaxAgeSeconds></CORSRule></CORSConfiguration>',
  lifecycle:
    '<LifecycleConfiguration><Rule><ID>a</ID><Filter><And><Prefix>p</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter><Status>Enabled</Status><Expiration><Days>3</Days></Expiration></Rule></LifecycleConfiguration>',
  lock: '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>',
  website:
    '<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument><RoutingRules><RoutingRule><Condition><KeyPrefixEquals>a</KeyPrefixEquals></Condition><Redirect><HostName>b</HostName></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>',
} as const;
const documentTokens = [
  '<ID></ID>',
  '<Days>0</Days>',
  '<Days>-1</Days>',
  '*',
  '99999999999',
  '<Status>',
  '</Rule>',
  '<Rule>',
  '&amp;',
  '\u0000',
  '<Date>2030-01-01</Date>',
] as const;

async function assertStable<T>(configuration: BucketConfiguration<T>, random: Random, sample: string): Promise<void> {
  const text = mutated(random, sample, documentTokens);
  const outcome = await outcomeOf(() => configuration.parse(Buffer.from(text), 'bucket'));
  if ('refused' in outcome || configuration.serialise === undefined) return;
  const written = configuration.serialise(outcome.value);
  const again = configuration.parse(Buffer.from(written), 'bucket');
  assert.equal(configuration.serialise(again), written, text);
}

describe('documents of configurations', () => {
  it('are refused, or read back as they are stored', () =>
    fuzz(async (random) => {
      switch (integer(random, 4)) {
        case 0:
          return assertStable(corsConfiguration, random, samples.cors);
        case 1:
          return assertStable(lifecycleConfiguration, random, samples.lifecycle);
        case 2:
          return assertStable(objectLock, random, samples.lock);
        default:
          return assertStable(websiteConfiguration, random, samples.website);
      }
    }));

  it('of tags keep every name and value', () =>
    fuzz(async (random) => {
      const tag = () => element('Tag', element('Key', `k${integer(random, 5)}`) + element('Value', 'a b'));
      const text = mutated(
        random,
        `<Tagging><TagSet>${list(random, 3, tag).join('')}</TagSet></Tagging>`,
        documentTokens,
      );
      const outcome = await outcomeOf(() => parseTagging(Buffer.from(text), 10));
      if ('refused' in outcome) return;
      assert.deepEqual(parseTagging(Buffer.from(taggingDocument(outcome.value)), 10), outcome.value);
    }));
});

describe('policies of forms', () => {
  it('are refused, or have conditions that all are understood', () =>
    fuzz(async (random) => {
      const policy =
        '{"expiration":"2030-01-01T00:00:00Z","conditions":[{"bucket":"b"},["starts-with","$key","u/"],["content-length-range",1,9]]}';
      const text = mutated(random, policy, [
        '"',
        '[',
        ']',
        '{',
        '}',
        ',',
        '"eq"',
        '"$key"',
        '-1',
        '1e9',
        'null',
        '\\u0000',
      ]);
      const outcome = await outcomeOf(() => parsePostPolicy(Buffer.from(text).toString('base64')));
      if ('refused' in outcome) return assert.equal(outcome.refused, 'InvalidPolicyDocument', text);
      const parsed = JSON.parse(text) as { conditions: unknown[] };
      const { conditions, sizes } = outcome.value;
      const stated = parsed.conditions.reduce<number>(
        (sum, one) => sum + (Array.isArray(one) ? 1 : Object.keys(one as object).length),
        0,
      );
      assert.equal(conditions.length + sizes.length, stated, text);
    }));
});
