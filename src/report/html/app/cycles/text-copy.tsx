import { usePage } from '../page-context.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { ScrollBox } from '../parts/scroll-box.tsx';

/** A part of the report as it is printed in a terminal, to be pasted into a mail or a ticket; or all of it. */
export function TextCopy({ text, what }: { text: string; what: string }) {
  const { data } = usePage().model;
  return (
    <div class="as-text">
      <div class="bar no-print">
        <CopyButton text={text} label={`Copy the ${what}`} />
        {text !== data.text && <CopyButton text={data.text} label="Copy the whole report" />}
      </div>
      <ScrollBox name={`Text of the ${what}`}>
        <pre>{text}</pre>
      </ScrollBox>
    </div>
  );
}
