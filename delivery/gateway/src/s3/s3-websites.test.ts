// Buckets as websites: index documents, redirects, error pages, and who may see what.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { anonymous, assertAnswer, headerOf, type SendOptions, sender } from '../test-support/requests.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

let test: TestGateway;
const send = sender(() => test);
const bucket = 'pages';
const host = `${bucket}.website.localhost:9000`;

const pages =
  '<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument><ErrorDocument><Key>error.html</Key></ErrorDocument><RoutingRules>' +
  '<RoutingRule><Condition><KeyPrefixEquals>old/</KeyPrefixEquals></Condition><Redirect><ReplaceKeyPrefixWith>new/</ReplaceKeyPrefixWith><HttpRedirectCode>302</HttpRedirectCode></Redirect></RoutingRule>' +
  '<RoutingRule><Condition><KeyPrefixEquals>lost/</KeyPrefixEquals><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition><Redirect><Protocol>https</Protocol><HostName>archive.example.com</HostName><ReplaceKeyWith>search</ReplaceKeyWith></Redirect></RoutingRule>' +
  '</RoutingRules></WebsiteConfiguration>';

const configure = (body: string, name = bucket) => send('PUT', `/${name}?website=`, { body });
const visit = (path: string, options: Partial<SendOptions> = {}, method = 'GET') =>
  send(method, path, { host, ...anonymous, ...options });

