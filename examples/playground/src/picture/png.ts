import type { Image } from '@sega/guidance';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** 8 bits a channel, RGB, the one compression, filter and interlacing there is. */
const FORMAT = [8, 2, 0, 0, 0] as const;

/** A picture as a PNG file, with texts beside the pixels; exactly the pixels given, which a canvas does not promise. */
export async function encodePng(image: Image, texts: Readonly<Record<string, string>>): Promise<Blob> {
  const { width, height } = image;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set(FORMAT, 8);
  return new Blob(
    [
      SIGNATURE,
      chunk('IHDR', header),
      ...Object.entries(texts).map(([keyword, text]) => chunk('iTXt', internationalText(keyword, text))),
      chunk('IDAT', await compressed(scanlines(image))),
      chunk('IEND', new Uint8Array()),
    ],
    { type: 'image/png' },
  );
}

/** Each row, led by the number of its filter: none. */
function scanlines({ width, height, data }: Image): Uint8Array<ArrayBuffer> {
  const row = width * 3;
  const lines = new Uint8Array((row + 1) * height);
  for (let y = 0; y < height; y++) lines.set(data.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  return lines;
}

async function compressed(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** No compression, no language tag, no translated keyword. */
function internationalText(keyword: string, text: string): Uint8Array {
  return new TextEncoder().encode(`${keyword}\0\0\0\0\0${text}`);
}

function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, checksum(bytes.subarray(4, data.length + 8)));
  return bytes;
}

/** CRC-32 as PNG has it. */
function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
