import { posix } from 'node:path';

/** One source file as the rules see it: its path from the package's root, with slashes, and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

interface Layer {
  readonly folder: string;
  /** Folders and files it may import from, beside itself. */
  readonly uses: readonly string[];
  /** What it may import types from and nothing that runs. */
  readonly usesTypesOf?: readonly string[];
  /** No Node module, no package, no process, no console: data in, data out. */
  readonly pure?: boolean;
}

const OUTSIDE = { uses: ['src/trace', 'src/package-root.ts'], usesTypesOf: ['src/target/target.ts'] };

/** architecture: trace ← analysis ← report ← cli; what touches the outside knows trace and not each other. */
const LAYERS: readonly Layer[] = [
  { folder: 'src/trace', uses: [], pure: true },
  { folder: 'analysis', uses: ['src/trace'], pure: true },
  // The report page's front end runs in a browser and has packages of its own.
  { folder: 'src/report/html/app', uses: ['src/trace', 'analysis', 'src/report'] },
  { folder: 'src/report/html/build', uses: ['src/report/html', 'src/package-root.ts'] },
  { folder: 'src/report', uses: ['src/trace', 'analysis'], pure: true },
  { folder: 'src/target', ...OUTSIDE },
  { folder: 'src/bpf', ...OUTSIDE },
  // A capture can be a file of another program: the store hands it to the importers' public face.
  { folder: 'src/store', uses: [...OUTSIDE.uses, 'src/import/index.ts'], usesTypesOf: OUTSIDE.usesTypesOf },
  { folder: 'src/import', ...OUTSIDE },
  // A snapshot is read as a log is: by what a blocked stack means, and with the kernel's own log beside it.
  {
    folder: 'src/snapshot',
    uses: [...OUTSIDE.uses, 'src/import/index.ts'],
    usesTypesOf: OUTSIDE.usesTypesOf,
  },
  { folder: 'src/simulate', uses: ['src/trace'], pure: true },
  // A live watch is the capture, the stores and the analysis at work together; the command line gives it the target.
  {
    folder: 'src/watch',
    uses: ['src/trace', 'src/store', 'src/bpf', 'analysis'],
    usesTypesOf: ['src/target/target.ts'],
  },
  // SQL over a capture, and captures in the formats of other tools: an analysis is written out as it is made.
  { folder: 'src/query', uses: ['src/trace', 'analysis', 'src/store'] },
  { folder: 'src/export', uses: ['src/trace', 'analysis', 'src/report', 'src/store', 'src/query'] },
  { folder: 'src/lab', uses: [...OUTSIDE.uses, 'vm'], usesTypesOf: OUTSIDE.usesTypesOf },
  { folder: 'vm', uses: [] },
  { folder: 'src/package-root.ts', uses: [] },
  { folder: 'src/cli', uses: ['src', 'analysis', 'vm'] },
];

/** Everything in a file that its layer forbids, as sentences; a file in no layer is a violation itself. */
export function findViolations({ path, text }: Source): string[] {
  const layer = LAYERS.find(({ folder }) => isWithin(path, folder));
  if (layer === undefined) {
    return [`${path} lies in no layer`];
  }
  const imports = findImports(text).flatMap((found) => checkImport(path, layer, found));
  const globals = layer.pure ? findGlobals(text).map((name) => `${path} uses ${name}`) : [];
  return [...imports, ...globals];
}

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

/** Static, re-exporting, side-effect and dynamic imports; comments do not count. */
export function findImports(text: string): Import[] {
  const code = withoutComments(text);
  const clauses = code.matchAll(
    /(?:^|[;\n])\s*(?:import|export)\s+(type\s)?[^;'"]*?from\s*['"]([^'"]+)['"]/g,
  );
  const bare = code.matchAll(/(?:^|[;\n])\s*import\s*['"]([^'"]+)['"]/g);
  const dynamic = code.matchAll(/\bimport\s*\(\s*(?:['"`]([^'"`]+)['"`]|([^)]*))/g);
  return [
    ...Array.from(clauses, ([, type, specifier]) => ({
      specifier: specifier!,
      typeOnly: type !== undefined,
    })),
    ...Array.from(bare, ([, specifier]) => ({ specifier: specifier!, typeOnly: false })),
    ...Array.from(dynamic, ([, specifier, other]) => ({
      specifier: specifier ?? `(${other})`,
      typeOnly: false,
    })),
  ];
}

function checkImport(path: string, layer: Layer, { specifier, typeOnly }: Import): string[] {
  if (!specifier.startsWith('.')) {
    return layer.pure ? [`${path} imports ${specifier}`] : [];
  }
  const target = posix.join(posix.dirname(path), specifier);
  const allowed = [layer.folder, ...layer.uses, ...(typeOnly ? (layer.usesTypesOf ?? []) : [])];
  return allowed.some((folder) => isWithin(target, folder)) ? [] : [`${path} imports ${target}`];
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Ways out of a pure module that need no import. */
function findGlobals(text: string): string[] {
  const code = withoutComments(text).replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");
  return ['process', 'console', 'globalThis', 'require', 'fetch', 'setTimeout', 'setInterval'].filter(
    (name) => new RegExp(`(?<![.\\w$])${name}\\s*(?:\\.|\\(|\\[)`).test(code),
  );
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`\\])\/\/.*$/gm, '$1');
}
