import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createDeferred, isCessError, silentLogger } from '@cess/primitives';
import { MetricsServer } from './index.js';

describe('the endpoint of metrics', () => {
  let scrapes = 0;
  let text: () => Promise<string> = async () => 'cess_x 1\n';
  const scrape = (): Promise<string> => {
    scrapes++;
    return text();
  };
  const init = { host: '127.0.0.1', port: 0, logger: silentLogger, text: () => scrape() };
  const server = new MetricsServer(init);
  before(() => server.start());
  after(() => server.stop());
  const url = (path: string) => new URL(path, server.endpoint);

  it('serves the text with the content type of the format, and HEAD without a body', async () => {
    const answer = await fetch(server.endpoint);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    assert.equal(await answer.text(), 'cess_x 1\n');
    const head = await fetch(server.endpoint, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers.get('content-length'), await head.text()], [200, '9', '']);
  });

  it('is healthy without being scraped', async () => {
    const before = scrapes;
    const answer = await fetch(url('/healthz'));
    assert.deepEqual([answer.status, await answer.text()], [200, 'ok\n']);
    assert.equal(scrapes, before);
  });

  it('knows no other path and no other method', async () => {
    assert.equal((await fetch(url('/'))).status, 404);
    assert.equal((await fetch(url('/metrics/x'))).status, 404);
    const post = await fetch(server.endpoint, { method: 'POST', body: 'x' });
    assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET, HEAD']);
  });

  it('gives one answer to scrapes that come together', async () => {
    const gate = createDeferred<string>();
    text = () => gate.promise;
    const first = scrapes;
    const answers = [fetch(server.endpoint), fetch(server.endpoint)];
    while (scrapes === first) await new Promise((resolve) => setImmediate(resolve));
    // The second has arrived before the health check that was sent behind it is answered.
    await fetch(url('/healthz'));
    gate.resolve('cess_x 2\n');
    assert.deepEqual(await Promise.all(answers.map(async (answer) => (await answer).text())), [
      'cess_x 2\n',
      'cess_x 2\n',
    ]);
    assert.ok(scrapes - first <= 2);
    text = async () => 'cess_x 1\n';
  });

  it('answers 500 without internals when rendering fails, and continues to serve', async () => {
    text = async () => Promise.reject(new Error('/secret/path'));
    const failed = await fetch(server.endpoint);
    assert.equal(failed.status, 500);
    assert.doesNotMatch(await failed.text(), /secret/);
    text = async () => 'cess_x 1\n';
    assert.equal((await fetch(server.endpoint)).status, 200);
  });

  it('names the port that is in use and what to do', async () => {
    const port = Number(new URL(server.endpoint).port);
    const second = new MetricsServer({ ...init, port });
    await assert.rejects(second.start(), (error) => {
      assert.ok(isCessError(error, 'METRICS_PORT_IN_USE'));
      assert.match(error.message, new RegExp(`Port ${port}.*another port`));
      return true;
    });
    await second.stop();
    await assert.rejects(new MetricsServer({ ...init, host: '203.0.113.1' }).start(), (error) =>
      isCessError(error, 'METRICS_LISTEN'),
    );
  });
});
