// The files of an object: a signed HEAD request to the gateway, with the credentials in the home folder.
import { request as httpRequest } from 'node:http';
import { CessError } from '@cess/primitives';
import { urlOf } from '@cess/signature-v4';
import { gatewayUnreachable, readGatewayCredentials, signedHeaders } from './signed-request.js';

export interface ObjectHead {
  readonly status: string;
  readonly fileIds: readonly string[];
}

/** Throws `OBJECT_NOT_FOUND` or `GATEWAY_UNREACHABLE`. `location` is `s3://bucket/key`. */
export async function headObject(home: string, location: string): Promise<ObjectHead> {
  const match = /^s3:\/\/([^/]+)\/(.+)$/.exec(location);
  if (match === null) throw new CessError('LOCATION_MALFORMED', `"${location}" is not of the form s3://bucket/key.`);
  const credentials = readGatewayCredentials(home);
  const path = `/${match[1]}/${match[2]}`;
  const headers = signedHeaders({ method: 'HEAD', path, service: 's3' }, credentials);
  const url = urlOf(credentials.endpoint, path);
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method: 'HEAD', headers, timeout: 10_000 });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer')));
    outgoing.on('error', (cause) => reject(gatewayUnreachable(credentials.endpoint, cause)));
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
