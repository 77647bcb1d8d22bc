// The sender of webhooks against real HTTP servers: signature, answers, bounds, and addresses that it must not reach.
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { webhookHeaders, webhookKey } from './signature.js';
import { WebhookSender } from './webhook-sender.js';
import type { WebhookTarget } from './webhook-target.js';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const key = webhookKey(secret) ?? Buffer.alloc(0);
const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: Buffer.from('{"test": 2432232314}') };
const signal = new AbortController().signal;

const servers: Server[] = [];
const senders: WebhookSender[] = [];
afterEach(async () => {
  for (const sender of senders.splice(0)) sender.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

interface Receiver {
  readonly port: number;
  readonly requests: {
    readonly headers: IncomingMessage['headers'];
    readonly body: string;
    readonly address: string;
  }[];
}

async function receiver(answer: RequestListener, host = '127.0.0.1'): Promise<Receiver> {
  const requests: Receiver['requests'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { headers, socket } = request;
      requests.push({ headers, body: Buffer.concat(chunks).toString(), address: socket.localAddress ?? '' });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  servers.push(server);
  return { port: (server.address() as AddressInfo).port, requests };
}

const ok: RequestListener = (_request, response) => response.writeHead(204).end();

function senderTo(
  url: string,
  more: Partial<WebhookTarget> = {},
  resolve?: (name: string) => Promise<string>,
): WebhookSender {
  const target = { name: 't', url, key, ...more };
  const resolver = resolve && (async (name: string) => [{ address: await resolve(name), family: 4 }]);
  const sender = new WebhookSender({ target, nowMs: () => 1_614_265_330_000, ...(resolver && { resolve: resolver }) });
  senders.push(sender);
  return sender;
}

const loopback = { allowedAddresses: ['127.0.0.1/32'] };

describe('the signature of a webhook', () => {
  it('is that of the test vector of Standard Webhooks', () => {
    const headers = webhookHeaders(key, message, 1_614_265_330_999);
    assert.deepEqual(headers, {
      'webhook-id': message.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('needs a secret of 24 to 64 bytes in base64 with the prefix whsec_', () => {
    const wrong = ['', 'whsec_', 'whsec_c2hvcnQ=', secret.slice(6), 'whsec_!!!!', `whsec_${'A'.repeat(88)}`];
    for (const text of wrong) assert.equal(webhookKey(text), undefined, text);
  });
});

describe('a webhook', () => {
  it('is posted with its signature and delivered by any 2xx answer', async () => {
    const { port, requests } = await receiver(ok);
    assert.deepEqual(await senderTo(`http://127.0.0.1:${port}/hook`, loopback).send(message, signal), {
      result: 'delivered',
    });
    const [request] = requests;
    assert.equal(request?.body, message.body.toString());
    assert.equal(request?.headers['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
    assert.equal(request?.headers['content-type'], 'application/json');
  });

  it('does not follow a redirect', async () => {
    const inner = await receiver(ok);
    const outer = await receiver((_request, response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${inner.port}/` }).end(),
    );
    const outcome = await senderTo(`http://127.0.0.1:${outer.port}`, loopback).send(message, signal);
    assert.deepEqual(outcome, { result: 'rejected', reason: 'the receiver answered 307' });
    assert.equal(inner.requests.length, 0);
  });

  it('is rejected by 4xx, and the target unavailable by 429 and 5xx with the time that the receiver asks for', async () => {
    let status = 400;
    const { port } = await receiver((_request, response) => response.writeHead(status, { 'retry-after': '7' }).end());
    const sender = senderTo(`http://127.0.0.1:${port}`, loopback);
    assert.equal((await sender.send(message, signal)).result, 'rejected');
    for (status of [429, 500, 503])
      assert.deepEqual(await sender.send(message, signal), {
        result: 'unavailable',
        reason: `the receiver answered ${status}`,
        retryAfterMs: 7000,
      });
  });

  it('times out when the receiver does not answer', async () => {
    const { port } = await receiver(() => {});
    const outcome = await senderTo(`http://127.0.0.1:${port}`, { ...loopback, timeoutMs: 50 }).send(message, signal);
    assert.deepEqual(outcome, { result: 'unavailable', reason: 'the request timed out' });
  });

  it('reads only the beginning of an endless answer', async () => {
    let written = 0;
    const { port } = await receiver((_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) written++;
      };
      response.writeHead(200).on('drain', more);
      more();
    });
    assert.deepEqual(await senderTo(`http://127.0.0.1:${port}`, loopback).send(message, signal), {
      result: 'delivered',
    });
    assert.ok(written < 1_000);
  });

  it('stops when the gateway stops', async () => {
    const { port } = await receiver(() => controller.abort());
    const controller = new AbortController();
    await assert.rejects(senderTo(`http://127.0.0.1:${port}`, loopback).send(message, controller.signal));
  });
});

describe('a webhook reaches no address that is not public', () => {
  const spellings = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    'localhost',
    '[::1]',
    '[::ffff:127.0.0.1]',
  ];
  for (const host of spellings) {
    it(`when its URL names ${host}`, async () => {
      const { port, requests } = await receiver(ok);
      const outcome = await senderTo(`http://${host}:${port}`).send(message, signal);
      assert.equal(outcome.result, 'unavailable');
      assert.match('reason' in outcome ? outcome.reason : '', /is not public/);
      assert.equal(requests.length, 0);
    });
  }

  it('when a name resolves to one', async () => {
    const { port, requests } = await receiver(ok);
    const outcome = await senderTo(`http://hook.example:${port}`, {}, async () => '127.0.0.1').send(message, signal);
    assert.equal(outcome.result, 'unavailable');
    assert.equal(requests.length, 0);
  });

  it('when the name server gives another answer after the check: each connection goes to the address that was checked', async () => {
    const { port, requests } = await receiver(
      (_request, response) => response.writeHead(204, { connection: 'close' }).end(),
      '0.0.0.0',
    );
    const answers = ['127.0.0.2', '127.0.0.1', '127.0.0.2'];
    let asked = 0;
    const sender = senderTo(
      `http://hook.example:${port}`,
      { allowedAddresses: ['127.0.0.2/32'] },
      async () => answers[asked++] ?? '',
    );
    const results: string[] = [];
    for (const _ of answers) results.push((await sender.send(message, signal)).result);
    assert.deepEqual(results, ['delivered', 'unavailable', 'delivered']);
    assert.deepEqual(
      requests.map(({ address }) => address),
      ['127.0.0.2', '127.0.0.2'],
    );
    assert.equal(asked, 3);
  });
});
