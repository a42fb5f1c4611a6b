/** Convolutions of images (height × width × channels, samples first) as matrix products, one sample at a time. */
import { addProductInto, type StridedMatrix } from "./matmul.ts";

/** As TensorFlow.js works it out: `top` and `left` are the rows and columns of zeros before the image. */
export interface ConvolutionShape {
  readonly samples: number;
  readonly input: readonly [number, number, number];
  readonly output: readonly [number, number, number];
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly top: number;
  readonly left: number;
}

/** y = x ∗ w, w: kh × kw × channels × filters. Cost 2·samples·positions·kh·kw·channels·filters; every entry sums kh·kw·channels products. */
export function convolve(x: Float64Array, w: Float64Array, shape: ConvolutionShape): Float64Array {
  const { positions, taps, filters, inputSize } = sizesOf(shape);
  const y = new Float64Array(shape.samples * positions * filters);
  const patches = new Float64Array(positions * taps);
  for (let n = 0; n < shape.samples; n++) {
    gatherInto(patches, x, n * inputSize, shape);
    addProductInto(y, n * positions * filters, rows(patches, taps), rows(w, filters), [positions, taps, filters]);
  }
  return y;
}

/** The gradient of ⟨dy, x ∗ w⟩ in w: Σ patchesᵀ dy over the samples. Cost as forward. */
export function kernelGradient(x: Float64Array, dy: Float64Array, shape: ConvolutionShape): Float64Array {
  const { positions, taps, filters, inputSize } = sizesOf(shape);
  const dw = new Float64Array(taps * filters);
  const patches = new Float64Array(positions * taps);
  for (let n = 0; n < shape.samples; n++) {
    gatherInto(patches, x, n * inputSize, shape);
    const transposed = { values: patches, offset: 0, row: 1, column: taps };
    addProductInto(dw, 0, transposed, rows(dy, filters, n * positions * filters), [taps, positions, filters]);
  }
  return dw;
}

/** The gradient of ⟨dy, x ∗ w⟩ in x: dy wᵀ, every patch added back to where it came from. Cost as forward. */
export function inputGradient(dy: Float64Array, w: Float64Array, shape: ConvolutionShape): Float64Array {
  const { positions, taps, filters, inputSize } = sizesOf(shape);
  const dx = new Float64Array(shape.samples * inputSize);
  const patches = new Float64Array(positions * taps);
  const transposed = { values: w, offset: 0, row: 1, column: filters };
  for (let n = 0; n < shape.samples; n++) {
    patches.fill(0);
    addProductInto(patches, 0, rows(dy, filters, n * positions * filters), transposed, [positions, filters, taps]);
    scatterInto(dx, n * inputSize, patches, shape);
  }
  return dx;
}

function sizesOf({ input, output, kernel }: ConvolutionShape) {
  const [height, width, channels] = input;
  const [outHeight, outWidth, filters] = output;
  return {
    positions: outHeight * outWidth,
    taps: kernel[0] * kernel[1] * channels,
    filters,
    inputSize: height * width * channels,
  };
}

function rows(values: Float64Array, width: number, offset = 0): StridedMatrix {
  return { values, offset, row: width, column: 1 };
}

/** patches (positions × taps) = what the kernel sees at each position of the sample that begins at `from`; 0 outside of the image. */
function gatherInto(patches: Float64Array, x: Float64Array, from: number, shape: ConvolutionShape): void {
  const channels = shape.input[2];
  eachTap(shape, (at, pixel) => {
    for (let k = 0; k < channels; k++) patches[at + k] = pixel < 0 ? 0 : x[from + pixel + k];
  });
}

function scatterInto(dx: Float64Array, from: number, patches: Float64Array, shape: ConvolutionShape): void {
  const channels = shape.input[2];
  eachTap(shape, (at, pixel) => {
    if (pixel < 0) return;
    for (let k = 0; k < channels; k++) dx[from + pixel + k] += patches[at + k];
  });
}

/** Calls with the first index in `patches` and in the image, of every tap of the kernel at every position; −1 outside of the image. */
function eachTap(
  { input, output, kernel, stride, dilation, top, left }: ConvolutionShape,
  visit: (at: number, pixel: number) => void,
): void {
  const [height, width, channels] = input;
  let at = 0;
  for (let r = 0; r < output[0]; r++) {
    for (let c = 0; c < output[1]; c++) {
      for (let p = 0; p < kernel[0]; p++) {
        const i = r * stride[0] + p * dilation[0] - top;
        for (let q = 0; q < kernel[1]; q++, at += channels) {
          const j = c * stride[1] + q * dilation[1] - left;
          const isInside = i >= 0 && i < height && j >= 0 && j < width;
          visit(at, isInside ? (i * width + j) * channels : -1);
        }
      }
    }
  }
}
