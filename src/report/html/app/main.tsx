import { render } from 'preact';
import { ROOT_ELEMENT, TEXT_ELEMENT } from '../page-data.ts';
import { App } from './app.tsx';
import { readPageData } from './read-data.ts';
import './shell.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/panel.css';
import './styles/tables.css';
import './styles/drawing.css';
import './styles/print.css';

async function main(root: HTMLElement): Promise<void> {
  try {
    const data = await readPageData(document);
    render(<App data={data} />, root);
  } catch (error) {
    // The report as text needs none of this.
    document.getElementById(TEXT_ELEMENT)?.classList.add('shown');
    render(<p role="alert">{error instanceof Error ? error.message : String(error)}</p>, root);
  }
}

void main(document.getElementById(ROOT_ELEMENT)!);
