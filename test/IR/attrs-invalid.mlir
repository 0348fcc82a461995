// RUN: conv-opt %s --verify-diagnostics --split-input-file

// expected-error @below {{input dimension 'k' is not one of 'ngCchw'}}
#attr = #conv.dims<nhwk x rsck -> nhwk>

// -----

// expected-error @below {{filter dimension 'h' is not one of 'gkcrs'}}
#attr = #conv.dims<nhwc x hsck -> nhwk>

// -----

// expected-error @below {{output dimension 'c' is not one of 'ngKkhw'}}
#attr = #conv.dims<nhwc x rsck -> nhwc>

// -----

// expected-error @below {{input dimension 'h' appears twice}}
#attr = #conv.dims<nhhc x rsck -> nhwk>

// -----

// expected-error @below {{dimension 'n' must be in both input and output or in neither}}
#attr = #conv.dims<hwc x rsck -> nhwk>

// -----

// expected-error @below {{dimension 'h' must be in both input and output or in neither}}
#attr = #conv.dims<nhwc x rsck -> nwk>

// -----

// expected-error @below {{dimension 'w' must be in both input and output or in neither}}
#attr = #conv.dims<nhc x rsck -> nhwk>

// -----

// expected-error @below {{dimension 'g' must be in input, filter and output or in none}}
#attr = #conv.dims<nhwgc x rsck -> nhwgk>

// -----

// expected-error @below {{dimension 'c' must be in both input and filter or in neither}}
#attr = #conv.dims<nhw x rsck -> nhwk>

// -----

// expected-error @below {{dimension 'k' must be in both filter and output or in neither}}
#attr = #conv.dims<nhwc x rsck -> nhw>

// -----

// expected-error @below {{strides value 0 is outside [1, 2^31]}}
#attr = #conv.dims<nhwc x rsck -> nhwk, strides = [1, 0]>

// -----

// expected-error @below {{dilations value -1 is outside [1, 2^31]}}
#attr = #conv.dims<nhwc x rsck -> nhwk, dilations = [-1, 1]>

// -----

// expected-error @below {{low value -1 is outside [0, 2^31]}}
#attr = #conv.dims<nhwc x rsck -> nhwk, low = [-1, 0]>

// -----

// expected-error @below {{high value 4294967296 is outside [0, 2^31]}}
#attr = #conv.dims<nhwc x rsck -> nhwk, high = [4294967296, 0]>

// -----

// expected-error @below {{strides must have two values, rows and columns}}
#attr = #conv.dims<nhwc x rsck -> nhwk, strides = [1]>

// -----

// expected-error @below {{low must have two values, rows and columns}}
#attr = #conv.dims<nhwc x rsck -> nhwk, low = []>

// -----

// expected-error @below {{expected 'strides', 'dilations', 'low' or 'high'}}
#attr = #conv.dims<nhwc x rsck -> nhwk, pads = [1, 1]>

// -----

// expected-error @below {{clamp needs a lower or an upper bound}}
#attr = #conv.clamp<nan = bound>

// -----

// expected-error @below {{clamp bound is NaN}}
#attr = #conv.clamp<lower = 0x7FC00000 : f32>

// -----

// expected-error @below {{clamp bounds have different types}}
#attr = #conv.clamp<lower = 0.0 : f32, upper = 1.0 : f16>

// -----

// expected-error @below {{clamp upper bound is below its lower bound}}
#attr = #conv.clamp<lower = 1.0 : f32, upper = 0.0 : f32>

// -----

// expected-error @below {{n_fma must be at least 1, got 0}}
#attr = #conv.machine<n_fma = 0, l_fma = 4, n_vec = 16, n_reg = 32, loads = 2, broadcast = memory, l1 = 49152, l1_ways = 12, l2 = 1048576, l3 = 0, threads = 1>

// -----

// expected-error @below {{l_fma must be at least 1, got 0}}
#attr = #conv.machine<n_fma = 2, l_fma = 0, n_vec = 16, n_reg = 32, loads = 2, broadcast = memory, l1 = 49152, l1_ways = 12, l2 = 1048576, l3 = 0, threads = 1>

// -----

// expected-error @below {{n_vec must be at least 1, got 0}}
#attr = #conv.machine<n_fma = 2, l_fma = 4, n_vec = 0, n_reg = 32, loads = 2, broadcast = memory, l1 = 49152, l1_ways = 12, l2 = 1048576, l3 = 0, threads = 1>

// -----

// expected-error @below {{n_reg must be at least 4, got 3}}
#attr = #conv.machine<n_fma = 2, l_fma = 4, n_vec = 16, n_reg = 3, loads = 2, broadcast = memory, l1 = 49152, l1_ways = 12, l2 = 1048576, l3 = 0, threads = 1>

// -----

// expected-error @below {{loads must be at least 1, got 0}}
#attr = #conv.machine<n_fma = 2, l_fma = 4, n_vec = 16, n_reg = 32, loads = 0, broadcast = memory, l1 = 49152, l1_ways = 12, l2 = 1048576, l3 = 0, threads = 1>

// -----

