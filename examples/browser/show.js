/** Puts a picture on a canvas of its size. */
export function show({ width, height, data }, canvas) {
  const pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) pixels.data.set([...data.subarray(i * 3, i * 3 + 3), 255], i * 4);
  canvas.getContext('2d').putImageData(pixels, 0, 0);
}
