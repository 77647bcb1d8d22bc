import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { policySignature, signedForm } from './index.js';

const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
};

describe('forms', () => {
  /** "Example: Browser-Based Upload using HTTP POST (Using AWS Signature Version 4)" of the Amazon S3 API Reference. */
  it('IFACE-1: the example of Amazon has its signature', () => {
    const policy = [
      'eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tldCI6ICJzaWd2NGV4YW1w',
      'bGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB7ImFjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAg',
      'IHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2Fk',
      'Lmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUx',
      'MjM2NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXot',
      'bWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3',
      'czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlU',
      'MDAwMDAwWiIgfQ0KICBdDQp9',
    ].join('');
    assert.equal(
      policySignature(policy, credentials, '20151229T000000Z'),
      '8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e',
    );
  });

  it('IFACE-1: the policy names every field, the size and the end; characters beyond ASCII are escaped', () => {
    const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5);
    const {
      policy,
      'x-amz-signature': signature,
      ...stated
    } = signedForm(
      { bucket: 'b', fields: { key: 'ü𝄞.txt' }, maxBytes: 7, expiresSeconds: 60 },
      { ...credentials, sessionToken: 'token' },
      nowMs,
    );
    assert.deepEqual(stated, {
      key: 'ü𝄞.txt',
      'x-amz-algorithm': 'AWS4-HMAC-SHA256',
      'x-amz-credential': 'AKIAIOSFODNN7EXAMPLE/20260102/us-east-1/s3/aws4_request',
      'x-amz-date': '20260102T030405Z',
      'x-amz-security-token': 'token',
    });
    assert.deepEqual(JSON.parse(Buffer.from(policy!, 'base64').toString('ascii')), {
      expiration: '2026-01-02T03:05:05.000Z',
      conditions: [
        { bucket: 'b' },
        ...Object.entries(stated).map(([name, value]) => ({ [name]: value })),
        ['content-length-range', 0, 7],
      ],
    });
    assert.match(signature!, /^[0-9a-f]{64}$/);
  });
});
