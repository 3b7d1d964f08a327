import { buildPageModel, type PageModel } from '../../../../../src/report/html/app/model/page-model.ts';
import type { Trace } from '../../../../../src/trace/index.ts';
import { goldenPath, pageDataOf } from '../page-of.ts';

/** The page's model of a golden capture, or of a trace. */
export async function modelOf(source: string | Trace): Promise<PageModel> {
  return buildPageModel(await pageDataOf(typeof source === 'string' ? goldenPath(source) : source));
}
