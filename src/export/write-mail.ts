import { SIGNATURES } from '../../analysis/index.ts';
import { renderMail } from '../report/mail/render-mail.ts';
import { writeAnalysis } from './write-analysis.ts';

/** A report for a kernel mailing list. */
export const writeMailFormat = writeAnalysis((analysis, { analyze, version }) =>
  renderMail(analysis, { signatures: analyze.signatures ?? SIGNATURES, version }),
);
