// OSS-1: a page in Chromium, of another origin than the gateway, uploads by a presigned URL and by a signed form, and plays a video
// by ranges; the CORS rules of the bucket decide what it may do.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Endpoint } from './s3/endpoint.js';
import { amzDate, scopeText, signText } from './s3/signing.js';
import { type BrowserPage, chromiumMissing, openPage } from './support/chromium.js';
import { TestNetwork } from './support/network.js';

const bucket = 'browser-pictures';
const rules = (origin: string) =>
  `<CORSConfiguration><CORSRule><AllowedOrigin>${origin}</AllowedOrigin><AllowedMethod>PUT</AllowedMethod><AllowedMethod>POST</AllowedMethod><AllowedMethod>GET</AllowedMethod><AllowedHeader>*</AllowedHeader><ExposeHeader>ETag</ExposeHeader></CORSRule></CORSConfiguration>`;

/** What the page reports of a request. */
type Seen = { readonly status: number; readonly etag: string | null } | { readonly failed: string };

describe('OSS-1 a page in Chromium', { skip: chromiumMissing }, () => {
  let network: TestNetwork;
  let endpoint: Endpoint;
  let browser: BrowserPage;

  before(async () => {
    network = await TestNetwork.create();
    await network.start();
    const { endpoint: url, region, ...keys } = network.credentials;
    endpoint = new Endpoint(url, region, keys);
    await endpoint.send('PUT', `/${bucket}`);
    browser = await openPage(new Map([['entry.js', '']]));
    await allow(new URL(browser.page.url()).origin);
  });
  after(async () => {
    await browser?.close();
    endpoint?.close();
    await network?.destroy();
  });

  async function allow(origin: string): Promise<void> {
    assert.equal((await endpoint.send('PUT', `/${bucket}?cors`, { body: rules(origin) })).status, 200);
  }

  const put = (key: string): Promise<Seen> => {
    const url = endpoint.url + endpoint.presign('PUT', `/${bucket}/${key}`);
    return browser.page.evaluate(async (target) => {
      try {
        const answer = await fetch(target, {
          method: 'PUT',
          body: 'from the page',
          headers: { 'content-type': 'text/x' },
        });
        return { status: answer.status, etag: answer.headers.get('etag') };
      } catch (error) {
        return { failed: String(error) };
      }
    }, url);
  };

  it('uploads by a presigned URL after a preflight request, and reads the exposed entity tag', async () => {
    const seen = await put('presigned');
    assert.ok('status' in seen, JSON.stringify(seen));
    const { headers, text } = await endpoint.send('GET', `/${bucket}/presigned`);
    assert.deepEqual([seen.status, seen.etag, text], [200, headers.etag, 'from the page']);
  });

  it('is kept from uploading by rules for another origin', async () => {
    const { origin } = new URL(browser.page.url());
    await allow('https://elsewhere.example.com');
    assert.ok('failed' in (await put('refused')));
    assert.equal((await endpoint.send('HEAD', `/${bucket}/refused`)).status, 404);
    await allow(origin);
  });

  it('uploads a file by a signed form', async () => {
    const scope = endpoint.scope();
    const signing = {
      'x-amz-algorithm': 'AWS4-HMAC-SHA256',
      'x-amz-credential': `${endpoint.keys.accessKeyId}/${scopeText(scope)}`,
      'x-amz-date': amzDate(scope.date),
    };
    const conditions = [
      { bucket },
      ['starts-with', '$key', 'form/'],
      ['content-length-range', 1, 1000],
      ...Object.entries(signing).map(([name, value]) => ({ [name]: value })),
    ];
    const expiration = new Date(Date.now() + 600_000).toISOString();
    const policy = Buffer.from(JSON.stringify({ expiration, conditions })).toString('base64');
    const fields = {
      key: 'form/picture',
      ...signing,
      policy,
      'x-amz-signature': signText(endpoint.keys, scope, policy),
    };
    const status = await browser.page.evaluate(
      async ({ target, entries }) => {
        const form = new FormData();
        for (const [name, value] of entries) form.append(name, value);
        form.append('file', new File(['a picture'], 'p.png', { type: 'image/png' }));
        return (await fetch(target, { method: 'POST', body: form })).status;
      },
      { target: `${endpoint.url}/${bucket}`, entries: Object.entries(fields) },
    );
    assert.equal(status, 204);
    assert.equal((await endpoint.send('GET', `/${bucket}/form/picture`)).text, 'a picture');
  });

  it('plays a video that it recorded and stored, by ranges', async () => {
    const target = endpoint.url + endpoint.presign('PUT', `/${bucket}/video.webm`);
    const recorded = await browser.page.evaluate(recordVideo, target);
    assert.deepEqual(recorded, 200);
    const ranges: string[] = [];
    browser.page.on('request', (request) => {
      if (request.url().includes('video.webm')) ranges.push(request.headers()['range'] ?? '');
    });
    const source = endpoint.url + endpoint.presign('GET', `/${bucket}/video.webm`);
    const played = await browser.page.evaluate(playVideo, source);
    assert.ok(played.width === 64 && played.time > 0, JSON.stringify(played));
    assert.ok(
      ranges.some((range) => range.startsWith('bytes=')),
      JSON.stringify(ranges),
    );
  });
});

/** In the page: records a second of a canvas, and uploads it. */
async function recordVideo(target: string): Promise<number> {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [64, 48];
  const context = canvas.getContext('2d');
  const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: 'video/webm;codecs=vp8' });
  const pieces: Blob[] = [];
  recorder.addEventListener('dataavailable', ({ data }) => pieces.push(data));
  const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve));
  recorder.start();
  for (let frame = 0; frame < 30; frame++) {
    if (context !== null) context.fillStyle = `hsl(${frame * 12} 100% 50%)`;
    context?.fillRect(0, 0, 64, 48);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  recorder.stop();
  await stopped;
  return (await fetch(target, { method: 'PUT', body: new Blob(pieces) })).status;
}

/** In the page: plays the video until its time advances. */
async function playVideo(source: string): Promise<{ width: number; time: number }> {
  const video = document.createElement('video');
  video.muted = true;
  document.body.append(video);
  const advanced = new Promise((resolve, reject) => {
    video.addEventListener('timeupdate', () => video.currentTime > 0 && resolve(undefined));
    video.addEventListener('error', () => reject(new Error(`the video cannot be played: ${video.error?.message}`)));
  });
  video.src = source;
  await video.play();
  await advanced;
  return { width: video.videoWidth, time: video.currentTime };
}
