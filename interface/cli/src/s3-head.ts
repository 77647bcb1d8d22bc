// The files of an object: a signed HEAD request to the gateway, with the credentials in the home folder.
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { canonicalRequest, hmac, signingKey, stringToSign, uriEncode } from '@cess/gateway';
import { CessError } from '@cess/primitives';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly endpoint: string;
  readonly region: string;
}

export interface ObjectHead {
  readonly status: string;
  readonly fileIds: readonly string[];
}

/** Throws `OBJECT_NOT_FOUND` or `GATEWAY_UNREACHABLE`. `location` is `s3://bucket/key`. */
export async function headObject(home: string, location: string): Promise<ObjectHead> {
  const match = /^s3:\/\/([^/]+)\/(.+)$/.exec(location);
  if (match === null) throw new CessError('LOCATION_MALFORMED', `"${location}" is not of the form s3://bucket/key.`);
  const credentials = JSON.parse(readFileSync(join(home, 'credentials.json'), 'utf8')) as Credentials;
  const path = `/${match[1]}/${match[2]}`;
  const { host } = new URL(credentials.endpoint);
  const timestamp = `${new Date().toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`;
  const scope = {
    accessKeyId: credentials.accessKeyId,
    date: timestamp.slice(0, 8),
    region: credentials.region,
    service: 's3',
  };
  const headers = { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'x-amz-date': timestamp };
  const signedHeaders = Object.keys(headers).sort();
  const canonical = canonicalRequest({
    method: 'HEAD',
    path,
    query: [],
    headers,
    signedHeaders,
    payloadHash: 'UNSIGNED-PAYLOAD',
  });
  const key = signingKey(credentials.secretAccessKey, scope);
  const signature = hmac(key, stringToSign(timestamp, scope, canonical)).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope.accessKeyId}/${scope.date}/${scope.region}/s3/aws4_request, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
  const url = credentials.endpoint + path.split('/').map(uriEncode).join('/');
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method: 'HEAD', headers: { ...headers, authorization }, timeout: 10_000 });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer')));
    outgoing.on('error', (cause) =>
      reject(
        new CessError(
          'GATEWAY_UNREACHABLE',
          `The gateway at ${credentials.endpoint} cannot be reached.`,
          {},
          { cause },
        ),
      ),
    );
    outgoing.on('response', (response) => {
      response.resume();
      if (response.statusCode !== 200) {
        reject(new CessError('OBJECT_NOT_FOUND', `${location} cannot be read (HTTP ${response.statusCode}).`));
        return;
      }
      const ids = String(response.headers['x-cess-file-id'] ?? '');
      resolve({ status: String(response.headers['x-cess-status'] ?? ''), fileIds: ids === '' ? [] : ids.split(',') });
    });
    outgoing.end();
  });
}