// expected-error @below {{l1 must be at least 1, got 0}}
#attr = #conv.machine<n_fma = 2, l_fma = 4, n_vec = 16, n_reg = 32, loads = 2, broadcast = memory, l1 = 0, l1_ways = 12, l2 = 1048576, l3 = 0, threads = 1>

// -----

// expected-error @below {{l1_ways must be at least 1, got 0}}
#attr = #conv.machine<n_fma = 2, l_fma = 4, n_vec = 16, n_reg = 32, loads = 2, broadcast = memory, l1 = 49152, l1_ways = 0, l2 = 1048576, l3 = 0, threads = 1>

// -----

// expected-error @below {{l2 must be at least 1, got 0}}
#attr = #conv.machine<n_fma = 2, l_fma = 4, n_vec = 16, n_reg = 32, loads = 2, broadcast = memory, l1 = 49152, l1_ways = 12, l2 = 0, l3 = 0, threads = 1>

// -----

// expected-error @below {{l3 must be at least 0, got -1}}
#attr = #conv.machine<n_fma = 2, l_fma = 4, n_vec = 16, n_reg = 32, loads = 2, broadcast = memory, l1 = 49152, l1_ways = 12, l2 = 1048576, l3 = -1, threads = 1>

// -----

// expected-error @below {{threads must be at least 1, got 0}}
#attr = #conv.machine<n_fma = 2, l_fma = 4, n_vec = 16, n_reg = 32, loads = 2, broadcast = memory, l1 = 49152, l1_ways = 12, l2 = 1048576, l3 = 0, threads = 0>

// -----

// expected-error @below {{n_vec must be a power of two, got 12}}
#attr = #conv.machine<n_fma = 2, l_fma = 4, n_vec = 12, n_reg = 32, loads = 2, broadcast = memory, l1 = 49152, l1_ways = 12, l2 = 1048576, l3 = 0, threads = 1>

// -----

// expected-error @below {{a schedule has no field 'n_vecs'}}
#attr = #conv.schedule<algorithm = direct, n_vecs = 16, c_ob = 32, w_ob = 14>

// -----

// expected-error @below {{field 'c_ob' is given twice}}
#attr = #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 32, c_ob = 32, w_ob = 14>

// -----

// expected-error @below {{a schedule needs the field 'n_vec'}}
#attr = #conv.schedule<algorithm = direct, c_ob = 32>

// -----

// expected-error @below {{n_vec = 0 is outside [1, 256]}}
#attr = #conv.schedule<algorithm = direct, n_vec = 0, c_ob = 32, w_ob = 14>

// -----

// expected-error @below {{c_ob = 8192 is outside [1, 4096]}}
#attr = #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 8192, w_ob = 14>

// -----

// expected-error @below {{w_ob = 0 is outside [1, 256]}}
#attr = #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 0>

// -----

// expected-error @below {{h_ob = 17 is outside [1, 16]}}
#attr = #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14, h_ob = 17>

// -----

// expected-error @below {{c_ib = -1 is outside [0, 4096]}}
#attr = #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14, c_ib = -1>

// -----

// expected-error @below {{unroll = 0 is outside [1, 64]}}
#attr = #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14, unroll = 0>

// -----

// expected-error @below {{prefetch = -1 is outside [0, 16777216]}}
#attr = #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14, prefetch = -1>

// -----

// expected-error @below {{band = -1 is outside [0, 2147483648]}}
#attr = #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14, band = -1>

// -----

// expected-error @below {{n_vec must be a power of two, got 12}}
#attr = #conv.schedule<algorithm = direct, n_vec = 12, c_ob = 12, w_ob = 14>

// -----

// expected-error @below {{c_ob = 24 is not a multiple of n_vec = 16}}
#attr = #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 24, w_ob = 14>

// -----

// expected-error @below {{flatten needs h_ob = 1, got 2}}
#attr = #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14, h_ob = 2, flatten = true>

// -----

// expected-error @below {{h_ob = 2 cannot be combined with band = 4}}
#attr = #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14, h_ob = 2, band = 4>

// -----

// expected-error @below {{parallel = h is not 'none' or letters of 'nghwk' with counts of at least 2}}
#attr = #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14, parallel = h>

// -----

// expected-error @below {{parallel = h1 is not 'none' or letters}}
#attr = #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14, parallel = h1>

// -----

// expected-error @below {{parallel = h2h2 is not 'none' or letters}}
#attr = #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14, parallel = h2h2>

// -----

// expected-error @below {{parallel = h99999999999999999999 is not 'none' or letters}}
#attr = #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14, parallel = h99999999999999999999>

// -----

// expected-error @below {{parallel = w2 divides columns, which needs flatten}}
#attr = #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14, parallel = w2>

// -----

// expected-error @below {{w_ob = 14 is not a multiple of n_vec = 16, which vector = w needs}}
#attr = #conv.schedule<algorithm = direct, n_vec = 16, vector = w, c_ob = 8, w_ob = 14>

// -----

// expected-error @below {{c_ob = 6 is not a multiple of n_vec = 4}}
#attr = #conv.schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 6, w_ob = 8, broadcast = lane>

// -----

