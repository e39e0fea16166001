import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

const files = (folder: string, pattern: RegExp): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => pattern.test(file) && !/node_modules|dist\//.test(file))
    .map((file) => join(folder, file));

const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  ...files('docs', /\.md$/),
  ...files('packages', /README\.md$/),
  ...files('adapters', /README\.md$/),
];
const sources = [...files('packages', /src\/.*\.ts$/), ...files('adapters', /src\/.*\.ts$/)].filter(
  (file) => !file.endsWith('.wasm.ts'),
);

/** Names an `@example` may use without declaring them; a page's samples must be complete instead. */
const PRELUDE = `
import type { Guidance, Model, Predictions, Runtime, Step, TensorOps, Tensor, Schedule, RunInfo, Direction as D } from '@sega/guidance';
declare const model: Model;
declare const runtime: Runtime;
declare const predictions: Predictions;
declare const step: Step;
declare const ops: TensorOps;
declare const x: Tensor;
declare const schedule: Schedule;
declare function show(...values: unknown[]): void;
`;

interface Sample {
  readonly where: string;
  readonly code: string;
}

function pageSamples(page: string): Sample[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match, i) => ({
    where: `${page} sample ${i + 1}`,
    code: match[1]!,
  }));
}

function exampleSamples(source: string, packageName: string, exported: readonly string[]): Sample[] {
  const text = readFileSync(join(root, source), 'utf8');
  const blocks = [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(([comment]) =>
    [...comment.matchAll(/@example\n([\s\S]*?)(?=\n\s*\*\s*@|\*\/)/g)].map((match) =>
      match[1]!.replace(/^\s*\* ?/gm, ''),
    ),
  );
  return blocks.map((block, i) => {
    const code = block.replace(/^```\w*$/gm, '');
    const declared = [...code.matchAll(/(?:const|let|function|class)\s+(?:\{([^}]*)\}|(\w+))/g)].flatMap((m) =>
      (m[1] ?? m[2] ?? '').split(/[,:\s]+/),
    );
    const imported = new Set([...code.matchAll(/import[^;]*?\{([^}]*)\}/g)].flatMap((m) => m[1]!.split(/[,\s]+/)));
    const used = exported.filter(
      (name) =>
        new RegExp(`(?<![.\\w'"])${name}\\b(?!['"])`).test(code) && !declared.includes(name) && !imported.has(name),
    );
    const line = used.length ? `import { ${used.join(', ')} } from '${packageName}';\n` : '';
    const prelude = PRELUDE.split('\n')
      .filter((text) => !declared.some((name) => name && text.startsWith(`declare const ${name}:`)))
      .map((text) =>
        text.startsWith('import type')
          ? text.replace(
              /\{([^}]*)\}/,
              (_, names: string) =>
                `{ ${names
                  .split(',')
                  .map((name) => name.trim())
                  .filter((name) => !used.includes(name) && !declared.includes(name) && !imported.has(name))
                  .join(', ')} }`,
            )
          : text,
      )
      .join('\n');
    return { where: `${source} @example ${i + 1}`, code: `${prelude}${line}${code}` };
  });
}

function compile(samples: readonly Sample[]): string[] {
  const config = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    root,
  );
  const options: ts.CompilerOptions = {
    ...config.options,
    noEmit: true,
    noUnusedLocals: false,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
    types: ['node'],
  };
  const virtual = new Map(samples.map(({ code }, i) => [join(root, `__sample_${i}.ts`), `${code}\nexport {};\n`]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => virtual.has(file) || fileExists(file);
  host.readFile = (file) => virtual.get(file) ?? readFile(file);
  host.getSourceFile = (file, ...rest) =>
    virtual.has(file) ? ts.createSourceFile(file, virtual.get(file)!, rest[0]) : getSourceFile(file, ...rest);
  const program = ts.createProgram([...virtual.keys()], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .filter((one) => one.file && virtual.has(one.file.fileName))
    .map((one) => {
      const index = [...virtual.keys()].indexOf(one.file!.fileName);
      const line = one.file!.getLineAndCharacterOfPosition(one.start!).line;
      return `${samples[index]!.where}: ${ts.flattenDiagnosticMessageText(one.messageText, ' ')} — ${one.file!.text.split('\n')[line]}`;
    });
}

const exportedNames = (entry: string): string[] =>
  [...readFileSync(join(root, entry), 'utf8').matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap((match) =>
    match[1]!
      .split(',')
      .map((name) => name.replace(/\btype\b/, '').trim())
      .filter(Boolean),
  );

describe('documentation', () => {
  it('code samples of pages compile', () => {
    const samples = pages.flatMap(pageSamples);
    expect(samples.length).toBeGreaterThan(3);
    expect(compile(samples)).toEqual([]);
  });

  it('@example blocks of the sources compile', () => {
    const samples = sources.flatMap((source) => {
      const folder = source.split('/').slice(0, 2).join('/');
      const { name } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { name: string };
      return exampleSamples(source, name, exportedNames(`${folder}/src/index.ts`));
    });
    expect(samples.length).toBeGreaterThan(10);
    expect(compile(samples)).toEqual([]);
  });

  it.each(pages)('links of %s lead to files that exist', (page) => {
    const text = readFileSync(join(root, page), 'utf8').replace(/```[\s\S]*?```/g, '');
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map((match) => match[1]!)
      .filter((link) => !/^https?:/.test(link));
    const missing = links.filter(
      (link) =>
        !ts.sys.fileExists(join(root, dirname(page), link)) && !ts.sys.directoryExists(join(root, dirname(page), link)),
    );
    expect(missing.map((link) => relative('.', link))).toEqual([]);
  });
});
