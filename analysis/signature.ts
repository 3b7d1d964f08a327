import { HoldwaitError, MODES, type Mode } from '../src/trace/index.ts';

/**
 * A documented deadlock as data. Roles stand in the order of the cycle: each waits for what the next one holds, the
 * last for what the first one holds.
 */
export interface Signature {
  /** Stable, kebab-case. */
  readonly id: string;
  readonly title: string;
  /** What happens, in a few plain sentences. */
  readonly summary: string;
  readonly roles: readonly SignatureRole[];
  /** Where it is documented: message ids, commits, addresses. */
  readonly sources: readonly string[];
  readonly affected: {
    /** First affected kernel; left out if it has always been so. */
    readonly from?: string;
    /** First kernel that is not affected. */
    readonly until?: string;
    readonly note?: string;
  };
  /** What fixed it, or what helps. */
  readonly fix?: string;
  /** Id of the signature it is another form of: who plays a part there plays it here, in other code. */
  readonly variantOf?: string;
  /** The main signature was reported by the kernel's lock checker in this form: who reports this order reports that one. */
  readonly lockOrder?: true;
  /** Id of the scenario that makes it happen: `holdwait repro ID`. */
  readonly scenario?: string;
}

/** One task of a documented deadlock. */
export interface SignatureRole {
  readonly name: string;
  /** What this task is doing, in plain words. */
  readonly description: string;
  readonly waits: ResourcePattern;
  readonly holds: ResourcePattern;
  /**
   * Frames of the blocked stack, innermost first, gaps allowed. Each entry lists the names that one function has had
   * in different kernels.
   */
  readonly frames: readonly (readonly string[])[];
  /** A known stack without any of these functions cannot be this role's. */
  readonly identifiedBy?: readonly string[];
  /**
   * Without this order of locks the deadlock would not be: a lock checker's report of these two names, in one of the
   * functions of `identifiedBy`, is a report of this deadlock, whatever else its circle passes.
   */
  readonly decisive?: true;
}

/** Which resources a role may wait for or hold. */
export interface ResourcePattern {
  readonly kind: string;
  readonly mode?: Mode;
  /**
   * Names that the resource has had in labels of captures and in the kernel's own reports, without what follows them
   * (` of inode 13`, `#2`). A resource whose label is known and begins with none of them is another one.
   */
  readonly name?: readonly string[];
}

/**
 * Checks a signature that somebody wrote.
 *
 * @param origin names the file in messages
 * @throws HoldwaitError `SIGNATURE_INVALID` (input) that names the offending place as a JSON path
 */
export function parseSignature(value: unknown, origin: string): Signature {
  const reader = new Reader(origin);
  const root = reader.object(value, '$', SIGNATURE_FIELDS);
  const roles = reader.list(root.roles, '$.roles', (role, path) => readRole(reader, role, path));
  if (roles.length === 0) {
    throw reader.fault('$.roles', 'a cycle of one role at least');
  }
  roles.forEach(({ waits }, i) => {
    const next = (i + 1) % roles.length;
    if (waits.kind !== roles[next]!.holds.kind) {
      const path = `$.roles[${next}].holds.kind`;
      throw reader.fault(
        path,
        `"${waits.kind}", which the role before it waits for`,
        roles[next]!.holds.kind,
      );
    }
  });
  return {
    id: reader.id(root.id, '$.id'),
    title: reader.text(root.title, '$.title'),
    summary: reader.text(root.summary, '$.summary'),
    roles,
    sources: reader.texts(root.sources, '$.sources'),
    affected: readAffected(reader, root.affected),
    ...reader.optional(root, '$', 'fix'),
    ...readId(reader, root, 'variantOf'),
    ...reader.mark(root, '$', 'lockOrder'),
    ...readId(reader, root, 'scenario'),
  };
}

const SIGNATURE_FIELDS = [
  'id',
  'title',
  'summary',
  'roles',
  'sources',
  'affected',
  'fix',
  'variantOf',
  'lockOrder',
  'scenario',
] as const;
const ROLE_FIELDS = ['name', 'description', 'waits', 'holds', 'frames', 'identifiedBy', 'decisive'] as const;

