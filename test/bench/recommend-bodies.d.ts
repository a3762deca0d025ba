/** A placement with d = 32: 16 of an embedding, 4 categories, 3 numbers, 8 of context, the intercept. */
export declare const placement: {
    policy: {
        name: string;
        model: string;
    };
    encoder: {
        kind: string;
        fields: ({
            name: string;
            from: string;
            type: string;
            length: number;
            values?: never;
            buckets?: never;
        } | {
            length?: never;
            name: string;
            from: string;
            type: string;
            values: string[];
            buckets?: never;
        } | {
            length?: never;
            values?: never;
            name: string;
            from: string;
            type: string;
            buckets?: never;
        } | {
            length?: never;
            values?: never;
            name: string;
            from: string;
            type: string;
            buckets: number;
        })[];
    };
    reward: {
        expression: string;
        windowSeconds: number;
    };
};
export declare const catalog: {
    items: {
        id: string;
        features: {
            embedding: number[];
            category: string;
            price: number;
            age: number;
            rating: number;
        };
    }[];
};
export declare const bodies: {
    'catalog ids': string;
    inline: string;
};
//# sourceMappingURL=recommend-bodies.d.ts.map