before(async () => {
  test = await startTestGateway();
  test.chain.stalled = true;
  for (const name of [bucket, 'no-pages', 'moved-pages']) await send('PUT', `/${name}`);
  const type = { 'content-type': 'text/html' };
  for (const key of ['index.html', 'docs/index.html', 'docs/a.html', 'error.html', 'secret/a.html'])
    await send('PUT', `/${bucket}/${key}`, { body: `page ${key}`, headers: type });
  await send('DELETE', `/${bucket}?publicAccessBlock=`);
  const open = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` };
  const list = { Effect: 'Allow', Principal: '*', Action: 's3:ListBucket', Resource: `arn:aws:s3:::${bucket}` };
  const secret = { ...open, Effect: 'Deny', Resource: `arn:aws:s3:::${bucket}/secret/*` };
  const Statement = [open, list, secret];
  assertAnswer(
    await send('PUT', `/${bucket}?policy=`, { body: JSON.stringify({ Version: '2012-10-17', Statement }) }),
    204,
  );
  assertAnswer(await configure(pages), 200);
});
after(() => test.stop());

describe('the website configuration of a bucket', () => {
  it('is answered as it was put, until it is deleted', async () => {
    assertAnswer(await send('GET', '/no-pages?website='), 404, 'NoSuchWebsiteConfiguration');
    assertAnswer(await configure(pages, 'no-pages'), 200);
    const { body } = await send('GET', '/no-pages?website=');
    assert.ok(body.includes(pages.slice(pages.indexOf('<IndexDocument>'), pages.indexOf('<Protocol>https'))), body);
    assertAnswer(await configure(body, 'no-pages'), 200);
    assert.equal((await send('GET', '/no-pages?website=')).body, body);
    assertAnswer(await send('DELETE', '/no-pages?website='), 204);
    assertAnswer(await send('GET', '/no-pages?website='), 404, 'NoSuchWebsiteConfiguration');
  });

  it('that is not valid is refused', async () => {
    const wrong: readonly (readonly [string, string])[] = [
      ['<IndexDocument><Suffix>a/b</Suffix></IndexDocument>', 'InvalidArgument'],
      ['', 'InvalidArgument'],
      ['<ErrorDocument><Key>e</Key></ErrorDocument>', 'InvalidArgument'],
      [
        '<RedirectAllRequestsTo><HostName>a</HostName></RedirectAllRequestsTo><IndexDocument><Suffix>i</Suffix></IndexDocument>',
        'InvalidArgument',
      ],
      ['<RedirectAllRequestsTo><HostName>a\nb</HostName></RedirectAllRequestsTo>', 'InvalidArgument'],
      [
        '<RedirectAllRequestsTo><HostName>a</HostName><Protocol>ftp</Protocol></RedirectAllRequestsTo>',
        'InvalidArgument',
      ],
      ['<IndexDocument><Suffix>i</Suffix></IndexDocument><Other/>', 'MalformedXML'],
    ];
    for (const [content, code] of wrong)
      assertAnswer(await configure(`<WebsiteConfiguration>${content}</WebsiteConfiguration>`, 'no-pages'), 400, code);
  });
});

describe('the redirect of an object', () => {
  const redirectTo = (location: string) => ({ 'x-amz-website-redirect-location': location });
  const shown = async (key: string) =>
    headerOf(await send('GET', `/${bucket}/${key}`), 'x-amz-website-redirect-location');

  it('is a path or an address of HTTP, of at most 2 KB', async () => {
    const longest = `/${'a'.repeat(2047)}`;
    assertAnswer(await send('PUT', `/${bucket}/longest`, { body: 'a', headers: redirectTo(longest) }), 200);
    for (const wrong of ['', 'a.html', 'ftp://example.com/', 'http:/a', `${longest}a`]) {
      for (const [method, target, more] of [
        ['PUT', 'wrong', {}],
        ['PUT', 'wrong', { 'x-amz-copy-source': `${bucket}/index.html` }],
        ['POST', 'wrong?uploads=', {}],
      ] as const) {
        const headers = { ...more, ...redirectTo(wrong) };
        const body = method === 'PUT' && Object.keys(more).length === 0 ? { body: 'a' } : {};
        const answer = await send(method, `/${bucket}/${target}`, { ...body, headers });
        assertAnswer(answer, 400, 'InvalidRedirectLocation');
      }
    }
  });

  it('is stated by a copy, never taken from its source', async () => {
    await send('PUT', `/${bucket}/source`, {
      body: 'a',
      headers: { ...redirectTo('/a'), 'cache-control': 'no-cache' },
    });
    const copy = (key: string, more: Record<string, string> = {}) =>
      send('PUT', `/${bucket}/${key}`, { headers: { 'x-amz-copy-source': `${bucket}/source`, ...more } });
    for (const directive of ['COPY', 'REPLACE']) {
      const replace = { 'x-amz-metadata-directive': directive };
      assertAnswer(await copy('copy', replace), 200);
      assert.equal(await shown('copy'), undefined);
      assertAnswer(await copy('copy', { ...replace, ...redirectTo('/b') }), 200);
      assert.equal(await shown('copy'), '/b');
      const kept = headerOf(await send('GET', `/${bucket}/copy`), 'cache-control');
      assert.equal(kept, directive === 'COPY' ? 'no-cache' : undefined);
    }
    assertAnswer(await copy('source'), 400, 'InvalidRequest');
    assertAnswer(await copy('source', redirectTo('/c')), 200);
    assert.equal(await shown('source'), '/c');
  });

  it('is stated by an upload in parts', async () => {
    const { body } = await send('POST', `/${bucket}/parts?uploads=`, { headers: redirectTo('/a') });
    const id = /<UploadId>(\w+)</.exec(body)?.[1];
    const part = await send('PUT', `/${bucket}/parts?partNumber=1&uploadId=${id}`, { body: 'a' });
    const chosen = `<Part><PartNumber>1</PartNumber><ETag>${headerOf(part, 'etag')}</ETag></Part>`;
    const completion = { body: `<CompleteMultipartUpload>${chosen}</CompleteMultipartUpload>` };
    assertAnswer(await send('POST', `/${bucket}/parts?uploadId=${id}`, completion), 200);
    assert.equal(await shown('parts'), '/a');
  });
});

describe('a website', () => {
  it('serves objects, and the index document of its root and its folders', async () => {
    for (const [path, key] of [
      ['/', 'index.html'],
      ['/docs/', 'docs/index.html'],
      ['/docs/a.html?utm=1&versionId=x', 'docs/a.html'],
    ] as const) {
      const answer = await visit(path);
      assert.deepEqual([answer.status, answer.body], [200, `page ${key}`]);
      assert.equal(headerOf(answer, 'content-type'), 'text/html');
    }
  });

  it('sends a folder without its slash to the folder', async () => {
    const answer = await visit('/docs');
    assert.deepEqual([answer.status, headerOf(answer, 'location')], [302, `http://${host}/docs/`]);
  });

  it('shows its error page with the status of the error', async () => {
    for (const [path, status] of [
      ['/none.html', 404],
      ['/secret/a.html', 403],
    ] as const) {
      const answer = await visit(path, { headers: { range: 'bytes=0-1', 'if-none-match': '*' } });
      assert.deepEqual([answer.status, answer.body], [status, 'page error.html']);
    }
  });

  it('follows routing rules for keys, and for errors', async () => {
    const moved = await visit('/old/a%20b.html');
    assert.deepEqual([moved.status, headerOf(moved, 'location')], [302, `http://${host}/new/a%20b.html`]);
    const lost = await visit('/lost/a.html');
    assert.deepEqual([lost.status, headerOf(lost, 'location')], [301, 'https://archive.example.com/search']);
  });

  it('sends the visitors of an object where the object says', async () => {
    const store = (key: string, location: string) =>
      send('PUT', `/${bucket}/${key}`, { body: '', headers: { 'x-amz-website-redirect-location': location } });
    for (const [key, location, expected] of [
      ['there', 'https://example.com/a?b=c', 'https://example.com/a?b=c'],
      ['here', '/docs/a.html', `http://${host}/docs/a.html`],
      ['path', '//evil.example/a', `http://${host}//evil.example/a`],
      ['folder/index.html', '/docs/', `http://${host}/docs/`],
    ] as const) {
      assertAnswer(await store(key, location), 200);
      for (const method of ['GET', 'HEAD']) {
        const answer = await visit(`/${key.replace('index.html', '')}`, {}, method);
        assert.deepEqual([answer.status, headerOf(answer, 'location')], [301, expected]);
        const read = await send(method, `/${bucket}/${key}`);
        assert.deepEqual([read.status, headerOf(read, 'x-amz-website-redirect-location')], [200, location]);
      }
    }
    await store('secret/moved', 'https://example.com/');
    assert.equal((await visit('/secret/moved')).status, 403);
  });

  it('sends every request elsewhere if it says so', async () => {
    const all =
      '<RedirectAllRequestsTo><HostName>example.com</HostName><Protocol>https</Protocol></RedirectAllRequestsTo>';
    await configure(`<WebsiteConfiguration>${all}</WebsiteConfiguration>`, 'moved-pages');
    const answer = await visit('//evil.example/a', { host: 'moved-pages.website.localhost' });
    assert.deepEqual([answer.status, headerOf(answer, 'location')], [301, 'https://example.com//evil.example/a']);
  });

  it('answers errors as HTML that quotes nothing unescaped', async () => {
    const missing = await visit('/', { host: 'no-such-bucket.website.localhost' });
    assert.equal(missing.status, 404);
    assert.match(missing.body, /<h1>404 Not Found<\/h1>[\s\S]*<li>Code: NoSuchBucket<\/li>/);
    assert.equal(headerOf(missing, 'x-amz-error-code'), 'NoSuchBucket');
    const unconfigured = await visit('/<script>', { host: 'no-pages.website.localhost' });
    assert.equal(headerOf(unconfigured, 'x-amz-error-code'), 'NoSuchWebsiteConfiguration');
    assert.doesNotMatch(unconfigured.body, /<script>/);
  });

  it('takes nothing but GET and HEAD, and serves nobody by a signature', async () => {
    assert.equal((await visit('/a', { body: 'x' }, 'PUT')).status, 405);
    assert.equal((await visit('/a', {}, 'DELETE')).status, 405);
    assert.equal((await send('GET', '/secret/a.html', { host })).status, 403);
    assert.equal((await visit('/secret/a.html?X-Amz-Signature=x')).status, 403);
  });
});
