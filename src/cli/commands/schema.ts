import { Argument, type Command } from 'commander';
import { addExamples } from '../shared/examples.ts';
import { printText } from '../shared/output.ts';

/** What each command prints with --json, for which there is a schema. */
const SCHEMAS = {
  analyze: async () => (await import('../../report/render-json.ts')).analysisSchema,
  show: async () => (await import('../../report/detail.ts')).detailSchema,
} as const;

type Described = keyof typeof SCHEMAS;

/** `holdwait schema [COMMAND]`: the JSON Schema of what a command prints with --json. */
export function registerSchema(program: Command): void {
  const command = program
    .command('schema')
    .description('print the JSON Schema of `analyze --json` or `show --json`')
    .addArgument(new Argument('[command]', 'whose output').choices(Object.keys(SCHEMAS)).default('analyze'))
    .action(async (name: Described) => {
      printText(JSON.stringify(await SCHEMAS[name](), undefined, 2));
    });
  addExamples(command, [
    ['holdwait schema > analysis.schema.json', 'for a validator, or a generator of types'],
    ['holdwait schema show', 'the same of `show --json`'],
  ]);
}
