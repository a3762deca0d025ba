import { hash32 } from '@forage/domain';
const CANDIDATES = 50;
const EMBEDDING = 16;
const categories = ['shoes', 'shirts', 'bags', 'coats'];
const number = (name) => Math.round((hash32(name) / 2 ** 32) * 2000 - 1000) / 1000;
/** A placement with d = 32: 16 of an embedding, 4 categories, 3 numbers, 8 of context, the intercept. */
export const placement = {
    policy: { name: 'linear-thompson', model: 'shared' },
    encoder: {
        kind: 'declared',
        fields: [
            { name: 'embedding', from: 'item', type: 'vector', length: EMBEDDING },
            { name: 'category', from: 'item', type: 'categorical', values: categories },
            { name: 'price', from: 'item', type: 'numeric' },
            { name: 'age', from: 'item', type: 'numeric' },
            { name: 'rating', from: 'item', type: 'numeric' },
            { name: 'device', from: 'context', type: 'categorical', values: ['mobile', 'desktop', 'tablet'] },
            { name: 'hour', from: 'context', type: 'hashed', buckets: 4 },
            { name: 'returning', from: 'context', type: 'boolean' },
        ],
    },
    reward: { expression: 'click', windowSeconds: 1 },
};
const items = Array.from({ length: CANDIDATES }, (_, index) => ({
    id: `item-${index}`,
    features: {
        embedding: Array.from({ length: EMBEDDING }, (__, axis) => number(`${index}/${axis}`)),
        category: categories[index % categories.length],
        price: number(`price ${index}`),
        age: number(`age ${index}`),
        rating: number(`rating ${index}`),
    },
}));
export const catalog = { items };
const request = { placement: 'bench', userId: 'u-42', context: { device: 'mobile', hour: '20', returning: true }, count: 1 };
export const bodies = {
    'catalog ids': JSON.stringify({ ...request, candidates: items.map(({ id }) => ({ id })) }),
    inline: JSON.stringify({ ...request, candidates: items }),
};
//# sourceMappingURL=recommend-bodies.js.map