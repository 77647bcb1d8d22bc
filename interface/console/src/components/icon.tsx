// The icons of the console: 24 × 24, strokes only. They are decoration; the text beside them or the label of their button names them.

const paths = {
  bucket:
    'M4 6h16l-1.800 13a2 2 0 0 1-2 1.700H7.800a2 2 0 0 1-2-1.700zM4 6c0-1.700 3.600-3 8-3s8 1.300 8 3-3.600 3-8 3-8-1.300-8-3',
  file: 'M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zm0 0v5h5',
  folder: 'M3 7a2 2 0 0 1 2-2h4l2 2.500h8a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z',
  upload: 'M12 16V4m0 0L7 9m5-5 5 5M4 16v3a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-3',
  download: 'M12 4v12m0 0 5-5m-5 5-5-5M4 20h16',
  trash: 'M4 7h16M9 7V4h6v3m-8 0 1 13h8l1-13M10 11v5m4-5v5',
  plus: 'M12 5v14M5 12h14',
  close: 'M6 6l12 12M18 6 6 18',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 5l12 7-12 7z',
  refresh: 'M20 11a8 8 0 1 0-2.300 6.300M20 5v6h-6',
  move: 'M4 12h15m0 0-5-5m5 5-5 5',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  shield: 'M12 3l8 3v6c0 4.500-3.400 7.700-8 9-4.600-1.300-8-4.500-8-9V6zm-3.500 9 2.500 2.500 4.500-5',
  lock: 'M6 11h12v9H6zm2 0V8a4 4 0 0 1 8 0v3',
  warning: 'M12 4l9 16H3zm0 6v4m0 3v.010',
  wallet: 'M4 7h15a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1zm0 0 11-3v3m1.500 6v.010',
  out: 'M14 4h5v16h-5M4 12h11m0 0-4-4m4 4-4 4',
  swatch: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM16.500 13a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm-7 9a7 7 0 0 1 14 0',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zm5-2 5 5',
  network:
    'M12 8a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM5 21a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zm14 0a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM11 8l-5 8m7-8 5 8M7.500 18.500h9',
  chart: 'M4 20V4m0 16h16M8 16v-4m4 4V8m4 8v-6',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
