// Serves an example that runs in a browser: `node examples/serve.mjs <example>`. It stands in for your bundler and your server: it bundles
// main.ts with esbuild, and calls the handlers of app/api/upload/route.ts as Next's app router does.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const { PORT = '5173', CESS_HOME: home = '.cess', CESS_RPC: rpc = 'ws://127.0.0.1:9944' } = process.env;
const [example = ''] = process.argv.slice(2);
const folder = fileURLToPath(new URL(example, import.meta.url));
if (!/^[\w-]+$/.test(example) || !existsSync(join(folder, 'index.html'))) {
  console.error('Name an example: browser-page, upload-form or encrypted-notes.');
  process.exit(2);
}
const account = JSON.parse(readFileSync(join(home, 'credentials.json'), 'utf8'));
const { endpoint } = account;
// What an application has in its configuration. None of it is secret.
const settings = { endpoint, rpc, chainSpec: JSON.parse(readFileSync(join(home, 'chain-spec.json'), 'utf8')) };
// A page may talk to its server, to the gateway and to the chain node, and to nobody else. The light client needs WebAssembly.
const scripts = example === 'browser-page' ? "'self' 'wasm-unsafe-eval'" : "'self'";
const headers = {
  'content-security-policy': `default-src 'self'; script-src ${scripts}; connect-src 'self' ${endpoint} ${rpc}; img-src 'self' data:`,
};

/** @param {string} file @param {'browser' | 'node'} platform @param {string} outdir */
async function bundle(file, platform, outdir) {
  const entryPoints = { main: join(folder, file) };
  const outExtension = { '.js': '.mjs' };
  await build({ entryPoints, outdir, outExtension, bundle: true, format: 'esm', target: 'es2022', platform });
  return join(outdir, 'main.mjs');
}

const output = mkdtempSync(join(tmpdir(), 'cess-example-'));
/** @type {Map<string, readonly [type: string, content: string]>} */
const files = new Map([
  ['/', ['text/html', readFileSync(join(folder, 'index.html'), 'utf8')]],
  ['/main.mjs', ['text/javascript', readFileSync(await bundle('main.ts', 'browser', join(output, 'page')), 'utf8')]],
  ['/settings.json', ['application/json', JSON.stringify(settings)]],
]);

const route = '/api/upload';
/** @type {Record<string, ((request: Request) => Promise<Response>) | undefined>} */
let handlers = {};
if (existsSync(join(folder, `app${route}/route.ts`))) {
  // The handlers take the secret of the account from the environment, as in a deployment.
  process.env['CESS_ENDPOINT'] ??= endpoint;
  process.env['AWS_ACCESS_KEY_ID'] ??= account.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] ??= account.secretAccessKey;
  const module = await bundle(`app${route}/route.ts`, 'node', join(output, 'server'));
  handlers = await import(pathToFileURL(module).href);
}
rmSync(output, { recursive: true });

/** @param {import('node:http').IncomingMessage} request @returns {Promise<Response>} */
async function answer(request) {
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
  const { method = 'GET' } = request;
  const handler = url.pathname === route ? handlers[method] : undefined;
  if (handler !== undefined) {
    const headers = /** @type {Record<string, string>} */ (request.headers);
    return handler(new Request(url, { method, headers, ...(method === 'GET' ? {} : { body: await text(request) }) }));
  }
  const [type, content = null] = files.get(url.pathname) ?? [];
  if (type === undefined) return new Response('Not found', { status: 404 });
  return new Response(content, { headers: { ...headers, 'content-type': type } });
}

/** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
async function respond(request, response) {
  try {
    const answered = await answer(request);
    response.writeHead(answered.status, Object.fromEntries(answered.headers));
    response.end(Buffer.from(await answered.arrayBuffer()));
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
}

const server = createServer((request, response) => void respond(request, response));
server.listen(Number(PORT), '127.0.0.1', () => {
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`${example}: http://127.0.0.1:${address.port}`);
});
