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

/** What an `@example` may use without declaring it; a page's samples must be complete instead. */
const AMBIENT: Readonly<Record<string, string>> = {
  model: "import('@sega/guidance').Model",
  runtime: "import('@sega/guidance').Runtime",
  predictions: "import('@sega/guidance').Predictions",
  step: "import('@sega/guidance').Step",
  ops: "import('@sega/guidance').TensorOps",
  recording: "import('@sega/guidance').Recording",
  bundle: "import('@sega/bundle').Bundle",
  text: 'string',
  show: '(...values: unknown[]) => void',
};

/** Entries whose exports an `@example` may use without importing them. */
const ENTRIES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(
    JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')).compilerOptions.paths as Record<string, [string]>,
  ).map(([name, [path]]) => [name, path]),
);

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

function exampleSamples(source: string): Sample[] {
  const text = readFileSync(join(root, source), 'utf8');
  const blocks = [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(([comment]) =>
    [...comment.matchAll(/@example\n([\s\S]*?)(?=\n\s*\*\s*@|\*\/)/g)].map((match) =>
      match[1]!.replace(/^\s*\* ?/gm, '').replace(/^```\w*$/gm, ''),
    ),
  );
  return blocks.map((code, i) => ({ where: `${source} @example ${i + 1}`, code: `${prelude(code)}${code}` }));
}

/** Imports and declarations for every known name a sample uses and does not declare or import itself. */
function prelude(code: string): string {
  const own = new Set(
    [
      ...code.matchAll(
        /(?:const|let|using|function|class)\s+(?:\{([^}]*)\}|\[([^\]]*)\]|(\w+))|import[^;]*?\{([^}]*)\}/g,
      ),
    ].flatMap((match) => match.slice(1).flatMap((names) => names?.split(/[,:\s]+/) ?? [])),
  );
  const bare = code.replace(/'[^']*'|\/\/.*$/gm, '');
  const uses = (name: string): boolean => !own.has(name) && new RegExp(`(?<![.\\w])${name}\\b(?!:)`).test(bare);
  const imports = [...exported]
    .filter(([name]) => uses(name))
    .map(([name, entry]) => `import { ${name} } from '${entry}';`);
  const files = ['readFile', 'writeFile'].filter(uses).map((name) => `import { ${name} } from 'node:fs/promises';`);
  const ambient = Object.entries(AMBIENT)
    .filter(([name]) => uses(name))
    .map(([name, type]) => `declare const ${name}: ${type};`);
  return `${[...imports, ...files, ...ambient].join('\n')}\n`;
}

function compile(samples: readonly Sample[], changes: ts.CompilerOptions = {}): string[] {
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
    ...changes,
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

const exported: ReadonlyMap<string, string> = new Map(
  Object.entries(ENTRIES).flatMap(([entry, path]) =>
    [
      ...readFileSync(join(root, path), 'utf8').matchAll(
        /export (?:type )?\{([^}]*)\}|export (?:const|function|class) (\w+)/g,
      ),
    ]
      .flatMap((match) => (match[1] ?? match[2]!).split(','))
      .map((name) => [name.replace(/\btype\b/, '').trim(), entry] as const)
      .filter(([name]) => name !== ''),
  ),
);

describe('documentation', () => {
  it('code samples of pages compile', () => {
    const samples = pages.flatMap(pageSamples);
    expect(samples.length).toBeGreaterThan(3);
    expect(compile(samples)).toEqual([]);
  });

  it('@example blocks of the sources compile', () => {
    const samples = sources.flatMap(exampleSamples);
    expect(samples.length).toBeGreaterThan(10);
    expect(compile(samples, { verbatimModuleSyntax: false })).toEqual([]);
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
