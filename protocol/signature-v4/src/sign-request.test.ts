// IFACE-1: the signatures that Amazon publishes as examples for S3 ("Authenticating Requests: Using the Authorization Header",
// "Using Query Parameters").
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { presignedUrl, sha256Hex, signedHeaders } from './index.js';

const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
};
const endpoint = 'https://examplebucket.s3.amazonaws.com';
const nowMs = Date.UTC(2013, 4, 24);

describe('Signature Version 4', () => {
  it('IFACE-1: signs the headers of the published GET request', () => {
    const request = { method: 'GET', endpoint, path: '/test.txt', service: 's3' as const, payloadHash: sha256Hex('') };
    const { authorization } = signedHeaders({ ...request, headers: { range: 'bytes=0-9' } }, credentials, nowMs);
    assert.equal(
      authorization,
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    );
  });

  it('IFACE-1: signs the query of the published listing', () => {
    const request = { method: 'GET', endpoint, path: '/', service: 's3' as const, payloadHash: sha256Hex('') };
    const query = [['max-keys', '2'] as const, ['prefix', 'J'] as const];
    const { authorization = '' } = signedHeaders({ ...request, query }, credentials, nowMs);
    assert.match(authorization, /Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7$/);
  });

  it('IFACE-1: makes the published presigned URL', () => {
    const url = presignedUrl(
      { method: 'GET', endpoint, path: '/test.txt', expiresSeconds: 86_400 },
      credentials,
      nowMs,
    );
    assert.equal(
      url,
      'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    );
  });
});