// expected-error @below {{vector = c needs a packed filter, n_vec of at least 2 and no broadcast = lane}}
#attr = #conv.schedule<algorithm = direct, n_vec = 8, vector = c, c_ob = 3, w_ob = 2, filter = plain>

// -----

// expected-error @below {{vector = c needs a packed filter, n_vec of at least 2 and no broadcast = lane}}
#attr = #conv.schedule<algorithm = direct, n_vec = 1, vector = c, c_ob = 3, w_ob = 2>

// -----

// expected-error @below {{vector = g needs a packed filter, n_vec of at least 2 and broadcast = memory}}
#attr = #conv.schedule<algorithm = direct, n_vec = 8, vector = g, c_ob = 8, w_ob = 2, filter = plain>

// -----

// expected-error @below {{vector = g needs a packed filter, n_vec of at least 2 and broadcast = memory}}
#attr = #conv.schedule<algorithm = direct, n_vec = 8, vector = g, c_ob = 8, w_ob = 2, broadcast = splat>

// -----

// expected-error @below {{c_ob = 12 is not a multiple of n_vec = 8}}
#attr = #conv.schedule<algorithm = direct, n_vec = 8, vector = g, c_ob = 12, w_ob = 2>

// -----

// expected-error @below {{vector = kw needs a packed filter, n_vec of at least 4 and broadcast = memory}}
#attr = #conv.schedule<algorithm = direct, n_vec = 2, vector = kw, c_ob = 1, w_ob = 2>

// -----

// expected-error @below {{vector = kw needs a packed filter, n_vec of at least 4 and broadcast = memory}}
#attr = #conv.schedule<algorithm = direct, n_vec = 8, vector = kw, c_ob = 4, w_ob = 2, filter = plain>

// -----

// expected-error @below {{w_ob = 7 is odd, vector = kw needs pairs of columns}}
#attr = #conv.schedule<algorithm = direct, n_vec = 8, vector = kw, c_ob = 4, w_ob = 7>

// -----

// expected-error @below {{c_ob = 6 is not a multiple of half of n_vec = 8, which vector = kw needs}}
#attr = #conv.schedule<algorithm = direct, n_vec = 8, vector = kw, c_ob = 6, w_ob = 2>

// -----

// expected-error @below {{share needs another vector than k}}
#attr = #conv.schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2, share = true>

// -----

// expected-error @below {{unknown rate 'l4_stall'}}
#attr = #conv.machine_rates<l4_stall = 2>

// -----

// expected-error @below {{l2_bandwidth must be within [1.000000e-01, 4.096000e+03], got 0.000000e+00}}
#attr = #conv.machine_rates<l2_bandwidth = 0>

// -----

// expected-error @below {{fork must be within [1.000000e+00, 1.000000e+09], got 5.000000e-01}}
#attr = #conv.machine_rates<fork = 0.5>

// -----

// expected-error @below {{parts: 0 is no number of output channels}}
#attr = #conv.schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2, parts = [0: <algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2>]>

// -----

// expected-error @below {{parts: a part has no parts of its own}}
#attr = #conv.schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2, parts = [1: <algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2, parts = [1: <algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2>]>]>

// -----

// expected-error @below {{parts: algorithm and fma of a part are those of the schedule}}
#attr = #conv.schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2, parts = [1: <algorithm = naive, n_vec = 8, c_ob = 8, w_ob = 2>]>

// -----

// expected-error @below {{a schedule needs the field 'w_ob'}}
#attr = #conv.schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2, parts = [1: <algorithm = direct, n_vec = 8, c_ob = 8>]>

// -----

// expected-error @below {{expected ':'}}
#attr = #conv.schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2, parts = [1 <algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2>]>

// -----

// expected-error @below {{algorithm = winograd needs the field 'tile'}}
#attr = #conv.schedule<algorithm = winograd, n_vec = 8, c_ob = 8, w_ob = 2>

// -----

// expected-error @below {{tile = [3, 3] has no matrices}}
#attr = #conv.schedule<algorithm = winograd, tile = [3, 3], n_vec = 8, c_ob = 8, w_ob = 2>

// -----

// expected-error @below {{tile = [] has no matrices}}
#attr = #conv.schedule<algorithm = winograd, tile = [], n_vec = 8, c_ob = 8, w_ob = 2>

// -----

// expected-error @below {{tile = [4, 4] is not of algorithm = direct}}
#attr = #conv.schedule<algorithm = direct, tile = [4, 4], n_vec = 8, c_ob = 8, w_ob = 2>

// -----

// expected-error @below {{tile = [4, 4] is not of algorithm = winograd_2}}
#attr = #conv.schedule<algorithm = winograd_2, tile = [4, 4], n_vec = 8, c_ob = 8, w_ob = 2>

// -----

// expected-error @below {{field 'tile' is given twice}}
#attr = #conv.schedule<algorithm = winograd, tile = [2, 2], tile = [2, 2], n_vec = 8, c_ob = 8, w_ob = 2>

// -----

// expected-error @below {{images = 0 is outside [1, 65536]}}
#attr = #conv.schedule<algorithm = winograd_2, n_vec = 8, c_ob = 8, w_ob = 2, images = 0>
