// Requests that are wrong in one way: the error that Amazon documents, and nothing left behind: no object, no fragment,
// no quota, no memory, no request in progress.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { bucket, leavesNothing, put, startExchangeGateway } from '../test-support/raw-exchange.js';
import { RawConnection, type RawRequest, signedHead } from '../test-support/raw-s3.js';
import type { TestGateway } from '../test-support/test-gateway.js';

const megabyte = randomBytes(1_000_000);
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
const chunkedHeaders = (decoded: number) => ({
  'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'x-amz-decoded-content-length': String(decoded),
  'x-amz-trailer': 'x-amz-checksum-crc32',
});

describe('wrong requests', () => {
  let test: TestGateway;
  before(async () => {
    test = await startExchangeGateway(megabyte);
  });
  after(() => test.stop());

  interface Case {
    readonly name: string;
    readonly status: number;
    readonly code: string;
    readonly request: RawRequest;
    readonly body?: string | Uint8Array;
    /** Changes the signed head. */
    readonly tamper?: (head: string) => string;
  }

  /** A DeleteObjects whose document is refused. */
  const deletion = (body: string): Omit<Case, 'name'> => ({
    status: 400,
    code: 'MalformedXML',
    request: {
      method: 'POST',
      path: `/${bucket}`,
      query: { delete: '' },
      headers: {
        'content-length': String(body.length),
        'content-md5': createHash('md5').update(body).digest('base64'),
      },
    },
    body,
  });

  const otherTrailer = '5\r\nhello\r\n0\r\nx-amz-checksum-crc32c:mnG7TA==\r\n\r\n';

  const cases: readonly Case[] = [
    {
      name: 'a wrong signature',
      status: 403,
      code: 'SignatureDoesNotMatch',
      request: put('a', megabyte.length),
      body: megabyte,
      tamper: (head) => head.replace(/Signature=.{6}/, 'Signature=000000'),
    },
    {
      name: 'a date 20 minutes off',
      status: 403,
      code: 'RequestTimeTooSkewed',
      request: { ...put('a', megabyte.length), date: new Date(Date.now() - 20 * 60_000) },
      body: megabyte,
    },
    {
      name: 'an unknown access key',
      status: 403,
      code: 'InvalidAccessKeyId',
      request: put('a', 3),
      body: 'abc',
      tamper: (head) => head.replace('Credential=TESTKEY', 'Credential=NOBODY'),
    },
    {
      name: 'no credentials at all',
      status: 403,
      code: 'AccessDenied',
      request: put('a', 3),
      body: 'abc',
      tamper: (head) => head.replace(/authorization: .*\r\n/, ''),
    },
    {
      name: 'a presigned URL of Signature Version 2',
      status: 400,
      code: 'InvalidRequest',
      request: put('a', 3),
      body: 'abc',
      tamper: (head) =>
        head
          .replace(' HTTP/1.1', '?AWSAccessKeyId=TESTKEY&Expires=1&Signature=a HTTP/1.1')
          .replace(/authorization: .*\r\n/, ''),
    },
    {
      name: 'an expectation that nobody knows',
      status: 417,
      code: 'ExpectationFailed',
      request: put('a', 3, { expect: 'a-miracle' }),
      body: 'abc',
    },
    {
      name: 'another body than was signed',
      status: 400,
      code: 'XAmzContentSHA256Mismatch',
      request: put('a', megabyte.length, { 'x-amz-content-sha256': sha256(Buffer.from('other')) }),
      body: megabyte,
    },
    {
      name: 'another MD5 than stated',
      status: 400,
      code: 'BadDigest',
      request: put('a', megabyte.length, { 'content-md5': Buffer.alloc(16).toString('base64') }),
      body: megabyte,
    },
    {
      name: 'another MD5 than stated, of a body that the operation does not use',
      status: 400,
      code: 'BadDigest',
      request: {
        method: 'POST',
        path: `/${bucket}/a`,
        query: { uploads: '' },
        headers: { 'content-length': '3', 'content-md5': Buffer.alloc(16).toString('base64') },
      },
      body: 'abc',
    },
    {
      name: 'another checksum than stated',
      status: 400,
      code: 'BadDigest',
      request: put('a', megabyte.length, { 'x-amz-checksum-crc32c': 'AAAAAA==' }),
      body: megabyte,
    },
    {
      name: 'chunk framing that is none',
      status: 403,
      code: 'InvalidChunkSizeError',
      request: put('a', 12, chunkedHeaders(5)),
      body: 'garbage\r\n\r\n!',
    },
    {
      name: 'another checksum in the trailer than the one announced',
      status: 400,
      code: 'MalformedTrailerError',
      request: put('a', otherTrailer.length, chunkedHeaders(5)),
      body: otherTrailer,
    },
    {
      name: 'a checksum in a header and another one announced',
      status: 400,
      code: 'InvalidRequest',
      request: put('a', 15, { ...chunkedHeaders(5), 'x-amz-checksum-crc32': 'NhCmhg==' }),
      body: '5\r\nhello\r\n0\r\n\r\n',
    },
    {
      name: 'an announced checksum and a body without trailer',
      status: 400,
      code: 'InvalidRequest',
      request: put('a', 3, { 'x-amz-trailer': 'x-amz-checksum-crc32' }),
      body: 'abc',
    },
    {
      name: 'an algorithm of the checksum that is not the one of its value',
      status: 400,
      code: 'InvalidRequest',
      request: put('a', 3, { 'x-amz-checksum-crc32': 'NSRBwg==', 'x-amz-sdk-checksum-algorithm': 'SHA256' }),
      body: 'abc',
    },
    {
      name: 'a checksum by an algorithm that is not verified',
      status: 501,
      code: 'NotImplemented',
      request: put('a', 3, { 'x-amz-checksum-xxhash64': 'AAAAAAAAAAA=' }),
      body: 'abc',
    },
    {
      name: 'a write at an offset',
      status: 501,
      code: 'NotImplemented',
      request: put('kept', 3, { 'x-amz-write-offset-bytes': '1000000' }),
      body: 'abc',
    },
    {
      name: 'an announced checksum that does not come',
      status: 400,
      code: 'MalformedTrailerError',
      request: put('a', 15, chunkedHeaders(5)),
      body: '5\r\nhello\r\n0\r\n\r\n',
    },
    {
      name: 'a chunked body that ends before its last chunk',
      status: 400,
      code: 'IncompleteBody',
      request: put('a', 10, chunkedHeaders(5)),
      body: '5\r\nhello\r\n',
    },
    {
      name: 'a bucket that does not exist',
      status: 404,
      code: 'NoSuchBucket',
      request: { ...put('a', 3), path: '/no-such-bucket/a' },
      body: 'abc',
    },
    {
      name: 'a bucket whose name cannot exist',
      status: 404,
      code: 'NoSuchBucket',
      request: { ...put('a', 3), path: `/${'b'.repeat(3000)}/a` },
      body: 'abc',
    },
    {
      name: 'a body without length',
      status: 411,
      code: 'MissingContentLength',
      request: { method: 'PUT', path: `/${bucket}/a`, headers: { 'transfer-encoding': 'chunked' } },
      body: '3\r\nabc\r\n0\r\n\r\n',
    },
    {
      name: 'a body larger than 5 GiB',
      status: 400,
      code: 'EntityTooLarge',
      request: put('a', 5 * 2 ** 30 + 1),
    },
    {
      name: 'more than the quota',
      status: 403,
      code: 'AccessDenied',
      request: put('a', 2 ** 30),
    },
    {
      name: 'a key of 1025 bytes',
      status: 400,
      code: 'KeyTooLongError',
      request: put('k'.repeat(1025), 3),
      body: 'abc',
    },
    { name: 'a key with a zero byte', status: 400, code: 'InvalidArgument', request: put('a%00b', 3), body: 'abc' },
    { name: 'an escape that is no UTF-8', status: 400, code: 'InvalidURI', request: put('a%FF', 3), body: 'abc' },
    {
      name: 'a bucket name against the rules',
      status: 400,
      code: 'InvalidBucketName',
      request: { method: 'PUT', path: '/UPPER_case' },
    },
    {
      name: 'an upload id without part number',
      status: 400,
      code: 'InvalidArgument',
      request: { ...put('kept', 3), query: { uploadId: '0'.repeat(32) } },
      body: 'abc',
    },
    {
      name: 'a part of an upload that does not exist',
      status: 404,
      code: 'NoSuchUpload',
      request: { ...put('a', 3), query: { uploadId: '0'.repeat(32), partNumber: '1' } },
      body: 'abc',
    },
    {
      name: 'a part number of 0',
      status: 400,
      code: 'InvalidArgument',
      request: { ...put('a', 3), query: { uploadId: '0'.repeat(32), partNumber: '0' } },
      body: 'abc',
    },
    {
      name: 'XML that is none',
      status: 400,
      code: 'MalformedXML',
      request: {
        method: 'POST',
        path: `/${bucket}`,
        query: { delete: '' },
        headers: { 'content-length': '8', 'content-md5': createHash('md5').update('<Delete>').digest('base64') },
      },
      body: '<Delete>',
    },
    {
      name: 'DeleteObjects with a reference to a control character in a key',
      ...deletion('<Delete><Object><Key>ke&#x1;pt</Key></Object></Delete>'),
    },
    {
      name: 'DeleteObjects with an unknown element, which could be a condition',
      ...deletion('<Delete><Object><Key>kept</Key><Condition>x</Condition></Object></Delete>'),
    },
    {
      name: 'DeleteObjects with two keys in one object',
      ...deletion('<Delete><Object><Key>kept</Key><Key>other</Key></Object></Delete>'),
    },
    {
      name: 'DeleteObjects with the name of a checksum algorithm alone',
      status: 400,
      code: 'InvalidRequest',
      request: {
        method: 'POST',
        path: `/${bucket}`,
        query: { delete: '' },
        headers: { 'content-length': '8', 'x-amz-sdk-checksum-algorithm': 'CRC32' },
      },
      body: '<Delete>',
    },
    {
      name: 'DeleteObjects without a digest',
      status: 400,
      code: 'InvalidRequest',
      request: { method: 'POST', path: `/${bucket}`, query: { delete: '' }, headers: { 'content-length': '8' } },
      body: '<Delete>',
    },
    {
      name: 'a range behind the end',
      status: 416,
      code: 'InvalidRange',
      request: { method: 'GET', path: `/${bucket}/kept`, headers: { range: 'bytes=1000000-' } },
    },
    {
      name: 'a sub-resource that is not offered',
      status: 501,
      code: 'NotImplemented',
      request: {
        method: 'PUT',
        path: `/${bucket}/kept`,
        query: { annotation: '', annotationName: 'a' },
        headers: { 'content-length': '0' },
      },
    },
    {
      name: 'an unknown method',
      status: 405,
      code: 'MethodNotAllowed',
      request: { method: 'PATCH', path: `/${bucket}/a` },
    },
    {
      name: 'a response header with a line end',
      status: 400,
      code: 'InvalidArgument',
      request: { method: 'GET', path: `/${bucket}/kept`, query: { 'response-content-type': 'a\r\nset-cookie: b' } },
    },
    {
      name: 'a list marker longer than any key',
      status: 200,
      code: '',
      request: { method: 'GET', path: `/${bucket}`, query: { marker: 'z'.repeat(5000) } },
    },
    {
      name: 'a list prefix longer than any key',
      status: 200,
      code: '',
      request: { method: 'GET', path: `/${bucket}`, query: { prefix: 'z'.repeat(5000) } },
    },
    {
      name: 'a continuation token that is none',
      status: 400,
      code: 'InvalidArgument',
      request: { method: 'GET', path: `/${bucket}`, query: { 'list-type': '2', 'continuation-token': '***' } },
    },
  ];
  for (const { name, status, code, request, body, tamper } of cases) {
    it(`${name}: ${status} ${code}`, () =>
      leavesNothing(test, async () => {
        const connection = new RawConnection(test.gateway.s3Endpoint);
        const head = await signedHead(request);
        connection.write(tamper === undefined ? head : tamper(head));
        if (body !== undefined) connection.write(body);
        const answer = await connection.answer();
        assert.deepEqual({ status: answer?.status, code: answer?.code ?? '' }, { status, code }, answer?.body);
        connection.close();
      }));
  }
});
