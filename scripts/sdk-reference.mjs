// docs/sdk/ has a page for each subpath of @cess/sdk. `node scripts/sdk-reference.mjs` generates them from the compiled declarations
// (build first); `npm run check` fails when a page differs, and when an export has no docstring.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SyntaxKind } from 'typescript/unstable/ast';
import { API, NodeBuilderFlags, SymbolFlags } from 'typescript/unstable/sync';

const pages = 'docs/sdk';
const sdk = 'interface/sdk';
/** A declaration with more lines is a table of the chain, which has a reference of its own. */
const maxLines = 120;

const typeFlags = SymbolFlags.Interface | SymbolFlags.TypeAlias | SymbolFlags.Class;
const notice = `This page is generated from the declarations (\`node scripts/sdk-reference.mjs\`) and checked against them by \`npm run check\`.
[errors.md](../errors.md) explains the codes of errors, [the guide](../operations/sdk.md) how to use the package.`;
/** Their types describe formats and the chain; the chain's metadata and its RPC describe them too. */
const otherReferences = ['node_modules', 'foundation/codec', 'chain/runtime'];

const sections = [
  ['Functions', SymbolFlags.Function],
  ['Classes', SymbolFlags.Class],
  ['Values', SymbolFlags.Variable],
  ['Types', SymbolFlags.Interface | SymbolFlags.TypeAlias],
];

/** `{ problems, files }`: undocumented exports, and the content of each page by its path. */
export function sdkReference(root) {
  const { exports } = JSON.parse(readFileSync(join(root, sdk, 'package.json'), 'utf8'));
  const entries = Object.entries(exports).map(([subpath, { types }]) => [subpath, join(root, sdk, types)]);
  const missing = entries.find(([, file]) => !existsSync(file));
  if (missing !== undefined) throw new Error(`${missing[1]} is missing; run npm run build first`);
  // A project of these declarations alone, which is no file.
  const config = join(root, sdk, 'reference.tsconfig.json');
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2023', 'dom'],
    types: ['node'],
    noEmit: true,
  };
  const content = JSON.stringify({ compilerOptions, files: entries.map(([, file]) => file) });
  const fs = {
    readFile: (path) => (path === config ? content : undefined),
    fileExists: (path) => (path === config ? true : undefined),
  };
  const api = new API({ cwd: root, fs });
  try {
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    const reader = new DeclarationReader(root, project);
    const pages = entries.map(([subpath, file]) => ({
      subpath,
      intro: introOf(root, subpath),
      symbols: reader.exportsOf(file),
    }));
    const problems = pages.flatMap(({ subpath, symbols }) =>
      symbols
        .filter((symbol) => reader.docOf(symbol) === '')
        .map(({ name }) => `@cess/sdk${subpath.slice(1)}: ${name} has no docstring`),
    );
    const homes = new Map(
      pages.toReversed().flatMap(({ subpath, symbols }) => symbols.map(({ id }) => [id, pageOf(subpath)])),
    );
    return { problems, files: new Map(pages.map((page) => [pageOf(page.subpath), renderPage(page, homes, reader)])) };
  } finally {
    api.close();
  }
}

const pageOf = (subpath) => `${pages}/${subpath === '.' ? 'sdk' : subpath.slice(2)}.md`;

/** The comment at the head of the source of a subpath, without its name. */
function introOf(root, subpath) {
  const source = join(root, sdk, 'src', subpath.slice(1), 'index.ts');
  const [, text = ''] = /^\/\/ [^:]+: (.*(?:\n\/\/ .*)*)/.exec(readFileSync(source, 'utf8')) ?? [];
  const intro = text.replaceAll('\n//', '');
  return intro.charAt(0).toUpperCase() + intro.slice(1);
}

class DeclarationReader {
  constructor(root, { checker, program }) {
    Object.assign(this, { root, checker, program });
  }

  exportsOf(file) {
    const module = this.checker.getSymbolAtLocation(this.program.getSourceFile(file));
    return this.checker
      .getExportsOfModule(module)
      .map((symbol) => ({ name: symbol.name, target: this.#target(symbol) }))
      .map((symbol) => ({ ...symbol, id: symbol.target.id }));
  }

  #target(symbol) {
    return (symbol.flags & SymbolFlags.Alias) === 0 ? symbol : this.checker.getAliasedSymbol(symbol);
  }

  docOf({ target }) {
    return this.checker.getDocumentationCommentOfSymbol(target).trim();
  }

  #nodes({ target }) {
    const named = target.declarations.map((handle) => handle.resolve());
    return named.map((node) => (node.kind === SyntaxKind.VariableDeclaration ? node.parent.parent : node));
  }

  /** The declarations as text, with the comments of their members. */
  textOf(symbol) {
    const text = this.#nodes(symbol)
      .map((node) => publicPart(node.getText()))
      .join('\n');
    if (/^type [^=]+= .*\btypeof /.test(text)) return `type ${symbol.name} = ${this.#shapeOf(symbol)};`;
    if (text.split('\n').length <= maxLines && text.length < 80 * maxLines) return text;
    return `${text.split('\n')[0].slice(0, 80)} …`;
  }

  /** The fields of a type that is derived from a codec. */
  #shapeOf({ target }) {
    const flags =
      NodeBuilderFlags.NoTruncation | NodeBuilderFlags.MultilineObjectLiterals | NodeBuilderFlags.InTypeAlias;
    return this.checker
      .typeToString(this.checker.getDeclaredTypeOfSymbol(target), undefined, flags)
      .replaceAll('    ', '  ')
      .replaceAll('<ArrayBufferLike>', '');
  }