function readRole(reader: Reader, value: unknown, path: string): SignatureRole {
  const role = reader.object(value, path, ROLE_FIELDS);
  return {
    name: reader.text(role.name, `${path}.name`),
    description: reader.text(role.description, `${path}.description`),
    waits: readPattern(reader, role.waits, `${path}.waits`),
    holds: readPattern(reader, role.holds, `${path}.holds`),
    frames: reader.list(role.frames, `${path}.frames`, (names, at) => reader.texts(names, at)),
    ...(role.identifiedBy === undefined
      ? {}
      : { identifiedBy: reader.texts(role.identifiedBy, `${path}.identifiedBy`) }),
    ...reader.mark(role, path, 'decisive'),
  };
}

function readPattern(reader: Reader, value: unknown, path: string): ResourcePattern {
  const pattern = reader.object(value, path, ['kind', 'mode', 'name']);
  const mode = MODES.find((word) => word === pattern.mode);
  if (mode === undefined && pattern.mode !== undefined) {
    throw reader.fault(`${path}.mode`, MODES.join(' or '), pattern.mode);
  }
  return {
    kind: reader.text(pattern.kind, `${path}.kind`),
    ...(mode === undefined ? {} : { mode }),
    ...(pattern.name === undefined ? {} : { name: reader.texts(pattern.name, `${path}.name`) }),
  };
}

function readId<K extends 'variantOf' | 'scenario'>(
  reader: Reader,
  root: Partial<Record<K, unknown>>,
  key: K,
): { [P in K]?: string } {
  return (root[key] === undefined ? {} : { [key]: reader.id(root[key], `$.${key}`) }) as {
    [P in K]?: string;
  };
}

function readAffected(reader: Reader, value: unknown): Signature['affected'] {
  const path = '$.affected';
  const affected = reader.object(value, path, ['from', 'until', 'note']);
  return {
    ...reader.optional(affected, path, 'from'),
    ...reader.optional(affected, path, 'until'),
    ...reader.optional(affected, path, 'note'),
  };
}

/** Reads values of unknown form and says where one is not as it should be. */
class Reader {
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  object<K extends string>(value: unknown, path: string, known: readonly K[]): Partial<Record<K, unknown>> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.fault(path, 'an object', value);
    }
    const stranger = Object.keys(value).find((key) => !(known as readonly string[]).includes(key));
    if (stranger !== undefined) {
      throw this.fault(`${path}.${stranger}`, `one of the fields ${known.join(', ')}`);
    }
    return value;
  }

  list<T>(value: unknown, path: string, read: (item: unknown, path: string) => T): T[] {
    if (!Array.isArray(value)) {
      throw this.fault(path, 'a list', value);
    }
    return value.map((item, i) => read(item, `${path}[${i}]`));
  }

  id(value: unknown, path: string): string {
    return this.match(value, path, /^[a-z0-9]+(-[a-z0-9]+)*$/, 'a word in kebab-case');
  }

  text(value: unknown, path: string): string {
    return this.match(value, path, /\S/, 'a text');
  }

  /** A list of texts with one entry at least: an empty list of names can match nothing and is surely a slip. */
  texts(value: unknown, path: string): string[] {
    const texts = this.list(value, path, (item, at) => this.text(item, at));
    if (texts.length === 0) {
      throw this.fault(path, 'a list of one text at least');
    }
    return texts;
  }

  match(value: unknown, path: string, form: RegExp, wanted: string): string {
    if (typeof value !== 'string' || !form.test(value)) {
      throw this.fault(path, wanted, value);
    }
    return value;
  }

  optional<K extends string>(
    object: Partial<Record<K, unknown>>,
    path: string,
    key: K,
  ): { [P in K]?: string } {
    const value: unknown = object[key];
    return (value === undefined ? {} : { [key]: this.text(value, `${path}.${key}`) }) as {
      [P in K]?: string;
    };
  }

  /** A field that is true or left out. */
  mark<K extends string>(object: Partial<Record<K, unknown>>, path: string, key: K): { [P in K]?: true } {
    const value: unknown = object[key];
    if (value !== undefined && value !== true) {
      throw this.fault(`${path}.${key}`, 'true, or left out', value);
    }
    return (value === undefined ? {} : { [key]: true }) as { [P in K]?: true };
  }

  fault(path: string, wanted: string, found?: unknown): HoldwaitError {
    const instead = found === undefined ? '' : `, found ${JSON.stringify(found)?.slice(0, 80)}`;
    return new HoldwaitError(
      'input',
      'SIGNATURE_INVALID',
      `${this.#origin}: ${path} must be ${wanted}${instead}`,
      {
        hint: 'analysis/README.md describes the fields of a signature; `holdwait catalog ID --json` prints one to begin with',
      },
    );
  }
}
