/** Points joined in their order. @internal */
export interface Curve {
  readonly label: string;
  readonly points: readonly { readonly x: number; readonly y: number; readonly label: string }[];
}

const [WIDTH, HEIGHT, MARGIN, LEGEND] = [720, 440, 56, 130] as const;
/** Of Okabe and Ito, told apart also by those who see few colours. */
const COLOURS = ['#000000', '#e69f00', '#56b4e9', '#009e73', '#d55e00', '#0072b2', '#cc79a7', '#888888', '#8a6d00'];

/**
 * Shares against shares as an SVG: one curve for each label, every point with its own small one.
 *
 * @internal
 */
export function curvesPlot(yTitle: string, xTitle: string, curves: readonly Curve[]): string {
  const points = curves.flatMap((curve) => curve.points);
  const across = ticksOver(0, Math.max(0.05, ...points.map(({ x }) => x)));
  const up = ticksOver(Math.min(0.95, ...points.map(({ y }) => y)), 1);
  const [right, low] = [across.at(-1)!, up[0]!];
  const [plotWidth, plotHeight] = [WIDTH - 2 * MARGIN - LEGEND, HEIGHT - 2 * MARGIN];
  const px = (x: number): string => (MARGIN + (x / right) * plotWidth).toFixed(1);
  const py = (y: number): string => (MARGIN + ((1 - y) / (1 - low)) * plotHeight).toFixed(1);
  const [bottom, end] = [HEIGHT - MARGIN, MARGIN + plotWidth];
  const text = (x: number | string, y: number | string, words: string, more = ''): string =>
    `<text x="${x}" y="${y}" ${more}>${words}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">`,
    `<title>${yTitle} against ${xTitle}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    ...across.map((x) => text(px(x), bottom + 16, shareOf(x), 'text-anchor="middle"')),
    ...up.map(
      (y) =>
        `<path d="M${MARGIN} ${py(y)}H${end}" stroke="#dddddd"/>` +
        text(MARGIN - 6, Number(py(y)) + 4, shareOf(y), 'text-anchor="end"'),
    ),
    text(MARGIN + plotWidth / 2, HEIGHT - 14, xTitle, 'text-anchor="middle" font-size="13"'),
    text(MARGIN - 40, MARGIN - 20, yTitle, 'font-size="13"'),
    ...curves.flatMap(({ label, points: own }, i) => {
      const colour = COLOURS[i % COLOURS.length]!;
      const row = MARGIN + 16 * i;
      return [
        `<polyline fill="none" stroke="${colour}" points="${own.map(({ x, y }) => `${px(x)},${py(y)}`).join(' ')}"/>`,
        ...own.map(({ x, y }) => `<circle cx="${px(x)}" cy="${py(y)}" r="3" fill="${colour}"/>`),
        ...own.map((point) =>
          text(px(point.x), Number(py(point.y)) - 5, point.label, `fill="${colour}" font-size="9"`),
        ),
        `<path d="M${end + 16} ${row}h18" stroke="${colour}" stroke-width="2"/>`,
        text(end + 40, row + 4, label),
      ];
    }),
    '</svg>',
    '',
  ].join('\n');
}

/** Round numbers, five to ten of them, that reach over both ends. */
function ticksOver(from: number, to: number): readonly number[] {
  const least = (to - from) / 8;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= least)!;
  // What rounding adds to a quotient must not add a tick.
  const [first, last] = [Math.floor(from / step + 1e-9), Math.ceil(to / step - 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** In percent, with as many digits as it takes. */
function shareOf(value: number): string {
  return `${Number((100 * value).toFixed(2))} %`;
}
