import { createClient } from '@forage/client';
/**
 * One visitor: asks what to show, tells what happened, waits until the server has learned it.
 * Run it against a server: `node --conditions=source --import tsx packages/client/examples/recommend-and-learn.ts http://127.0.0.1:8080`
 */
export async function recommendAndLearn(client) {
    await client.putPlacement('example-home', {
        policy: { name: 'linear-thompson' },
        reward: { expression: 'click', windowSeconds: 60 },
    });
    const decision = await client.recommend({
        placement: 'example-home',
        userId: 'u-42',
        context: { device: 'mobile', hour: 20 },
        candidates: [
            { id: 'shoes', features: { category: 'shoes', price: 59.9 } },
            { id: 'socks', features: { category: 'socks', price: 4.5 } },
        ],
    });
    const shown = decision.items[0];
    const result = await client.feedback({ decisionId: decision.decisionId, itemId: shown.id, event: 'click', final: true });
    if (result.position !== undefined)
        await client.waitLearned(result.position);
    return `showed ${shown.id} with probability ${shown.propensity.toFixed(3)}: feedback ${result.status}`;
}
const [, script, url] = process.argv;
if (url !== undefined && script === import.meta.filename)
    process.stdout.write(`${await recommendAndLearn(createClient({ url }))}\n`);
//# sourceMappingURL=recommend-and-learn.js.map