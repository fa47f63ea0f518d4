/**
 * Runs first, with hardly anything to wait for: the code of the first page comes while that of the frame does.
 */

import { match } from './core/router.js';
import { routes } from './routes.js';

void match(routes, window.location.pathname)?.view().catch(() => null);
