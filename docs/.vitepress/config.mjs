// The documentation as a site: `npm run docs` builds it into docs/.vitepress/dist, and fails on a link that leads nowhere.
// The pages are the files of docs/ and of the root, as they stand; this file only orders them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The title of a page is its first heading. */
function titleOf(path) {
  return (/^# (.+)$/m.exec(readFileSync(join(root, path), 'utf8'))?.[1] ?? path).replaceAll('`', '');
}

const page = (path) => ({ text: titleOf(path), link: `/${path.replace(/\.md$/, '')}` });

function pagesIn(folder, { first = [] } = {}) {
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith('.md') && name !== 'README.md');
  const rest = names.filter((name) => !first.includes(name)).sort();
  return [...first, ...rest].map((name) => page(`${folder}/${name}`));
}

/** The guides for each kind of reader, most used first. A page may serve several. */
const guides = {
  'Store and read files': [
    's3.md',
    'accounts.md',
    'storage-classes.md',
    'receipts.md',
    'native-api.md',
    'cli.md',
    'sdk.md',
  ],
  'Run a network': [
    'embedded-network.md',
    'processes.md',
    'container.md',
    'observability.md',
    'failing-disks.md',
    'recovery.md',
  ],
  'Run a gateway': ['fleet.md', 'admin-api.md', 's3-coverage.md'],
  'Run a provider or a TEE worker': ['tee-worker.md'],
  'Run a chain node or a validator': ['following-node.md', 'validators.md', 'consortium.md', 'chain-rpc.md'],
};
const guided = new Set(Object.values(guides).flat());
const others = readdirSync(join(root, 'docs/operations'))
  .filter((name) => name.endsWith('.md') && !guided.has(name))
  .sort();
const guide = (names) => names.map((name) => page(`docs/operations/${name}`));

export default {
  title: 'CESS',
  description: 'A verifiable storage network that anyone can run',
  lang: 'en',
  srcDir: '..',
  srcExclude: ['**/node_modules/**', '**/dist/**', '**/dist-test/**', '.github/**', '.cess/**'],
  rewrites: { 'README.md': 'index.md' },
  cleanUrls: true,
  // Pages are prose: a text in angle brackets is a placeholder, no component.
  markdown: { html: false },
  // No pages: the licence, and a folder of vectors.
  ignoreDeadLinks: [/^\.\/(LICENSE|vectors)$/],
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Tour', link: '/#five-minutes-with-real-clients' },
      { text: 'Operations', link: '/docs/operations/embedded-network' },
      { text: 'Protocol', link: '/docs/protocol/README' },
      { text: 'Errors', link: '/docs/errors' },
    ],
    sidebar: [
      {
        text: 'Start',
        items: [
          { text: 'Tour', link: '/' },
          page('docs/architecture.md'),
          page('docs/glossary.md'),
          page('docs/errors.md'),
        ],
      },
      ...Object.entries(guides).map(([text, names]) => ({ text, items: guide(names) })),
      ...(others.length === 0 ? [] : [{ text: 'More operations', items: guide(others) }]),
      { text: 'Reference of the SDK', collapsed: true, items: pagesIn('docs/sdk', { first: ['sdk.md'] }) },
      { text: 'Protocol', collapsed: true, items: [page('docs/protocol/README.md'), ...pagesIn('docs/protocol')] },
      { text: 'Decisions', collapsed: true, items: [page('docs/adr/README.md'), ...pagesIn('docs/adr')] },
      {
        text: 'Project',
        collapsed: true,
        items: [
          ...['docs/roadmap.md', 'docs/requirements.md', 'docs/performance.md'].map(page),
          ...['CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'].map(page),
        ],
      },
    ],
  },
};
