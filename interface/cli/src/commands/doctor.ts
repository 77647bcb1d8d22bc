// cess doctor: finds what is wrong with an installation and says how to mend it. It changes nothing.
import type { CliContext } from '../context.js';
import type { Finding } from '../doctor/finding.js';
import { checkChainSpec, checkCredentials, checkDisk, checkHome, checkSecrets } from '../doctor/home.js';
import { checkMemory, checkNode, checkOpenFiles } from '../doctor/machine.js';
import { checkNetwork } from '../doctor/network.js';
import { checkOwner } from '../doctor/owner.js';
import { print } from '../output.js';

const marks = { ok: 'ok     ', warning: 'WARNING', problem: 'PROBLEM', skipped: '-      ' } as const;

/** Exit code 1 where there is a problem; warnings leave it at 0. */
export async function runDoctor(context: CliContext): Promise<void> {
  const { home } = context;
  const findings: Finding[] = [];
  const width = 20;
  const show = (found: readonly Finding[]) => {
    findings.push(...found);
    if (context.json) return;
    for (const { check, verdict, found: text, mend } of found) {
      print(`${marks[verdict]}  ${check.padEnd(width)} ${text}`);
      if (mend !== undefined) print(`${' '.repeat(width + 10)}→ ${mend}`);
    }
  };
  show([checkNode(), checkMemory(), checkOpenFiles()]);
  const folder = checkHome(home);
  show([folder]);
  if (folder.verdict === 'ok')
    show([checkDisk(home), checkSecrets(home), checkCredentials(home), checkChainSpec(home)]);
  show(await checkNetwork(context));
  if (findings.some(({ check, verdict }) => check === 'chain RPC' && verdict === 'ok')) show(await checkOwner(context));
  const count = (verdict: Finding['verdict']) => findings.filter((finding) => finding.verdict === verdict).length;
  const problems = count('problem');
  if (context.json) print(JSON.stringify({ problems, warnings: count('warning'), findings }, null, 2));
  else print(`\n${problems} problems, ${count('warning')} warnings.`);
  if (problems > 0) process.exitCode = 1;
}
