// The character data of XML 1.0 documents that clients send. A character that cannot be read exactly is an error: a
// key that silently loses a character is another key.
import { S3Error } from './errors.js';

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
/** `&name;`, `&#10;`, `&#xA;`, or an ampersand that begins none of them. */
const references = /&(?:([A-Za-z][\w.-]*)|#(\d{1,8})|#x([0-9a-fA-F]{1,8}));|&/g;

/** Sections that are no markup, by their first and last characters. */
const sections = [
  { open: '<!--', close: '-->' },
  { open: '<![CDATA[', close: ']]>' },
  { open: '<?', close: '?>' },
] as const;

/**
 * The document without comments and processing instructions and with CDATA sections as escaped text. Throws
 * MalformedXML for document types, for other versions and encodings, and for references that mean no character.
 */
export function plainMarkup(text: string): string {
  const out: string[] = [];
  let from = 0;
  for (;;) {
    const at = nextSection(text, from);
    const markup = text.slice(from, at === undefined ? text.length : at.index);
    if (markup.includes('<!') || markup.includes(']]>')) throw new S3Error('MalformedXML');
    decodeReferences(markup);
    out.push(markup);
    if (at === undefined) return out.join('');
    const start = at.index + at.open.length;
    const end = text.indexOf(at.close, start);
    if (end < 0) throw new S3Error('MalformedXML');
    const content = text.slice(start, end);
    if (at.open === '<?') checkInstruction(content, at.index);
    if (at.open === '<!--' && (content.includes('--') || content.endsWith('-'))) throw new S3Error('MalformedXML');
    if (at.open === '<![CDATA[') out.push(escapeMarkup(content));
    from = end + at.close.length;
  }
}

/** Text with every reference replaced by its character. Throws MalformedXML for a reference that means none. */
export function decodeReferences(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(references, (_all, name?: string, decimal?: string, hex?: string) => {
    if (name !== undefined) {
      const character = Object.hasOwn(named, name) ? named[name] : undefined;
      if (character !== undefined) return character;
    } else if (decimal !== undefined || hex !== undefined) {
      const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number.parseInt(decimal, 10);
      if (isCharacter(code)) return String.fromCodePoint(code);
    }
    throw new S3Error('MalformedXML');
  });
}

/** The Char production of XML 1.0 (§2.2). */
function isCharacter(code: number): boolean {
  return (
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  );
}

function nextSection(text: string, from: number) {
  for (let index = text.indexOf('<', from); index >= 0; index = text.indexOf('<', index + 1)) {
    const section = sections.find(({ open }) => text.startsWith(open, index));
    if (section !== undefined) return { ...section, index };
  }
  return undefined;
}

/** The name of a processing instruction: the ASCII subset of XML's names. */
const instructionName = /^[A-Za-z_:][\w:.-]*(?=\s|$)/;

/** The content of `<?…?>`: an XML declaration opens the document and names version 1.0 and, if any, the encoding UTF-8. */
function checkInstruction(content: string, index: number): void {
  const name = instructionName.exec(content)?.[0];
  if (name === undefined) throw new S3Error('MalformedXML');
  if (name.toLowerCase() !== 'xml') return;
  if (name !== 'xml' || index > 0) throw new S3Error('MalformedXML');
  const version = /\sversion\s*=\s*["']([^"']*)["']/.exec(content)?.[1];
  const encoding = /\sencoding\s*=\s*["']([^"']*)["']/.exec(content)?.[1] ?? 'UTF-8';
  if (version !== '1.0' || !/^(utf-?8|us-ascii)$/i.test(encoding)) throw new S3Error('MalformedXML');
}

function escapeMarkup(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