  /** The types of this repository that the declarations name. */
  typesNamedBy(symbol) {
    const found = new Map();
    const visit = (node) => {
      const target = this.#typeNamedBy(node);
      if (target !== undefined) found.set(target.id, { name: target.name, target, id: target.id });
      node.forEachChild(visit);
    };
    for (const node of this.#nodes(symbol)) visit(node);
    return [...found.values()];
  }

  #typeNamedBy({ kind, typeName, expression }) {
    const isNamed = kind === SyntaxKind.TypeReference || kind === SyntaxKind.ExpressionWithTypeArguments;
    const used = isNamed ? this.checker.getSymbolAtLocation(typeName ?? expression) : undefined;
    if (used === undefined) return undefined;
    const target = this.#target(used);
    const file = relative(this.root, target.declarations[0]?.resolve()?.getSourceFile().fileName ?? '..');
    const isForeign = file.startsWith('..') || otherReferences.some((folder) => file.startsWith(`${folder}/`));
    return isForeign || (target.flags & typeFlags) === 0 ? undefined : target;
  }
}

/** Without what only the class itself uses. */
function publicPart(text) {
  return text
    .replace(/^(export )?(declare )?/, '')
    .replaceAll(/^ +(?:#private|private [^;{]*(?:\([^;]*\))?);\n/gm, '')
    .replaceAll(/^( {4})+/gm, (indent) => '  '.repeat(indent.length / 4));
}

/** `homes` has the page of every export. Types that no page exports are shown where they are named. */
function renderPage({ subpath, intro, symbols }, homes, reader) {
  const own = new Map(symbols.map((symbol) => [symbol.id, symbol]));
  const others = new Map();
  const queue = [...symbols];
  for (let symbol = queue.shift(); symbol !== undefined; symbol = queue.shift()) {
    for (const named of reader.typesNamedBy(symbol)) {
      if (homes.has(named.id) || others.has(named.id)) continue;
      others.set(named.id, named);
      queue.push(named);
    }
  }
  const linkTo = ({ id, name }) => {
    const isHere = own.has(id) || others.has(id);
    return `[\`${name}\`](${isHere ? '' : relative(pages, homes.get(id))}#${name.toLowerCase()})`;
  };
  const groups = sections.map(([title, flags]) => [
    title,
    symbols.filter(({ target }) => (target.flags & flags) !== 0),
  ]);
  groups.push(['Types that these name', [...others.values()]]);
  return [
    `# \`@cess/sdk${subpath.slice(1)}\`\n\n${intro}\n\n${notice}\n`,
    ...groups
      .filter(([, list]) => list.length > 0)
      .flatMap(([title, list]) => [`\n## ${title}\n`, ...list.map((symbol) => entry(symbol, reader, linkTo))]),
  ].join('');
}

function entry(symbol, reader, linkTo) {
  const links = reader
    .typesNamedBy(symbol)
    .filter(({ id }) => id !== symbol.id)
    .map(linkTo);
  const doc = reader.docOf(symbol).replaceAll(/\s*\n\s*/g, ' ');
  return [
    `\n### \`${symbol.name}\`\n`,
    doc === '' ? '' : `\n${doc}\n`,
    `\n\`\`\`ts\n${reader.textOf(symbol)}\n\`\`\`\n`,
    links.length === 0 ? '' : `\nTypes: ${links.join(', ')}.\n`,
  ].join('');
}

export function checkSdkReference(root) {
  const { problems, files } = sdkReference(root);
  const written = existsSync(join(root, pages)) ? readdirSync(join(root, pages)).map((name) => `${pages}/${name}`) : [];
  const isSame = (path) => existsSync(join(root, path)) && readFileSync(join(root, path), 'utf8') === files.get(path);
  const stale = [...new Set([...written, ...files.keys()])].filter((path) => !isSame(path));
  return [
    ...problems,
    ...stale.map((path) => `${path} differs from the declarations; run node scripts/sdk-reference.mjs`),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const { problems, files } = sdkReference(root);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  rmSync(join(root, pages), { recursive: true, force: true });
  mkdirSync(join(root, pages));
  for (const [path, content] of files) writeFileSync(join(root, path), content);
  if (problems.length > 0) process.exit(1);
}
