// docs/operations/cli.md lists every command. `node scripts/cli-reference.mjs` generates it from the tree of commands
// (interface/cli/dist/program.js, so build first); `npm run check` fails when the page and the tree differ.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const page = 'docs/operations/cli.md';
const intro = `# The \`cess\` command

In a clone it is \`npx cess\`. This page is generated from the commands (\`node scripts/cli-reference.mjs\`) and checked against them
by \`npm run check\`; \`cess <command> --help\` prints the same.

**Where it looks.** The home of the network is \`--home\`, else \`CESS_HOME\`, else \`.cess\` in the present folder. The chain node is
\`--rpc\`, else \`CESS_RPC\`, else that of the running network of the home. Sealed keys take their passphrase from \`CESS_PASSPHRASE\`.

**Output.** Results go to standard output, progress and remarks to standard error. With \`--json\` the result is JSON, for scripts.

| exit code | meaning |
|---|---|
| 0 | The command did what it says. |
| 1 | It failed, or it found a problem that it was asked to look for (\`doctor\`, \`provider check\`, \`audit verify\`). The message ends with a [code](../errors.md). |
| 2 | The command line or a configuration file is wrong. Nothing was done. |

**Something does not work?** \`cess doctor\` looks at the machine, the home, the running network and the territories of the owner, and
says for each problem what to do about it. It changes nothing.

**Completion.** Bash: \`source <(cess completion bash)\`; zsh: \`source <(cess completion zsh)\`; fish:
\`cess completion fish | source\`. The scripts ask the command itself, so that they never fall behind.
`;

const cell = (text) => text.replaceAll('|', '\\|').replaceAll(/<([^>\s]+)>/g, '‹$1›');

function* commandsBelow(command, path) {
  for (const each of command.createHelp().visibleCommands(command)) {
    if (each.name() === 'help') continue;
    const name = `${path} ${each.name()}`;
    yield { command: each, name };
    yield* commandsBelow(each, name);
  }
}

function section({ command, name }) {
  const args = command.registeredArguments.map((argument) => {
    const text = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? ` <${text}>` : ` [${text}]`;
  });
  const rows = command.options
    .filter(({ hidden }) => !hidden)
    .map(({ flags, description, defaultValue }) => {
      const value =
        defaultValue === undefined || defaultValue === false ? '' : ` (default: ${[defaultValue].flat().join(', ')})`;
      return `| \`${flags.replaceAll('|', '\\|')}\` | ${cell(description)}${cell(value)} |`;
    });
  const table = rows.length === 0 ? '' : `\n| option | |\n|---|---|\n${rows.join('\n')}\n`;
  return `\n### \`${name}${args.join('')}\`\n\n${sentence(command.description())}\n${table}`;
}

function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

async function render(root) {
  const compiled = join(root, 'interface', 'cli', 'dist', 'program.js');
  if (!existsSync(compiled)) throw new Error(`${compiled} is missing; run npm run build first`);
  const program = (await import(pathToFileURL(compiled).href)).createProgram();
  const general = program.options.map(({ flags, description }) => `| \`${flags}\` | ${cell(description)} |`);
  const all = [...commandsBelow(program, 'cess')];
  return [
    intro,
    `\n## Options of every command\n\n| option | |\n|---|---|\n${general.join('\n')}\n`,
    '\n## Commands\n',
    ...all.map(section),
  ].join('');
}

export async function checkCliReference(root) {
  const written = existsSync(join(root, page)) ? readFileSync(join(root, page), 'utf8') : '';
  return written === (await render(root))
    ? []
    : [`${page} differs from the commands; run node scripts/cli-reference.mjs`];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  writeFileSync(join(root, page), await render(root));
}
