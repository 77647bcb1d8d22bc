// Bundles the pages of the console for browsers into dist-web: hashed names, compressed copies beside. Does nothing while all inputs
// of the last build are as they were.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const folder = dirname(dirname(fileURLToPath(import.meta.url)));
const output = join(folder, 'dist-web');
const stampFile = join(output, 'inputs.json');
const page = join(folder, 'src', 'index.html');
const icon = join(folder, 'src', 'icon.svg');

/** Size and time of each input; of those that are gone `null`. */
function stampOf(files) {
  return files.map((file) => {
    const path = join(folder, file);
    if (!existsSync(path)) return [file, null];
    const { size, mtimeMs } = statSync(path);
    return [file, `${size} ${mtimeMs}`];
  });
}

function isCurrent() {
  if (!existsSync(stampFile)) return false;
  const before = JSON.parse(readFileSync(stampFile, 'utf8'));
  return JSON.stringify(stampOf(before.map(([file]) => file))) === JSON.stringify(before);
}

if (!isCurrent()) {
  const { build } = await import('esbuild');
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  const { metafile, outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: { app: 'dist/main.js', styles: 'src/styles/index.css' },
    outdir: output,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    minify: true,
    entryNames: '[name]-[hash]',
    chunkNames: 'chunk-[hash]',
    define: { 'process.env.NODE_ENV': '"production"' },
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  const nameOf = (entry) => basename(outputFiles.find(({ path }) => basename(path).startsWith(`${entry}-`)).path);
  const html = readFileSync(page, 'utf8')
    .replace(
      '%SCRIPT%',
      outputFiles.map(({ path }) => basename(path)).find((name) => /^app-.*\.js$/.test(name)),
    )
    .replace('%STYLES%', nameOf('styles'));
  const files = [
    ...outputFiles.map(({ path, contents }) => [relative(output, path), Buffer.from(contents)]),
    ['index.html', Buffer.from(html)],
    ['icon.svg', readFileSync(icon)],
  ];
  for (const [name, bytes] of files) {
    writeFileSync(join(output, name), bytes);
    writeFileSync(join(output, `${name}.gz`), gzipSync(bytes, { level: 9 }));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
    writeFileSync(join(output, `${name}.br`), brotliCompressSync(bytes, { params }));
  }
  const script = relative(folder, fileURLToPath(import.meta.url));
  const inputs = [...Object.keys(metafile.inputs), relative(folder, page), relative(folder, icon), script].sort();
  writeFileSync(stampFile, JSON.stringify(stampOf(inputs)));
}
