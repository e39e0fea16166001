import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { httpFiles, httpFolder, openBundle } from '@sega/bundle';
import { stableDiffusion } from '@sega/tiny-faces';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let server: Server;
let address: string;

/** Serves tiny-faces: plainly, compressed, without HEAD, and with a page for what is not there. */
beforeAll(async () => {
  server = createServer(async (request, response) => {
    const [, way = '', ...path] = decodeURIComponent(request.url!).split('/');
    if (way === 'plain-get' && request.method === 'HEAD') return response.writeHead(405).end();
    try {
      const bytes = await readFile(join(stableDiffusion, ...path));
      const body = way === 'compressed' ? gzipSync(bytes) : bytes;
      const headers = { 'content-length': body.length, 'content-type': 'application/octet-stream' };
      response.writeHead(200, way === 'compressed' ? { ...headers, 'content-encoding': 'gzip' } : headers);
      response.end(request.method === 'HEAD' ? undefined : body);
    } catch {
      if (way === 'with-page')
        response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<!doctype html>');
      else response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

describe('httpFolder', () => {
  it.each(['plainly', 'compressed', 'plain-get', 'with-page'])('opens a bundle served %s', async (way) => {
    const bundle = await openBundle(httpFolder(`${address}/${way}`));
    expect(bundle.manifest.name).toBe('tiny-faces/stable-diffusion');
    expect(bundle.graph('denoiser').location).toBe(`${address}/${way}/unet/model.onnx`);
    expect((await bundle.tokenizer()).encode('a king').ids.length).toBeGreaterThan(2);
  });

  it('takes an address with or without a slash at its end', () => {
    expect(httpFolder(`${address}/a`).locate('b/c.json')).toBe(`${address}/a/b/c.json`);
    expect(httpFolder(new URL(`${address}/a/`)).locate('b c.json')).toBe(`${address}/a/b%20c.json`);
  });

  it.each(['plainly', 'with-page'])('tells a file missing from a server that answers %s', async (way) => {
    const files = httpFolder(`${address}/${way}`);
    expect(await files.has('nothing.json')).toBe(false);
    await expect(files.read('nothing.json')).rejects.toMatchObject({ code: 'BUNDLE_FILE_MISSING' });
    await expect(files.size!('nothing.json')).rejects.toMatchObject({ code: 'BUNDLE_FILE_MISSING' });
  });

  it('tells a folder without a bundle', async () => {
    await expect(openBundle(httpFolder(`${address}/plainly/unet`))).rejects.toMatchObject({ code: 'BUNDLE_NOT_FOUND' });
  });

  it('tells a server that cannot be reached', async () => {
    await expect(openBundle(httpFolder('http://127.0.0.1:1/'))).rejects.toMatchObject({ code: 'BUNDLE_NOT_FOUND' });
  });

  it.each(['ftp://models.example/', 'models/tiny', ''])('refuses %j', (wrong) => {
    expect(() => httpFolder(wrong)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });
});

describe('httpFiles', () => {
  const listed = ['bundle.json', 'unet/config.json', 'unet/model.onnx'];
  const addresses = (): Record<string, string> =>
    Object.fromEntries(listed.map((path) => [path, `${address}/plainly/${path}`]));

  it('opens a bundle whose files lie anywhere, small ones in their addresses', async () => {
    const manifest = JSON.parse(await readFile(join(stableDiffusion, 'bundle.json'), 'utf8'));
    const inline = `data:application/json;base64,${Buffer.from(JSON.stringify(manifest)).toString('base64')}`;
    const all = ['bundle.json', ...Object.keys(manifest.files)];
    const ways = ['plainly', 'compressed', 'plain-get'];
    const scattered = Object.fromEntries(all.map((path, i) => [path, `${address}/${ways[i % 3]}/${path}`]));
    const bundle = await openBundle(httpFiles({ ...scattered, 'bundle.json': inline }));
    expect(bundle.graph('denoiser').location).toBe(scattered['unet/model.onnx']);
  });

  it('has nothing but what is listed', async () => {
    const files = httpFiles(addresses());
    expect(await files.has('unet/model.onnx')).toBe(true);
    expect(await files.has('tokenizer/vocab.json')).toBe(false);
    await expect(files.read('tokenizer/vocab.json')).rejects.toMatchObject({ code: 'BUNDLE_FILE_MISSING' });
    await expect(openBundle(files)).rejects.toMatchObject({ code: 'BUNDLE_FILE_MISSING' });
  });

  it('refuses addresses without that of bundle.json', () => {
    expect(() => httpFiles({ 'unet/model.onnx': '/model.onnx' })).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID' }),
    );
  });
});
