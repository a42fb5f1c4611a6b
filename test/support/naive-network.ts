/**
 * The layers of a config computed one number at a time, from their definitions alone: shares nothing with the engine but the type of
 * a layer. Samples are h × w × c or flat; batch normalization is over all samples at hand.
 */
import type { LayerConfig } from "../../engine/src/config/config.ts";

export interface Sample {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** The next parameters, in the order of the layers: kernel, bias; scale, shift. */
export type Take = (count: number) => readonly number[];

export function takeFrom(numbers: readonly number[]): Take & { readonly used: () => number } {
  let at = 0;
  const take = (count: number): readonly number[] => {
    at += count;
    return Array.from({ length: count }, (_, i) => numbers[(at - count + i) % numbers.length]);
  };
  return Object.assign(take, { used: () => at });
}

/** All outputs of all samples. `outputs` stands for the units of a last dense layer that does not say them. */
export function runNaively(
  layers: readonly LayerConfig[],
  samples: readonly Sample[],
  take: Take,
  outputs = 2,
): readonly number[] {
  return layers.reduce((batch, layer) => runLayer(layer, batch, take, outputs), samples).flatMap(({ data }) => data);
}

function runLayer(layer: LayerConfig, batch: readonly Sample[], take: Take, outputs: number): readonly Sample[] {
  const each = (f: (x: number) => number): readonly Sample[] =>
    batch.map(({ shape, data }) => ({ shape, data: data.map(f) }));
  switch (layer.kind) {
    case "dense":
      return dense(batch, layer.units ?? outputs, layer.bias, take);
    case "conv2d":
      return conv(batch, layer, take);
    case "relu":
      return each((x) => (x > 0 ? x : 0));
    case "leakyRelu":
      return each((x) => (x > 0 ? x : layer.slope * x));
    case "abs":
      return each((x) => (x < 0 ? -x : x));
    case "power":
      return each((x) => x ** layer.exponent);
    case "flatten":
      return batch.map(({ data }) => ({ shape: [data.length], data }));
    case "dropout":
      return batch;
    case "globalAveragePool2d":
      return batch.map((sample) => pooled(sample, sample.shape[0], sample.shape[1], mean, true));
    case "maxPool2d":
      return batch.map((sample) => pooled(sample, layer.size, layer.size, (all) => Math.max(...all)));
    case "averagePool2d":
      return batch.map((sample) => pooled(sample, layer.size, layer.size, mean));
    case "maxout":
      return batch.map((sample) => maxout(sample, layer.pieces));
    case "residual": {
      const inner = layer.layers.reduce((now, next) => runLayer(next, now, take, outputs), batch);
      return batch.map(({ shape, data }, n) => ({ shape, data: data.map((x, i) => x + inner[n].data[i]) }));
    }
    case "batchNorm":
      return normalized(batch, layer.epsilon, take);
    case "sigmoid":
      return each((x) => 1 / (1 + Math.exp(-x)));
    case "tanh":
      return each(Math.tanh);
    case "gelu":
      return each((x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))));
    case "softplus":
      return each((x) => Math.log1p(Math.exp(x)));
    case "elu":
      return each((x) => (x > 0 ? x : Math.expm1(x)));
    case "silu":
      return each((x) => x / (1 + Math.exp(-x)));
    case "softmax":
      return batch.map(({ shape, data }) => {
        const powers = data.map(Math.exp);
        const total = powers.reduce((a, b) => a + b, 0);
        return { shape, data: powers.map((e) => e / total) };
      });
    default:
      return layer satisfies never;
  }
}

function mean(all: readonly number[]): number {
  return all.reduce((a, b) => a + b, 0) / all.length;
}

function dense(batch: readonly Sample[], units: number, hasBias: boolean, take: Take): readonly Sample[] {
  const inputs = batch[0].data.length;
  const kernel = take(inputs * units);
  const bias = hasBias ? take(units) : [];
  return batch.map(({ data }) => ({
    shape: [units],
    data: Array.from({ length: units }, (_, j) =>
      data.reduce((sum, x, i) => sum + x * kernel[i * units + j], bias[j] ?? 0),
    ),
  }));
}

function conv(
  batch: readonly Sample[],
  layer: Extract<LayerConfig, { kind: "conv2d" }>,
  take: Take,
): readonly Sample[] {
  const [height, width, channels] = batch[0].shape;
  const { kernel, stride, filters } = layer;
  const weights = take(kernel[0] * kernel[1] * channels * filters);
  const bias = layer.bias ? take(filters) : [];
  const isSame = layer.padding === "same";
  const along = (length: number, axis: 0 | 1): { count: number; before: number } => {
    if (!isSame) return { count: Math.floor((length - kernel[axis]) / stride[axis]) + 1, before: 0 };
    const count = Math.ceil(length / stride[axis]);
    return { count, before: Math.floor(Math.max(0, (count - 1) * stride[axis] + kernel[axis] - length) / 2) };
  };
  const [rows, columns] = [along(height, 0), along(width, 1)];
  return batch.map(({ data }) => {
    const out: number[] = [];
    for (let r = 0; r < rows.count; r++)
      for (let c = 0; c < columns.count; c++)
        for (let f = 0; f < filters; f++) {
          let sum = bias[f] ?? 0;
          for (let y = 0; y < kernel[0]; y++)
            for (let x = 0; x < kernel[1]; x++) {
              const [i, j] = [r * stride[0] + y - rows.before, c * stride[1] + x - columns.before];
              if (i < 0 || j < 0 || i >= height || j >= width) continue;
              for (let k = 0; k < channels; k++)
                sum +=
                  data[(i * width + j) * channels + k] * weights[((y * kernel[1] + x) * channels + k) * filters + f];
            }
          out.push(sum);
        }
    return { shape: [rows.count, columns.count, filters], data: out };
  });
}

function pooled(
  { shape, data }: Sample,
  tall: number,
  wide: number,
  of: (all: readonly number[]) => number,
  flat = false,
): Sample {
  const [height, width, channels] = shape;
  const [rows, columns] = [Math.floor(height / tall), Math.floor(width / wide)];
  const out: number[] = [];
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++)
      for (let k = 0; k < channels; k++) {
        const all: number[] = [];
        for (let y = 0; y < tall; y++)
          for (let x = 0; x < wide; x++) all.push(data[((r * tall + y) * width + c * wide + x) * channels + k]);
        out.push(of(all));
      }
  return { shape: flat ? [channels] : [rows, columns, channels], data: out };
}

function maxout({ shape, data }: Sample, pieces: number): Sample {
  const out = Array.from({ length: data.length / pieces }, (_, i) =>
    Math.max(...data.slice(i * pieces, (i + 1) * pieces)),
  );
  return { shape: [...shape.slice(0, -1), (shape.at(-1) ?? pieces) / pieces], data: out };
}

function normalized(batch: readonly Sample[], epsilon: number, take: Take): readonly Sample[] {
  const channels = batch[0].shape.at(-1) ?? 1;
  const [scale, shift] = [take(channels), take(channels)];
  const column = (k: number): readonly number[] =>
    batch.flatMap(({ data }) => data.filter((_, i) => i % channels === k));
  const stats = Array.from({ length: channels }, (_, k) => {
    const all = column(k);
    const center = mean(all);
    return { center, deviation: Math.sqrt(mean(all.map((x) => (x - center) ** 2)) + epsilon) };
  });
  return batch.map(({ shape, data }) => ({
    shape,
    data: data.map((x, i) => {
      const k = i % channels;
      return (scale[k] * (x - stats[k].center)) / stats[k].deviation + shift[k];
    }),
  }));
}
