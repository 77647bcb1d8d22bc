// What every operation does alike: missing buckets, named owners, the action that allows it, anonymous callers, the body.
import assert from 'node:assert/strict';
import { answers, assertOutcome, does, type S3Case } from '../s3-case.js';
import type { World } from '../world.js';
import { md5, type Sample, samples } from './samples.js';

const notFound = (method: string): string => (method === 'HEAD' ? '404' : '404 NoSuchBucket');
const forbidden = (method: string): string => (method === 'HEAD' ? '403' : '403 AccessDenied');
/** The root of an account always decides about the policy of its own bucket; sessions of a role do not. */
const succeeds = ({ status }: Sample): string => String(status);

async function send(world: World, sample: Sample, more: Parameters<World['send']>[2] = {}) {
  const { target, options = {} } = await sample.prepare(world);
  const headers = { ...options.headers, ...more.headers };
  return world.send(sample.method, target, { ...options, ...more, headers });
}

function casesOf(sample: Sample): readonly S3Case[] {
  const { operation, method, actions } = sample;
  const [action = ''] = actions;
  return [
    answers(operation, succeeds(sample), 'a valid request of the owner', (world) => send(world, sample)),
    answers(operation, notFound(method), 'the bucket does not exist', async (world) => {
      const { bucket, target, options } = await sample.prepare(world);
      return world.send(method, target.replace(bucket, world.freshName()), options);
    }),
    answers(operation, succeeds(sample), 'x-amz-expected-bucket-owner names the owner', (world) =>
      send(world, sample, { headers: { 'x-amz-expected-bucket-owner': world.account } }),
    ),
    answers(operation, forbidden(method), 'x-amz-expected-bucket-owner names another owner', (world) =>
      send(world, sample, { headers: { 'x-amz-expected-bucket-owner': '123456789012' } }),
    ),
    answers(operation, succeeds(sample), `a caller who may do no more than ${actions.join(', ')}`, async (world) =>
      send(world, sample, { keys: await world.allowed(...actions) }),
    ),
    does(operation, forbidden(method), `a caller who may do everything but ${action}`, async (world) => {
      const answer = await send(world, sample, { keys: await world.denied(action) });
      // DeleteObjects answers for each key.
      if (operation === 'DeleteObjects') assert.match(answer.text, /<Error>.*<Code>AccessDenied</);
      else assertOutcome(answer, forbidden(method));
    }),
    does(operation, forbidden(method), 'an anonymous caller', async (world) => {
      const answer = await send(world, sample, { keys: 'none' });
      if (operation === 'DeleteObjects') assert.match(answer.text, /<Error>.*<Code>AccessDenied</);
      else assertOutcome(answer, forbidden(method));
    }),
  ];
}

function xmlCasesOf(sample: Sample): readonly S3Case[] {
  const { operation, root } = sample;
  if (root === undefined) return [];
  const withBody = async (world: World, change: (body: string) => string, headers: Record<string, string> = {}) => {
    const { target, options = {} } = await sample.prepare(world);
    const body = change(String(options.body));
    const digest = options.headers?.['content-md5'] === undefined ? {} : { 'content-md5': md5(body) };
    return world.send(sample.method, target, {
      ...options,
      body,
      headers: { ...options.headers, ...digest, ...headers },
    });
  };
  const malformed: readonly (readonly [string, (body: string) => string])[] = [
    ['a document that is cut off', (body) => body.slice(0, -3)],
    ['another root element', (body) => body.replaceAll(root, 'Other')],
    ['a document type with an entity', (body) => `<!DOCTYPE a [<!ENTITY e "x">]>${body}`],
    ['an undeclared entity', (body) => body.replace('</', '&e;</')],
    ['an element outside the schema', (body) => body.replace(`<${root}>`, `<${root}><Unknown>1</Unknown>`)],
    ['a second document behind the first', (body) => body + body],
  ];
  return [
    ...malformed.map(([title, change]) =>
      answers(operation, '400 MalformedXML', title, (world) => withBody(world, change)),
    ),
    answers(operation, String(sample.status), 'a document with declaration, namespace and comment', (world) =>
      withBody(
        world,
        (body) =>
          `<?xml version="1.0" encoding="UTF-8"?>\n<!-- c -->${body.replace(`<${root}>`, `<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`)}`,
      ),
    ),
    answers(operation, '400 BadDigest', 'Content-MD5 of another body', (world) =>
      withBody(world, (body) => body, { 'content-md5': md5('other') }),
    ),
    answers(operation, '400 InvalidDigest', 'Content-MD5 that is no digest', (world) =>
      withBody(world, (body) => body, { 'content-md5': 'abc' }),
    ),
    ...(operation === 'CompleteMultipartUpload'
      ? []
      : [
          answers(operation, '400 BadDigest', 'a CRC32 of another body', (world) =>
            withBody(world, (body) => body, { 'x-amz-checksum-crc32': 'AAAAAA==' }),
          ),
        ]),
  ];
}

export const everyOperation: readonly S3Case[] = [...samples.flatMap(casesOf), ...samples.flatMap(xmlCasesOf)];
