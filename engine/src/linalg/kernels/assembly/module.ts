/** What the module exports; `KernelCode` in ../loader.ts has the same list for TypeScript. */
export { multiply, multiplySingle, mirror, workBytes } from "./multiply";
export { packTriangle, packShifted, unpackTriangle, choleskyBlock } from "./cholesky";
export { timesVector, timesVectorTransposed, timesSymmetric } from "./matrix";
export {
  predictRows,
  predictRowsSingle,
  huberCurvatures,
  gradientRows,
  timesRows,
  timesTransposedRows,
  timesRowsSingle,
  timesTransposedRowsSingle,
  hessianRows,
  padRows,
  closeRows,
  roundRows,
  widenRows,
} from "./entries";
export { normalRows, gramRows } from "./normal";
export { ridgeWorkBytes, ridgeRows, factorRows, solveRows, normRows } from "./ridge";
export { relu, reluSlope } from "./neuron";
export { logisticSpan } from "./logistic";
export { logisticDualSpan } from "./logistic-dual";
export { parabolaSpan, largestSpan, squareSpan } from "./spans";
export { crossings, addScaled } from "./kinks";
export { lossSpan, stepSpan, differenceSpan, moveSums } from "./tables";
export { tridiagonalize, accumulateReflectors, rotateRows } from "./householder";
export { slopeSpan, moveRows } from "./steps";
export { krylovRow, krylovRecurrence, krylovProjection } from "./krylov";
