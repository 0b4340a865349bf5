extension Suggestion {
  /// How other frameworks spell what is spelt here: small letters without separators, to the words of this language in
  /// order of likelihood.
  public static let foreignSpellings: [String: [String]] = [
    "outchannels": ["filters", "channels"], "numoutput": ["filters", "units"], "numfilters": ["filters"],
    "nfilters": ["filters"], "features": ["filters", "units"], "outfeatures": ["units"], "nout": ["units", "filters"],
    "neurons": ["units"], "hidden": ["units"], "width": ["filters", "units"],
    "kernelsize": ["kernel", "size"], "ksize": ["kernel", "size"], "poolsize": ["size"], "windowsize": ["size"],
    "strides": ["stride"], "dilationrate": ["dilation"], "pad": ["padding"], "usebias": ["bias"],
    "outputpad": ["output_padding"], "scalefactor": ["factor"], "upscalefactor": ["factor"],
    "scale": ["factor"], "interpolation": ["method"], "mode": ["method"], "p": ["rate"], "prob": ["rate"],
    "dropoutrate": ["rate"], "negativeslope": ["slope"], "alpha": ["slope"], "eps": ["epsilon"], "std": ["stddev"],
    "sigma": ["stddev"], "kernelinitializer": ["initializer"], "init": ["initializer"], "targetshape": ["shape"],
    "numgroups": ["groups"], "inputs": ["from", "input"], "inputshape": ["input", "shape"], "inputsize": ["shape"],
    "act": ["activation"], "nonlinearity": ["activation"], "norm": ["normalization"],

    "lr": ["learning_rate"], "eta": ["learning_rate"], "baselr": ["learning_rate"], "rho": ["alpha"],
    "wd": ["weight_decay"], "l2": ["weight_decay"], "decay": ["weight_decay"], "batch": ["batch_size"],
    "bs": ["batch_size"], "minibatchsize": ["batch_size"], "numepochs": ["epochs"], "maxepochs": ["epochs"],
    "nepochs": ["epochs"], "iterations": ["steps"], "maxiter": ["steps"], "maxsteps": ["steps"], "niter": ["steps"],
    "optim": ["optimizer"], "optimiser": ["optimizer"], "solver": ["optimizer"], "randomseed": ["seed"],
    "clipnorm": ["clip_gradient_norm"], "gradclip": ["clip_gradient_norm"],

    "conv2d": ["conv"], "convolution": ["conv"], "convolutional": ["conv"], "convolution2d": ["conv"],
    "convtranspose2d": ["transposed_conv"], "conv2dtranspose": ["transposed_conv"], "convtranspose": ["transposed_conv"],
    "deconv": ["transposed_conv"], "deconv2d": ["transposed_conv"], "deconvolution": ["transposed_conv"],
    "upconv": ["transposed_conv"], "maxpooling2d": ["max_pool"], "maxpool2d": ["max_pool"], "maxpooling": ["max_pool"],
    "averagepooling2d": ["avg_pool"], "avgpool2d": ["avg_pool"], "averagepool": ["avg_pool"],
    "globalaveragepooling2d": ["global_avg_pool"], "globalaveragepool": ["global_avg_pool"],
    "adaptiveavgpool2d": ["global_avg_pool"], "gap": ["global_avg_pool"], "linear": ["dense", "none"], "fc": ["dense"],
    "fullyconnected": ["dense"], "innerproduct": ["dense"], "affine": ["dense"], "upsampling2d": ["upsample"],
    "resize": ["upsample"], "interpolate": ["upsample"], "pixelshuffle": ["depth_to_space"],
    "batchnormalization": ["batch_norm"], "batchnorm2d": ["batch_norm"], "bn": ["batch_norm"],
    "instancenorm2d": ["instance_norm"], "groupnorm": ["group_norm"], "layernorm": ["layer_norm"],
    "concatenate": ["concat"], "cat": ["concat"], "route": ["concat"], "shortcut": ["add"], "mul": ["multiply"],
    "dropout2d": ["dropout"], "gaussiannoise": ["noise"], "zeropadding2d": ["pad"], "cropping2d": ["crop"],

    "leakyrelu": ["leaky_relu"], "lrelu": ["leaky_relu"], "swish": ["silu"], "identity": ["none"],
    "logistic": ["sigmoid"], "l1": ["mae"], "l1loss": ["mae"], "mseloss": ["mse"], "meansquarederror": ["mse"],
    "l2loss": ["mse"], "meanabsoluteerror": ["mae"], "smoothl1": ["huber"], "bce": ["binary_cross_entropy"],
    "bceloss": ["binary_cross_entropy"], "crossentropy": ["cross_entropy"], "crossentropyloss": ["cross_entropy"],
    "categoricalcrossentropy": ["cross_entropy"], "nll": ["cross_entropy"], "tv": ["total_variation"],
    "gan": ["adversarial"], "lpips": ["perceptual"],

    "pred": ["prediction"], "output": ["prediction"], "label": ["target"], "ground_truth": ["target"],
    "groundtruth": ["target"], "acc": ["accuracy"], "dataset": ["data"], "datasets": ["data"], "model": ["network"],
    "models": ["networks"], "variables": ["vars"], "constants": ["vars"], "params": ["vars"], "training": ["train"],
    "criterion": ["loss"], "objective": ["loss"], "cost": ["loss"], "folder": ["images"], "imagefolder": ["images"],
    "augmentation": ["augment"], "augmentations": ["augment"], "transforms": ["augment"], "validationsplit": ["validation"],
    "valsplit": ["validation"], "horizontalflip": ["flip"], "hflip": ["flip"], "rotation": ["rotate"],
    "randomresizedcrop": ["random_crop"], "greyscale": ["grayscale"], "gray": ["grayscale"], "momentumsgd": ["sgd"],
    "normalise": ["normalization"], "pretrained": ["weights"], "trainable": ["frozen"],
  ]
}
