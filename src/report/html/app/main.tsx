import { render } from 'preact';
import './shell.css';
import { ROOT_ELEMENT, TEXT_ELEMENT } from '../page-data.ts';
import { readPageData } from './read-data.ts';

async function main(root: HTMLElement): Promise<void> {
  try {
    const data = await readPageData(document);
    render(<h1>{data.analysis.verdict}</h1>, root);
  } catch (error) {
    // The report as text needs none of this.
    document.getElementById(TEXT_ELEMENT)?.classList.add('shown');
    render(<p role="alert">{error instanceof Error ? error.message : String(error)}</p>, root);
  }
}

void main(document.getElementById(ROOT_ELEMENT)!);
