import NNKernels

/// All kernels but the convolutions, for this instruction set.
public let vectorKernels = VectorKernels(
  activation: ActivationKernels(
    forward: activationForward, gradient: activationGradient, softmax: softmaxForward,
    softmaxGradient: softmaxGradient),
  elementwise: ElementwiseKernels(
    add: elementwiseAdd, subtract: elementwiseSubtract, multiply: elementwiseMultiply, scale: elementwiseScale,
    addScaled: elementwiseAddScaled, copy: elementwiseCopy, fill: elementwiseFill),
  imageLoss: ImageLossKernels(
    similarityPartials: similarityPartials, similarityGradientRows: similarityGradientRows,
    similarityGradient: similarityGradient, variationPartials: variationPartials,
    variationGradient: variationGradient),
  loss: LossKernels(
    elementwisePartials: lossPartials, elementwiseGradient: lossGradient,
    crossEntropyPartials: crossEntropyPartials, crossEntropyGradient: crossEntropyGradient, total: lossTotal),
  math: VectorMathKernels(
    exp: mathExp, log: mathLog, log1p: mathLog1p, tanh: mathTanh, sigmoid: mathSigmoid, erf: mathErf,
    sqrt: mathSqrt),
  normalization: NormalizationKernels(
    partials: normalizePartials, statistics: normalizeStatistics, apply: normalizeApply,
    applyApart: normalizeApplyApart,
    gradientPartials: normalizeGradientPartials,
    gradientPartialsApart: normalizeGradientPartialsApart, gradientTotals: normalizeGradientTotals,
    gradientParameters: normalizeGradientParameters, gradientApply: normalizeGradientApply,
    gradientApplyApart: normalizeGradientApplyApart, rows: normalizeRows,
    rowsGradient: normalizeRowsGradient, rowsParameters: normalizeRowsParameters, track: trackStatistics,
    scale: channelScale, affine: channelAffine, affineApart: channelAffineApart, scaleWeights: scaleWeights),
  optimizer: OptimizerKernels(
    sgd: optimizerSGD, adam: optimizerAdam, rmsprop: optimizerRMSprop, squares: sumOfSquares,
    squaresTotal: squaresTotal, shareAbove: shareAbove, clipFactor: clipFactor, clamp: clampParameter,
    average: movingAverage, sum: sumGradient),
  permute: PermuteKernels(transpose: permuteTranspose, copyChannels: permuteCopyChannels),
  perturbation: PerturbationKernels(dropout: dropout, noise: noise),
  pooling: PoolingKernels(
    maxPool: maxPool, maxPoolGradient: maxPoolGradient, averagePool: averagePool,
    averagePoolGradient: averagePoolGradient, spatialMean: spatialMean, spatialMeanGradient: spatialMeanGradient),
  reduction: ReductionKernels(
    addBias: addBias, channelSumPartials: channelSumPartials, channelSumTotal: channelSumTotal),
  resampling: ResamplingKernels(
    nearest: upsampleNearest, nearestGradient: upsampleNearestGradient, bilinear: upsampleBilinear,
    bilinearGradient: upsampleBilinearGradient),
  spatial: SpatialKernels(depthToSpace: depthToSpace, spaceToDepth: spaceToDepth, place: placeImage),
  spectral: SpectralKernels(
    adjoint: spectralAdjoint, normalizeRight: spectralNormalizeRight, product: spectralProduct,
    normalizeLeft: spectralNormalizeLeft, value: spectralValue, divide: spectralDivide,
    gradientPartials: spectralGradientPartials, gradientTotal: spectralGradientTotal,
    gradientApply: spectralGradientApply))
