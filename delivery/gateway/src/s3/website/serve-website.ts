// The website endpoint of a bucket (Amazon S3 User Guide, "Website endpoints"): anonymous GET and HEAD with index documents,
// redirects and error pages. Access is decided as for GetObject.

import { requireNamedBucket } from '../bucket-access.js';
import type { NamedBucket } from '../configurations/configuration.js';
import { type Website, websiteConfiguration } from '../configurations/website.js';
import type { S3Context } from '../context.js';
import { S3Error, toS3Error } from '../errors.js';
import { sendObject } from '../handlers/get-object.js';
import { sendBody, sendEmpty } from '../responses.js';
import { errorPage } from './error-page.js';
import { redirectOf } from './redirect-location.js';
import { addressOf, type Location, matchingRule, redirectByRule } from './routing.js';

type Pages = Extract<Website, { type: 'pages' }>;

/** Never throws what a visitor should see as a page. */
export async function serveWebsite(context: S3Context): Promise<void> {
  try {
    await serve(context);
  } catch (error) {
    if (context.response.headersSent) throw error;
    sendErrorPage(context, toS3Error(error));
  }
}

async function serve(context: S3Context): Promise<void> {
  const { method, configurations, target } = context;
  if (method !== 'GET' && method !== 'HEAD') throw new S3Error('MethodNotAllowed');
  const bucket = requireNamedBucket(context);
  const website = configurations.read(websiteConfiguration, bucket);
  if (website === undefined) {
    throw new S3Error('NoSuchWebsiteConfiguration', { details: { BucketName: bucket.name } });
  }
  if (website.type === 'redirect') {
    return redirect(context, { status: 301, location: addressOf(website.redirect, target.key, hostOf(context)) });
  }
  const rule = matchingRule(website.rules, target.key, undefined);
  if (rule !== undefined) return redirect(context, redirectByRule(rule, target.key, hostOf(context)));
  try {
    await servePage(context, bucket, website);
  } catch (error) {
    const s3Error = toS3Error(error);
    if (context.response.headersSent || s3Error.status >= 500) throw error;
    await serveError(context, bucket, website, s3Error);
  }
}

/** The object, or the index document of a folder. */
async function servePage(context: S3Context, bucket: NamedBucket, { indexSuffix }: Pages): Promise<void> {
  const { key } = context.target;
  if (key === '' || key.endsWith('/')) return sendKey(context, bucket, key + indexSuffix);
  if ((await context.access.object({ bucket, key })) === undefined) {
    const index = { bucket, key: `${key}/${indexSuffix}` };
    const isFolder = (await context.access.allows('s3:GetObject', index)) && (await context.access.object(index));
    if (isFolder) return redirect(context, { status: 302, location: addressOf({}, `${key}/`, hostOf(context)) });
  }
  return sendKey(context, bucket, key);
}

async function serveError(context: S3Context, bucket: NamedBucket, website: Pages, error: S3Error): Promise<void> {
  const { key } = context.target;
  const rule = matchingRule(website.rules, key, error.status);
  if (rule !== undefined) return redirect(context, redirectByRule(rule, key, hostOf(context)));
  const { errorKey } = website;
  if (errorKey === undefined) throw error;
  const page = { bucket, key: errorKey };
  const isThere = (await context.access.allows('s3:GetObject', page)) && (await context.access.object(page));
  if (!isThere) throw error;
  // Conditions and ranges of the request are about the page that it asked for.
  await sendObject({ ...withKey(context, errorKey), headers: {} }, error.status);
}

async function sendKey(context: S3Context, bucket: NamedBucket, key: string): Promise<void> {
  await context.access.require('s3:GetObject', { bucket, key });
  const location = redirectOf(await context.access.object({ bucket, key }), hostOf(context));
  if (location !== undefined) return redirect(context, { status: 301, location });
  await sendObject(withKey(context, key));
}

/** Query parameters of a page belong to its scripts. */
function withKey(context: S3Context, key: string): S3Context {
  return { ...context, target: { ...context.target, key, query: new Map(), queryPairs: [] } };
}

function hostOf({ headers }: S3Context): string {
  const host = headers['host'] ?? '';
  return /^[A-Za-z0-9.-]+(:\d+)?$/.test(host) ? host : 'localhost';
}

function redirect({ response }: S3Context, { status, location }: Location): void {
  sendEmpty(response, status, { location });
}

function sendErrorPage({ response, method, requestId }: S3Context, error: S3Error): void {
  const headers = {
    ...error.headers,
    'content-type': 'text/html; charset=utf-8',
    'x-amz-error-code': error.code,
    // The message can quote a name; a header cannot hold every character.
    'x-amz-error-message': error.message.replace(/[^\x20-\x7e]/g, '?'),
  };
  const page = Buffer.from(errorPage(error, requestId));
  if (method !== 'HEAD') return sendBody(response, error.status, page, headers);
  response.writeHead(error.status, { ...headers, 'content-length': page.length });
  response.end();
}
