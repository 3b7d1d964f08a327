// Part of `npm run build`, after the compiler: the published package has no bundler and finds the page made.
import { join } from 'node:path';
import { packageRoot } from '../../../package-root.ts';
import { bundlePage } from './bundle-page.ts';
import { savePageAssets } from './page-assets.ts';

savePageAssets(await bundlePage(), join(packageRoot(), 'dist/src/report/html/build'));
