import type { Command } from 'commander';
import { addExamples } from '../shared/examples.ts';
import { printText } from '../shared/output.ts';

/** `holdwait schema`: the JSON Schema of what `analyze --json` prints. */
export function registerSchema(program: Command): void {
  const command = program
    .command('schema')
    .description('print the JSON Schema of `analyze --json`')
    .action(async () => {
      const { analysisSchema } = await import('../../report/render-json.ts');
      printText(JSON.stringify(analysisSchema, undefined, 2));
    });
  addExamples(command, [
    ['holdwait schema > analysis.schema.json', 'for a validator, or a generator of types'],
  ]);
}
