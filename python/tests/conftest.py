"""Models the tests share."""

import numpy as np
import pytest

CONV = """
func.func @main(%x: tensor<1x6x6x3xf32>, %w: tensor<3x3x3x5xf32>) -> tensor<1x4x4x5xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x4x4x5xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x4x5xf32>) -> tensor<1x4x4x5xf32>
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x6x6x3xf32>, tensor<3x3x3x5xf32>)
    outs(%f : tensor<1x4x4x5xf32>) -> tensor<1x4x4x5xf32>
  return %r : tensor<1x4x4x5xf32>
}
"""


@pytest.fixture
def conv_text():
    return CONV


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def reference(x, w, bias=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    """The plain definition in float64, NCHW, by SciPy."""
    from scipy.signal import correlate

    x = np.pad(np.asarray(x, np.float64), [(0, 0), (0, 0)] + [(p, p) for p in padding])
    w = np.asarray(w, np.float64)
    k, cg, r, s = w.shape
    spread = np.zeros((k, cg, (r - 1) * dilation[0] + 1, (s - 1) * dilation[1] + 1))
    spread[:, :, :: dilation[0], :: dilation[1]] = w
    kg = k // groups
    images = []
    for image in x:
        planes = []
        for f in range(k):
            first = f // kg * cg
            plane = correlate(image[first : first + cg], spread[f], mode="valid", method="direct")
            planes.append(plane[0, :: stride[0], :: stride[1]])
        images.append(planes)
    y = np.array(images)
    return y if bias is None else y + np.asarray(bias, np.float64)[:, None, None]
