import type { Command } from 'commander';
import type { Signature } from '../../../analysis/index.ts';
import { renderSignature, renderSignatureList } from '../../report/render-signature.ts';
import { HoldwaitError } from '../../trace/index.ts';
import { addSignaturesOption, loadSignatures } from '../shared/analysis-options.ts';
import { addExamples } from '../shared/examples.ts';
import { printJson, printText } from '../shared/output.ts';
import { addWidthOption, type TextFlags, toTextStyle } from '../shared/text-options.ts';

interface CatalogFlags extends Pick<TextFlags, 'width'> {
  readonly json?: boolean;
  readonly signatures?: string;
}

/** `holdwait catalog [ID]`: the documented deadlocks that cycles are compared with. */
export function registerCatalog(program: Command): void {
  const command = program
    .command('catalog')
    .description('list the documented deadlocks that cycles are compared with, or explain one')
    .argument(
      '[id]',
      'the one to explain: who waits for whom on what, sources, kernels, fix, how to reproduce it',
    )
    .option('--json', 'print them as data, in the form that --signatures reads');
  addExamples(command, [
    ['holdwait catalog', 'all of them, a line each'],
    ['holdwait catalog ext4-fault-writeback', 'who waits for whom, sources, kernels, fix'],
    ['holdwait catalog pcpu-alloc-reclaim --json', 'as data: what a signature of your own begins with'],
    ['holdwait catalog --signatures ~/signatures', 'checks your own, and lists them with the others'],
  ]);
  addWidthOption(addSignaturesOption(command)).action((id: string | undefined, flags: CatalogFlags) => {
    const signatures = loadSignatures(flags.signatures);
    const style = toTextStyle(flags);
    if (id === undefined) {
      flags.json ? printJson(signatures) : printText(renderSignatureList(signatures, style));
    } else {
      const signature = requireSignature(signatures, id);
      flags.json ? printJson(signature) : printText(renderSignature(signature, style));
    }
  });
}

function requireSignature(signatures: readonly Signature[], id: string): Signature {
  const found = signatures.find((signature) => signature.id === id);
  if (found === undefined) {
    throw new HoldwaitError('usage', 'SIGNATURE_UNKNOWN', `no signature has the id ${id}`, {
      hint: 'holdwait catalog lists them',
    });
  }
  return found;
}
