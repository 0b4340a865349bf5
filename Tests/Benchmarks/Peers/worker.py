"""One peer on one network, kept alive: reads a number of seconds from each line of standard input, runs for so long, and
answers with the milliseconds of each run. The first line that it prints says how far its answer is from PyTorch's.

    python3 worker.py PEER run|train NETWORK THREADS BATCH FOLDER
"""

import json
import os
import sys
import time

# Libraries that print go to standard error.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
peer, mode, network, threads, batch, folder = sys.argv[1:]
threads, batch = int(threads), int(batch)
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = str(threads)
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np  # noqa: E402


def torch_parts():
    import torch
    from networks import make, sample

    torch.set_num_threads(threads)
    model, x = make(network), sample(network, batch)
    if "channels_last" in peer:
        model, x = model.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    return torch, model, x


def torch_run():
    torch, model, x = torch_parts()
    model = model.eval()
    if "compile" in peer:
        model = torch.compile(model)

    def run():
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled="bf16" in peer):
            return model(x).float()

    return run, lambda y: y.numpy()


def torch_train():
    torch, model, x = torch_parts()
    labels = (torch.rand(batch, 1) > 0.5).float()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused="fused" in peer)
    forward = torch.compile(model) if "compile" in peer else model

    def run():
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled="bf16" in peer):
            y = forward(x)
        y = y.float()
        if network == "N4":
            loss = torch.nn.functional.binary_cross_entropy(y, labels)
        else:
            loss = torch.nn.functional.mse_loss(y, x)
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    return run, None


def onnxruntime_run():
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(f"{stem}.onnx", options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"x": x})[0], np.asarray


def openvino_run():
    import openvino

    settings = {
        "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "ENABLE_CPU_PINNING": False,
        "INFERENCE_PRECISION_HINT": "bf16" if "bf16" in peer else "f32",
    }
    request = openvino.Core().compile_model(f"{stem}.onnx", "CPU", settings).create_infer_request()
    request.set_input_tensor(openvino.Tensor(x, shared_memory=True))

    def run():
        request.infer()
        return request.get_output_tensor().data

    return run, np.array


def ncnn_run():
    import ncnn

    net = ncnn.Net()
    net.opt.num_threads, net.opt.use_vulkan_compute = threads, False
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    net.load_param(f"{folder}/{network}.ncnn.param")
    net.load_model(f"{folder}/{network}.ncnn.bin")
    inputs = [ncnn.Mat(np.ascontiguousarray(image)).clone() for image in x]

    def run():
        results = []
        for image in inputs:
            extractor = net.create_extractor()
            extractor.input("in0", image)
            results.append(extractor.extract("out0")[1])
        return results

    return run, lambda results: np.stack([np.array(result) for result in results])


def mnn_run():
    import MNN

    interpreter = MNN.Interpreter(f"{stem}.mnn")
    session = interpreter.createSession({"numThread": threads, "backend": "CPU", "precision": "high", "power": "high"})
    source = MNN.Tensor(x.shape, MNN.Halide_Type_Float, x, MNN.Tensor_DimensionType_Caffe)
    target = MNN.Tensor(
        answer.shape, MNN.Halide_Type_Float, np.zeros(answer.shape, np.float32), MNN.Tensor_DimensionType_Caffe)

    def run():
        interpreter.getSessionInput(session).copyFrom(source)
        interpreter.runSession(session)
        interpreter.getSessionOutput(session).copyToHostTensor(target)
        return target

    return run, lambda y: np.array(y.getData(), dtype=np.float32)


def tensorflow_model():
    import tensorflow as tf
    from tensorflow.keras import layers

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.keras.utils.set_random_seed(0)
    size = x.shape[2]
    width = {"N1": 64, "N2": 16, "N4": 64}[network]
    stack = [layers.Input((size, size, 3))]
    if network == "N4":
        for filters in (64, 128, 256, 512):
            stack += [layers.ZeroPadding2D(1), layers.Conv2D(filters, 4, 2), layers.LeakyReLU(negative_slope=0.2)]
        stack += [layers.Flatten(), layers.Dense(1, activation="sigmoid")]
    else:
        for filters in (width, 2 * width, 4 * width):
            stack += [layers.Conv2D(filters, 3, padding="same", activation="relu"), layers.MaxPool2D(2)]
        stack.append(layers.Conv2D(width, 1, activation="relu"))
        for filters in (4 * width, 2 * width, width):
            stack.append(layers.Conv2DTranspose(filters, 3, 2, padding="same", activation="relu"))
        stack.append(layers.Conv2D(3, 1, activation="sigmoid"))
    return tf, tf.keras.Sequential(stack)


def tensorflow_train():
    tf, model = tensorflow_model()
    optimizer = tf.keras.optimizers.Adam(1e-3)
    optimizer.build(model.trainable_variables)
    images = tf.constant(x.transpose(0, 2, 3, 1))
    labels = tf.constant((np.random.default_rng(1).random((batch, 1)) > 0.5).astype(np.float32))

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            y = model(images, training=True)
            if network == "N4":
                loss = tf.reduce_mean(tf.keras.losses.binary_crossentropy(labels, y))
            else:
                loss = tf.reduce_mean(tf.square(y - images))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss

    return lambda: float(step()), None


stem = f"{folder}/{network}_{batch}"
x = answer = None
if mode == "run":
    x, answer = np.load(f"{stem}_input.npy"), np.load(f"{stem}_answer.npy")
elif peer.startswith("tensorflow"):
    from networks import sample

    x = sample(network, batch).numpy()
run, values = globals()[f"{peer.split('_')[0]}_{mode}"]()
result = run()
error = 0.0
if mode == "run":
    error = float(np.abs(values(result).reshape(answer.shape) - answer).max() / np.abs(answer).max())
run()
print(json.dumps({"error": error}), file=answers, flush=True)
for line in sys.stdin:
    end, times = time.perf_counter() + float(line), []
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    print(json.dumps(times), file=answers, flush=True)
