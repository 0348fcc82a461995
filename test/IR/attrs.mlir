// RUN: conv-opt %s | conv-opt | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --mlir-print-op-generic | conv-opt | FileCheck %s -enable-var-scope

// Defaults are not printed, whatever was written.
// CHECK: dims = #conv.dims<nhwc x rsck -> nhwk>,
// CHECK-SAME: dims_all = #conv.dims<nchw x kcrs -> nkhw, strides = [2, 1], dilations = [1, 2], low = [0, 3], high = [4, 0]>
// CHECK-SAME: dims_depthwise = #conv.dims<nhwg x rsg -> nhwg>
// CHECK-SAME: dims_plain = #conv.dims<hw x rs -> hw>
module attributes {
  conv.dims = #conv.dims<nhwc x rsck -> nhwk, strides = [1, 1], low = [0, 0]>,
  conv.dims_all = #conv.dims<nchw x kcrs -> nkhw, high = [4, 0], low = [0, 3], dilations = [1, 2], strides = [2, 1]>,
  conv.dims_depthwise = #conv.dims<nhwg x rsg -> nhwg>,
  conv.dims_plain = #conv.dims<hw x rs -> hw>
} {
  // CHECK: clamp = #conv.clamp<lower = 0.000000e+00 : f32>
  // CHECK: clamp = #conv.clamp<upper = 6.000000e+00 : f32, nan = bound>
  // CHECK: clamp = #conv.clamp<lower = -1.000000e+00 : f16, upper = 0x7C00 : f16>
  module attributes {conv.clamp = #conv.clamp<lower = 0.0 : f32>} {}
  module attributes {conv.clamp = #conv.clamp<upper = 6.0 : f32, nan = bound>} {}
  module attributes {conv.clamp = #conv.clamp<lower = -1.0 : f16, upper = 0x7C00 : f16, nan = propagate>} {}

  // CHECK: #conv.machine<n_fma = 2, l_fma = 4, n_vec = 16, n_reg = 32, loads = 2, broadcast = memory, l1 = 49152, l1_ways = 12, l2 = 1048576, l3 = 0, threads = 1>
  module attributes {conv.machine = #conv.machine<
    n_fma = 2, l_fma = 4, n_vec = 16, n_reg = 32, loads = 2, broadcast = memory,
    l1 = 49152, l1_ways = 12, l2 = 1048576, l3 = 0, threads = 1>} {}

  // Rates that are the default are not printed; without any, none are. Nor is
  // what was a rate of older versions.
  // CHECK: #conv.machine<{{.*}} threads = 1, rates = <latency_slack = 0.25, l3_stall = 2.5, fork = 20000>>
  module attributes {conv.machine = #conv.machine<
    n_fma = 2, l_fma = 4, n_vec = 16, n_reg = 32, loads = 2, broadcast = memory,
    l1 = 49152, l1_ways = 12, l2 = 1048576, l3 = 0, threads = 1,
    rates = <fork = 20000, l3_stall = 2.5, memory_stall = 6, crossing = 0.7, latency_slack = 0.25>>} {}
  // CHECK: #conv.machine<{{.*}} threads = 1>}
  module attributes {conv.machine = #conv.machine<
    n_fma = 2, l_fma = 4, n_vec = 16, n_reg = 32, loads = 2, broadcast = memory,
    l1 = 49152, l1_ways = 12, l2 = 1048576, l3 = 0, threads = 1,
    rates = <fork = 1.0E+4>>} {}
  // CHECK: conv.rates = #conv.machine_rates<>
  // CHECK: conv.rates = #conv.machine_rates<accumulator = 1.0e-05>
  // CHECK: conv.rates = #conv.machine_rates<store = 2, source = "a \22bench\22">
  module attributes {conv.rates = #conv.machine_rates<>} {}
  module attributes {conv.rates = #conv.machine_rates<accumulator = 0.00001, source = "family default">} {}
  module attributes {conv.rates = #conv.machine_rates<source = "a \22bench\22", store = 2.0>} {}

  // CHECK: #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14>
  // CHECK: #conv.schedule<algorithm = im2win, form = banded, n_vec = 8, c_ob = 8, w_ob = 3, c_ib = 8, order = hkw, flatten = true, unroll = 1, prefetch = 2048, band = 4, parallel = h2k4, filter = plain>
  // CHECK: #conv.schedule<algorithm = kn2row_aa, n_vec = 1, c_ob = 1, w_ob = 1, h_ob = 2>
  // CHECK: #conv.schedule<algorithm = direct, n_vec = 16, vector = w, c_ob = 13, w_ob = 32, order = hwk>
  // CHECK: #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14, fma = avx512_f32>
  // CHECK: #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14>
  // CHECK: #conv.schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 8, w_ob = 8, broadcast = lane>
  // CHECK: #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 16, w_ob = 7>
  // CHECK: #conv.schedule<algorithm = direct, n_vec = 8, vector = c, c_ob = 3, w_ob = 2, share = true>
  // CHECK: #conv.schedule<algorithm = direct, n_vec = 8, vector = g, c_ob = 24, w_ob = 2, share = true>
  // CHECK: #conv.schedule<algorithm = direct, n_vec = 8, vector = kw, c_ob = 12, w_ob = 14, share = true>
  // CHECK: #conv.schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 6, parts = [8: <algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 12>, 1: <algorithm = direct, n_vec = 8, vector = c, c_ob = 1, w_ob = 11>]>
  // CHECK: #conv.schedule<algorithm = winograd, tile = [4, 4], n_vec = 8, c_ob = 8, w_ob = 3>
  // CHECK: #conv.schedule<algorithm = winograd, tile = [4, 2], form = banded, n_vec = 8, c_ob = 8, w_ob = 3, band = 4, images = 2>
  // CHECK: #conv.schedule<algorithm = winograd, tile = [2, 2], n_vec = 8, c_ob = 8, w_ob = 3>
  module attributes {conv.schedule = #conv.schedule<
    algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14, form = whole, unroll = 4>} {}
  module attributes {conv.schedule = #conv.schedule<
    algorithm = im2win, form = banded, n_vec = 8, c_ob = 8, w_ob = 3, c_ib = 8,
    order = hkw, flatten = true, unroll = 1, prefetch = 2048, band = 4,
    parallel = h2k4, filter = plain>} {}
  module attributes {conv.schedule = #conv.schedule<
    algorithm = kn2row_aa, n_vec = 1, c_ob = 1, w_ob = 1, h_ob = 2>} {}
  module attributes {conv.schedule = #conv.schedule<
    algorithm = direct, n_vec = 16, vector = w, c_ob = 13, w_ob = 32,
    order = hwk>} {}
  module attributes {conv.schedule = #conv.schedule<
    algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14, fma = avx512_f32>} {}
  module attributes {conv.schedule = #conv.schedule<
    algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14, fma = f32>} {}
  module attributes {conv.schedule = #conv.schedule<
    algorithm = direct, n_vec = 4, vector = w, c_ob = 8, w_ob = 8, unroll = 4,
    broadcast = lane>} {}
  module attributes {conv.schedule = #conv.schedule<
    algorithm = direct, n_vec = 16, vector = k, c_ob = 16, w_ob = 7>} {}
  module attributes {conv.schedule = #conv.schedule<
    algorithm = direct, n_vec = 8, vector = c, c_ob = 3, w_ob = 2,
    share = true>} {}
  module attributes {conv.schedule = #conv.schedule<
    algorithm = direct, n_vec = 8, vector = g, c_ob = 24, w_ob = 2,
    share = true>} {}
  module attributes {conv.schedule = #conv.schedule<
    algorithm = direct, n_vec = 8, vector = kw, c_ob = 12, w_ob = 14,
    share = true>} {}
  module attributes {conv.schedule = #conv.schedule<
    parts = [8: <algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 12>,
             1: <w_ob = 11, algorithm = direct, n_vec = 8, vector = c, c_ob = 1>],
    algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 6>} {}
  // The names of algorithms with a tile are read, alone or with that tile.
  module attributes {conv.schedule = #conv.schedule<
    algorithm = winograd_4, n_vec = 8, c_ob = 8, w_ob = 3, images = 1>} {}
  module attributes {conv.schedule = #conv.schedule<
    tile = [4, 2], algorithm = winograd, n_vec = 8, c_ob = 8, w_ob = 3,
    form = banded, band = 4, images = 2>} {}
  module attributes {conv.schedule = #conv.schedule<
    algorithm = winograd_2, n_vec = 8, c_ob = 8, w_ob = 3, tile = [2, 2]>} {}

  // CHECK: conv.store = #conv<store_mode w_contiguous>
  module attributes {conv.store = #conv<store_mode w_contiguous>} {}
}
