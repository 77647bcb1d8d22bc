// cess completion: a script that makes a shell complete the words of `cess` commands.
import { print } from '../output.js';

export type Shell = 'bash' | 'zsh' | 'fish';

/** Each asks `cess complete`, and falls back to file names where it has no answer. */
const scripts: Readonly<Record<Shell, string>> = {
  bash: `_cess() {
  local IFS=$'\\n'
  COMPREPLY=($(cess complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -o bashdefault -F _cess cess`,
  zsh: `#compdef cess
_cess() {
  local -a found
  found=("\${(@f)$(cess complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -a found; else _files; fi
}
compdef _cess cess`,
  fish: `function __cess_complete
  set -l words (commandline -opc) (commandline -ct)
  cess complete -- $words[2..-1] 2>/dev/null
end
complete -c cess -a '(__cess_complete)'`,
};

export function printCompletion(shell: Shell): void {
  print(scripts[shell]);
}
