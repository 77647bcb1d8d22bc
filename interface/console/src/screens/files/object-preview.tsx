// Previews. Images, video and audio come straight from the gateway, by ranges; text is read as text; a PDF is given to the viewer of the
// browser as a PDF whatever its stored type says. Nothing is ever put into the page as markup.
import { useEffect, useState } from 'react';
import { send } from '../../api/http.js';
import { type ObjectFacts, type ObjectName, objectPath } from '../../api/s3.js';
import { useTexts } from '../../components/context.js';
import { Content } from '../../components/states.js';
import { useLoad } from '../../components/use-load.js';
import { Markdown } from './markdown.js';

const maxTextBytes = 256 * 1024;
const maxPdfBytes = 64 * 1024 * 1024;

const kindsByExtension: Readonly<Record<string, Kind>> = {
  ...Object.fromEntries(
    ['png', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'bmp', 'svg', 'ico'].map((name) => [name, 'image']),
  ),
  ...Object.fromEntries(['mp4', 'm4v', 'webm', 'ogv', 'mov'].map((name) => [name, 'video'])),
  ...Object.fromEntries(['mp3', 'ogg', 'oga', 'wav', 'flac', 'm4a', 'opus'].map((name) => [name, 'audio'])),
  ...Object.fromEntries(
    [
      'txt',
      'log',
      'csv',
      'tsv',
      'json',
      'xml',
      'yaml',
      'yml',
      'toml',
      'ini',
      'html',
      'css',
      'js',
      'ts',
      'py',
      'rs',
      'go',
      'sh',
      'sql',
    ].map((name) => [name, 'text']),
  ),
  md: 'markdown',
  markdown: 'markdown',
  pdf: 'pdf',
};

type Kind = 'image' | 'video' | 'audio' | 'text' | 'markdown' | 'pdf' | 'none';

interface PreviewProps {
  readonly object: ObjectName;
  readonly name: string;
  readonly facts: ObjectFacts;
}

export function previewKind(name: string, type: string): Kind {
  const known = kindsByExtension[name.slice(name.lastIndexOf('.') + 1).toLowerCase()];
  if (known !== undefined) return known;
  const [main = '', sub = ''] = type.split(';')[0]?.trim().toLowerCase().split('/') ?? [];
  if (main === 'image' || main === 'video' || main === 'audio') return main;
  if (sub === 'pdf') return 'pdf';
  if (sub === 'markdown') return 'markdown';
  return main === 'text' || sub === 'json' || sub === 'xml' ? 'text' : 'none';
}

export function ObjectPreview({ object, name, facts }: PreviewProps) {
  const { t } = useTexts();
  const kind = previewKind(name, facts.type);
  const source = objectPath(object);
  const label = t('object.preview.of', { name });
  if (kind === 'image')
    return (
      <div className="preview">
        <img src={source} alt={label} />
      </div>
    );
  if (kind === 'video')
    return (
      <div className="preview">
        {/* biome-ignore lint/a11y/useMediaCaption: stored videos carry their captions inside, if any */}
        <video src={source} controls preload="metadata" aria-label={label} />
      </div>
    );
  if (kind === 'audio')
    return (
      <div className="preview">
        {/* biome-ignore lint/a11y/useMediaCaption: as above */}
        <audio src={source} controls preload="metadata" aria-label={label} />
      </div>
    );
  if (kind === 'pdf' && facts.size <= maxPdfBytes) return <PdfPreview source={source} label={label} />;
  if (kind === 'text' || kind === 'markdown')
    return <TextPreview source={source} size={facts.size} isMarkdown={kind === 'markdown'} />;
  return (
    <div className="preview">
      <p className="soft">{t('object.preview.none')}</p>
    </div>
  );
}

interface TextPreviewProps {
  readonly source: string;
  readonly size: number;
  readonly isMarkdown: boolean;
}

function TextPreview({ source, size, isMarkdown }: TextPreviewProps) {
  const { t, bytes } = useTexts();
  const text = useLoad(source, async () => {
    if (size === 0) return '';
    const answer = await send(source, { headers: { range: `bytes=0-${maxTextBytes - 1}` } });
    return new TextDecoder().decode(await answer.arrayBuffer());
  });
  return (
    <Content of={text}>
      {(value) => (
        <>
          {size > maxTextBytes ? (
            <p className="faint">{t('object.preview.large', { size: bytes(maxTextBytes) })}</p>
          ) : null}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard */}
          <div className="preview" tabIndex={0}>
            {isMarkdown ? <Markdown text={value} /> : <pre>{value}</pre>}
          </div>
        </>
      )}
    </Content>
  );
}

function PdfPreview({ source, label }: { readonly source: string; readonly label: string }) {
  const [url, setUrl] = useState<string>();
  const bytes = useLoad(source, async () => (await send(source)).arrayBuffer());
  const content = bytes.status === 'ready' ? bytes.value : undefined;
  useEffect(() => {
    if (content === undefined) return;
    const created = URL.createObjectURL(new Blob([content], { type: 'application/pdf' }));
    setUrl(created);
    return () => URL.revokeObjectURL(created);
  }, [content]);
  return (
    <Content of={bytes}>
      {() => <div className="preview">{url === undefined ? null : <iframe src={url} title={label} />}</div>}
    </Content>
  );
}
