/** The convolutions of TensorFlow.js and their gradients on kernels of our own; theirs take ten times as long backward. */
import {
  backend_util,
  Conv2D,
  type Conv2DAttrs,
  Conv2DBackpropFilter,
  type Conv2DBackpropFilterAttrs,
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  FusedConv2D,
  type FusedConv2DAttrs,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { type ConvolutionShape, convolve, inputGradient, kernelGradient } from "./convolution.ts";
import { type Call, type Ending, end, infoOf, replaceKernel, valuesIn } from "./kernel-call.ts";

type Geometry = Pick<Conv2DAttrs, "strides" | "pad" | "dimRoundingMode" | "dataFormat"> & {
  readonly dilations?: Conv2DAttrs["dilations"];
};
type Images = { readonly x: TensorInfo; readonly filter: TensorInfo };

/** Once per thread. */
export function replaceConvolutions(): void {
  replaceKernel(Conv2D, conv2d);
  replaceKernel(FusedConv2D, fusedConv2d);
  replaceKernel(Conv2DBackpropFilter, conv2dKernelGradient);
  replaceKernel(Conv2DBackpropInput, conv2dInputGradient);
}

function conv2d({ inputs: { x, filter }, backend, attrs }: Call<Images, Geometry>): TensorInfo {
  const [shape, outShape] = shapeOf(x.shape, filter.shape, attrs);
  return infoOf(backend, outShape, convolve(valuesIn(backend, x), valuesIn(backend, filter), shape));
}

function fusedConv2d({ inputs, backend, attrs }: Call<Images & Ending, FusedConv2DAttrs>): TensorInfo {
  return end(backend, conv2d({ inputs, backend, attrs }), inputs, attrs);
}

function conv2dKernelGradient({
  inputs: { x, dy },
  backend,
  attrs,
}: Call<{ readonly x: TensorInfo; readonly dy: TensorInfo }, Conv2DBackpropFilterAttrs>): TensorInfo {
  const [shape] = shapeOf(x.shape, attrs.filterShape, attrs);
  return infoOf(backend, attrs.filterShape, kernelGradient(valuesIn(backend, x), valuesIn(backend, dy), shape));
}

function conv2dInputGradient({
  inputs: { dy, filter },
  backend,
  attrs,
}: Call<{ readonly dy: TensorInfo; readonly filter: TensorInfo }, Conv2DBackpropInputAttrs>): TensorInfo {
  const [shape] = shapeOf(attrs.inputShape, filter.shape, attrs);
  return infoOf(backend, attrs.inputShape, inputGradient(valuesIn(backend, dy), valuesIn(backend, filter), shape));
}

/** And the shape of the output. */
function shapeOf(
  input: readonly number[],
  filter: readonly number[],
  { strides, pad, dimRoundingMode, dataFormat, dilations }: Geometry,
): readonly [ConvolutionShape, readonly number[]] {
  if (dataFormat !== "NHWC") throw new Error("convolutions need channels last");
  const info = backend_util.computeConv2DInfo(
    input as [number, number, number, number],
    filter as [number, number, number, number],
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    false,
    "channelsLast",
  );
  const shape = {
    samples: info.batchSize,
    input: [info.inHeight, info.inWidth, info.inChannels],
    output: [info.outHeight, info.outWidth, info.outChannels],
    kernel: [info.filterHeight, info.filterWidth],
    stride: [info.strideHeight, info.strideWidth],
    dilation: [info.dilationHeight, info.dilationWidth],
    top: info.padInfo.top,
    left: info.padInfo.left,
  } as const;
  return [shape, info.outShape];
}
