/** What is wrong with a value, naming the field; undefined = nothing. */
export type Check = (value: unknown, field: string) => string | undefined;

export const isText: Check = (value, field) =>
  typeof value === 'string' && value !== '' ? undefined : `"${field}" must be a text that is not empty`;

/** A whole number of 1 or more. */
export const isCount: Check = (value, field) =>
  Number.isSafeInteger(value) && (value as number) > 0
    ? undefined
    : `"${field}" must be a whole number of 1 or more`;

export function matches(pattern: RegExp, form: string): Check {
  return (value, field) =>
    typeof value === 'string' && pattern.test(value) ? undefined : `"${field}" must be ${form}`;
}

export function isOneOf(words: readonly string[]): Check {
  return (value, field) =>
    words.includes(value as string) ? undefined : `"${field}" must be one of ${words.join(', ')}`;
}

export function isListOf(check: Check, least = 0): Check {
  return (value, field) => {
    if (!Array.isArray(value)) {
      return `"${field}" must be a list`;
    }
    return value.length < least
      ? `"${field}" must have ${least} or more entries`
      : firstProblem(value.map((item, index) => [check, item, `${field}[${index}]`]));
  };
}

/** An object with these fields and no others; `required` fields must be there. */
export function isObjectOf(fields: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  return (value, field) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return field === '' ? 'it must be an object' : `"${field}" must be an object`;
    }
    const path = (name: string): string => (field === '' ? name : `${field}.${name}`);
    const unknown = Object.keys(value).find((name) => !Object.hasOwn(fields, name));
    const missing = required.find((name) => !Object.hasOwn(value, name));
    return (
      (missing && `"${path(missing)}" is missing`) ??
      (unknown && `"${path(unknown)}" is no field of it`) ??
      firstProblem(Object.entries(value).map(([name, item]) => [fields[name]!, item, path(name)]))
    );
  };
}

function firstProblem(
  checks: readonly (readonly [check: Check, value: unknown, field: string])[],
): string | undefined {
  for (const [check, value, field] of checks) {
    const problem = check(value, field);
    if (problem !== undefined) {
      return problem;
    }
  }
  return undefined;
}
