// Markdown as elements: headings, paragraphs, lists, quotes, code, emphasis, links. HTML in it stays text, images are not loaded, and
// links lead only to http, https and mailto.
import type { ReactNode } from 'react';

type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'paragraph' | 'quote'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'list'; readonly isOrdered: boolean; readonly items: readonly string[] };

export function Markdown({ text }: { readonly text: string }) {
  return (
    <div className="markdown">
      {blocksOf(text).map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of a text have no other name
        <MarkdownBlock key={index} block={block} />
      ))}
    </div>
  );
}

function MarkdownBlock({ block }: { readonly block: Block }) {
  switch (block.kind) {
    case 'heading': {
      const Heading = block.level <= 2 ? 'h3' : 'h4';
      return <Heading>{inline(block.text)}</Heading>;
    }
    case 'code':
      return (
        <pre>
          <code>{block.text}</code>
        </pre>
      );
    case 'quote':
      return <blockquote>{inline(block.text)}</blockquote>;
    case 'list': {
      const List = block.isOrdered ? 'ol' : 'ul';
      return (
        <List>
          {block.items.map((item, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the items of a list have no other name
            <li key={index}>{inline(item)}</li>
          ))}
        </List>
      );
    }
    case 'paragraph':
      return <p>{inline(block.text)}</p>;
  }
}

export function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  let paragraph: string[] = [];
  const flush = () => {
    if (paragraph.length > 0) blocks.push({ kind: 'paragraph', text: paragraph.join(' ') });
    paragraph = [];
  };
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    const item = /^\s*([-*+]|\d+[.)])\s+(.*)$/.exec(line);
    if (line.startsWith('```')) {
      flush();
      const end = lines.findIndex((one, index) => index > at && one.startsWith('```'));
      const to = end < 0 ? lines.length : end;
      blocks.push({ kind: 'code', text: lines.slice(at + 1, to).join('\n') });
      at = to;
    } else if (heading !== null) {
      flush();
      blocks.push({ kind: 'heading', level: heading[1]?.length ?? 1, text: heading[2] ?? '' });
    } else if (item !== null) {
      flush();
      const isOrdered = /\d/.test(item[1] ?? '');
      const before = blocks.at(-1);
      const isSame = before?.kind === 'list' && before.isOrdered === isOrdered && (lines[at - 1] ?? '') !== '';
      const items = isSame ? [...before.items, item[2] ?? ''] : [item[2] ?? ''];
      if (isSame) blocks.pop();
      blocks.push({ kind: 'list', isOrdered, items });
    } else if (line.startsWith('>')) {
      flush();
      blocks.push({ kind: 'quote', text: line.replace(/^>\s?/, '') });
    } else if (line.trim() === '') flush();
    else paragraph.push(line.trim());
  }
  flush();
  return blocks;
}

const spans = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|!?\[([^\]]*)\]\(((?:[^()\s]|\([^()\s]*\))+)\)/g;

function inline(text: string): readonly ReactNode[] {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(spans)) {
    const [whole, code, strong, emphasis, label, target] = match;
    parts.push(text.slice(end, match.index));
    end = match.index + whole.length;
    const key = match.index;
    if (code !== undefined) parts.push(<code key={key}>{code}</code>);
    else if (strong !== undefined) parts.push(<strong key={key}>{strong}</strong>);
    else if (emphasis !== undefined) parts.push(<em key={key}>{emphasis}</em>);
    else parts.push(linkOf(key, label ?? '', target ?? ''));
  }
  return [...parts, text.slice(end)];
}

function linkOf(key: number, label: string, target: string): ReactNode {
  if (!isSafeTarget(target)) return label;
  return (
    <a key={key} href={target} target="_blank" rel="noopener noreferrer">
      {label}
    </a>
  );
}

export function isSafeTarget(target: string): boolean {
  return /^(https?:\/\/|mailto:)/i.test(target);
}
