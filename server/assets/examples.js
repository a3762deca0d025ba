// Example bodies and path values by operation; a test checks them against the wire's schemas.

const decisionId = '019aba50-5a6c-7c41-9d2e-5f0d8a7b3c21-4e8f'

export const bodies = {
  recommend: {
    placement: 'home-hero',
    userId: 'u-42',
    context: { device: 'mobile', hour: 20 },
    candidates: [
      { id: 'sku-1', features: { category: 'shoes', price: 59.9 } },
      { id: 'sku-2', features: { category: 'bags', price: 89 } },
    ],
    count: 1,
  },
  feedback: { decisionId, itemId: 'sku-1', event: 'click' },
  putPlacement: {
    policy: { name: 'linear-thompson' },
    reward: { expression: 'click + 5 * purchase', range: [0, 6], windowSeconds: 600 },
  },
  putItems: {
    items: [
      { id: 'sku-1', features: { category: 'shoes', price: 59.9 } },
      { id: 'sku-2', features: { category: 'bags', price: 89 } },
    ],
  },
}

export const pathValue = (path) => path.replace('/decisions/{id}', `/decisions/${decisionId}`).replace('{id}', 'home-hero')

export const queries = { wait: 'position=0:1234' }
