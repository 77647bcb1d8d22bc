// Targets, names and headers of requests as handlers see them.
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import { uriEncode } from '@cess/signature-v4';
import fc from 'fast-check';
import { S3Error } from './errors.js';
import {
  assertBucketName,
  bucketOfHost,
  flatHeaders,
  headerText,
  parseTarget,
  queryInteger,
  withQueryHeaders,
} from './request.js';

const refused = (code: string, act: () => unknown) =>
  assert.throws(act, (thrown) => thrown instanceof S3Error && thrown.code === code);

describe('request targets', () => {
  it('give back any bucket, key and query that was encoded', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((one) => !one.includes('\0'));
    fc.assert(
      fc.property(text, fc.array(fc.tuple(text, text), { maxLength: 4 }), (key, pairs) => {
        const query = pairs.map(([name, value]) => `${uriEncode(`n${name}`)}=${uriEncode(value)}`).join('&');
        const target = parseTarget(`/bucket/${key.split('/').map(uriEncode).join('/')}?${query}`);
        assert.deepEqual([target.bucket, target.key], ['bucket', key]);
        assert.deepEqual(
          target.queryPairs,
          pairs.map(([name, value]) => [`n${name}`, value]),
        );
      }),
      { seed: 9, numRuns: 200 },
    );
  });

  it('name the service, a bucket with or without slash, and keys that begin with slashes', () => {
    assert.deepEqual([parseTarget('/').bucket, parseTarget('/').key], ['', '']);
    assert.deepEqual([parseTarget('/b').bucket, parseTarget('/b/').key], ['b', '']);
    assert.equal(parseTarget('/b//k').key, '/k');
    assert.equal(parseTarget('/b?uploads').query.get('uploads'), '');
    assert.equal(parseTarget('/b/k?a=1+2').query.get('a'), '1 2');
  });

  it('are refused when they cannot be decoded or are too long', () => {
    for (const target of ['/b/%FF', '/b/%', '/%C3/k', 'http://host/b', '*'])
      refused('InvalidURI', () => parseTarget(target));
    refused('KeyTooLongError', () => parseTarget(`/b/${'é'.repeat(513).split('').map(uriEncode).join('')}`));
    refused('InvalidArgument', () => parseTarget('/b/a%00b'));
    assert.equal(parseTarget(`/b/${'k'.repeat(1024)}`).key.length, 1024);
  });
});

describe('bucket names', () => {
  it("follow Amazon's rules", () => {
    for (const name of ['abc', 'a-b.c', '0'.repeat(63), 'a1b', '1.2.3.4.5']) assertBucketName(name);
    for (const name of [
      '',
      'ab',
      'A-bucket',
      'a_b',
      '-ab',
      'ab-',
      '.ab',
      'ab.',
      'a..b',
      '1.2.3.4',
      'b'.repeat(64),
      'é-bucket',
    ]) {
      refused('InvalidBucketName', () => assertBucketName(name));
    }
  });
});

describe('virtual-hosted addressing', () => {
  const domains = ['localhost', 's3.example.com', 'example.com'];

  it('takes the bucket from the Host header on configured domains, dots in its name included', () => {
    const table: readonly (readonly [string, string])[] = [
      ['photos.localhost:9000', 'photos'],
      ['Photos.LOCALHOST', 'photos'],
      ['dotted.name.s3.example.com', 'dotted.name'],
      ['photos.example.com', 'photos'],
    ];
    for (const [host, bucket] of table) assert.equal(bucketOfHost(host, domains), bucket, host);
    const target = parseTarget('/a/b%20c?x=1', 'photos');
    assert.deepEqual([target.bucket, target.key, target.rawPath], ['photos', 'a/b c', '/a/b%20c']);
    assert.deepEqual([parseTarget('/', 'photos').key, parseTarget('//a', 'photos').key], ['', '/a']);
  });

  it('does not apply to the domains themselves, to addresses, and to any other host', () => {
    const others = [
      'localhost:9000',
      's3.example.com',
      '127.0.0.1:9000',
      '[::1]:9000',
      'photos.other.com',
      '.localhost',
    ];
    for (const host of [...others, 'notlocalhost', '', undefined]) assert.equal(bucketOfHost(host, domains), undefined);
    assert.equal(bucketOfHost('storage.example.com', []), undefined);
  });
});

describe('headers', () => {
  it('that are repeated are joined as signatures join them; those that stand once keep their first', () => {
    const headersDistinct = { host: ['a', 'b'], 'x-amz-meta-a': ['1', '2'], range: ['bytes=0-1'] };
    const headers = { host: 'a', 'x-amz-meta-a': '1, 2', range: 'bytes=0-1' };
    const rawHeaders = ['Host', 'a', 'x-amz-meta-a', '1', 'HOST', 'b', 'X-Amz-Meta-A', '2', 'range', 'bytes=0-1'];
    const flat = flatHeaders({ headersDistinct, headers, rawHeaders } as unknown as IncomingMessage);
    assert.deepEqual(flat, { host: 'a', 'x-amz-meta-a': '1,2', range: 'bytes=0-1' });
  });

  it('are taken from presigned URLs, without those of the signature and the checksum of nothing', () => {
    const target = parseTarget(
      '/b/k?X-Amz-Algorithm=x&X-Amz-Signature=00&X-Amz-Date=d&x-amz-meta-note=%C3%A9&x-amz-acl=private&x-amz-checksum-crc32=AAAAAA%3D%3D&x-id=PutObject',
    );
    assert.deepEqual(withQueryHeaders({ host: 'h', 'x-amz-acl': 'private' }, target), {
      host: 'h',
      'x-amz-meta-note': Buffer.from('é').toString('latin1'),
      'x-amz-acl': 'private',
    });
    assert.deepEqual(withQueryHeaders({}, parseTarget('/b/k?x-amz-acl=public-read')), {});
    refused('InvalidRequest', () => withQueryHeaders({ 'x-amz-acl': 'public-read' }, target));
    refused('InvalidArgument', () => headerText('a\r\nb: c'));
  });
});

describe('numbers in the query', () => {
  it('are whole, within bounds, or the default', () => {
    const value = (text: string) => queryInteger(parseTarget(`/b?n=${text}`), 'n', { min: 1, max: 10 }, 5);
    assert.deepEqual([value('7'), value(''), value('10')], [7, 5, 10]);
    for (const text of ['0', '11', '-1', '1.5', '0x5', 'abc', '1e1', '99999999999'])
      refused('InvalidArgument', () => value(text));
  });
});
