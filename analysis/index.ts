/** The public face of the analysis: a trace in, one result object out. */
export * from './analysis-engine.ts';
export * from './analyze-source.ts';
export * from './analyze-trace.ts';
export * from './cycle-watch.ts';
export * from './handles.ts';
export * from './lock-orders.ts';
export { functionName } from './match-frames.ts';
export { matchOrder } from './match-order.ts';
export { MATCH_THRESHOLD, matchSignature, matchSignatures } from './match-signature.ts';
export * from './open-state.ts';
export type { OrderSummary } from './order-graph/collect-orders.ts';
export { type IgnoredOrder, parseIgnoredOrders } from './order-graph/ignored-orders.ts';
export * from './result.ts';
export { parseSignature, type ResourcePattern, type Signature, type SignatureRole } from './signature.ts';
export { SIGNATURES } from './signatures/index.ts';
export type * from './wait-times/result.ts';
export type { WaitSelection } from './wait-times/selection.ts';
export type { WaitTimesOptions } from './wait-times/wait-times-collector.ts';
