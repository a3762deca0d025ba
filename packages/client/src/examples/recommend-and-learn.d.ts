import { type ForageClient } from '@forage/client';
/**
 * One visitor: asks what to show, tells what happened, waits until the server has learned it.
 * Run it against a server: `node --conditions=source --import tsx packages/client/src/examples/recommend-and-learn.ts http://127.0.0.1:8080`
 */
export declare function recommendAndLearn(client: ForageClient): Promise<string>;
//# sourceMappingURL=recommend-and-learn.d.ts.map