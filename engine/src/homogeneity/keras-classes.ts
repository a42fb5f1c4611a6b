/** Keras' layer classes by what they do to degrees, with the names of Keras 1 to 3 and TensorFlow.js. */

export const LINEAR: ReadonlySet<string> = new Set([
  ...[
    "Dense",
    "EinsumDense",
    "Conv1D",
    "Conv2D",
    "Conv3D",
    "Convolution1D",
    "Convolution2D",
    "Convolution3D",
    "AtrousConvolution2D",
  ],
  ...["Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", "Deconvolution2D", "DepthwiseConv1D", "DepthwiseConv2D"],
  ...["LocallyConnected1D", "LocallyConnected2D", "TimeDistributedDense"],
]);
export const SEPARABLE: ReadonlySet<string> = new Set(["SeparableConv1D", "SeparableConv2D", "SeparableConvolution2D"]);
export const HOMOGENEOUS: ReadonlySet<string> = new Set([
  ...[
    "Flatten",
    "Reshape",
    "Permute",
    "RepeatVector",
    "Identity",
    "Masking",
    "ActivityRegularization",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
  ],
  ...["Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "GaussianDropout"],
  ...["MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D"],
  ...["MaxPool1D", "MaxPool2D", "MaxPool3D", "AvgPool1D", "AvgPool2D", "AvgPool3D"],
  ...[
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPool3D",
  ],
  ...[
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalAvgPool3D",
  ],
  ...[
    "AdaptiveAveragePooling1D",
    "AdaptiveAveragePooling2D",
    "AdaptiveAveragePooling3D",
    "AdaptiveMaxPooling1D",
    "AdaptiveMaxPooling2D",
  ],
  ...[
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "Resizing",
    "CenterCrop",
  ],
  ...["RandomFlip", "RandomRotation", "RandomCrop", "RandomZoom", "RandomTranslation", "GetItem", "SlicingOpLambda"],
]);
export const SUMS: ReadonlySet<string> = new Set(["Add", "Concatenate", "Average", "Maximum", "Minimum", "Subtract"]);
export const NOISE: ReadonlySet<string> = new Set(["GaussianNoise", "AlphaDropout"]);
export const PREPROCESSING: ReadonlySet<string> = new Set([
  ...[
    "CategoryEncoding",
    "StringLookup",
    "IntegerLookup",
    "TextVectorization",
    "Hashing",
    "Discretization",
    "HashedCrossing",
  ],
  ...["RandomBrightness", "RandomContrast"],
]);
export const GATED: ReadonlySet<string> = new Set([
  "LSTM",
  "GRU",
  "CuDNNLSTM",
  "CuDNNGRU",
  "ConvLSTM1D",
  "ConvLSTM2D",
  "ConvLSTM3D",
  "LSTMCell",
  "GRUCell",
]);
export const BATCH_NORMS: ReadonlySet<string> = new Set([
  "BatchNormalization",
  "BatchNormalizationV1",
  "BatchNormalizationV2",
  "SyncBatchNormalization",
]);
