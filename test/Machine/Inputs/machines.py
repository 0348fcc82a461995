"""What the machine model must say of CPUs, and where it must have it from.

Rows: CPU, N_fma, L_fma, N_vec, N_reg, and the source of N_fma and L_fma. LLVM's
scheduling models are right for most. They are wrong where a CPU borrows the model
of an older one (Zen 5 that of Zen 4, Cortex-A76 to A78 that of A57, Apple's that
of Cyclone) or a client's stands for the server (one zmm pipe): those come from
the project's table. L_fma is the wait for the accumulator.
"""

LLVM, TABLE = "LLVM scheduling model", "table ("

MACHINES = [
    ("haswell", 2, 5, 8, 16, LLVM, LLVM),
    ("broadwell", 2, 5, 8, 16, LLVM, LLVM),
    ("skylake", 2, 4, 8, 16, LLVM, LLVM),
    ("skylake-avx512", 2, 4, 16, 32, LLVM, LLVM),
    ("cascadelake", 2, 4, 16, 32, LLVM, LLVM),
    ("x86-64-v4", 2, 4, 16, 32, LLVM, LLVM),
    ("icelake-server", 2, 4, 16, 32, TABLE, LLVM),
    ("sapphirerapids", 2, 4, 16, 32, TABLE, LLVM),
    ("znver2", 2, 5, 8, 16, LLVM, LLVM),
    ("znver3", 2, 4, 8, 16, LLVM, LLVM),
    ("znver4", 1, 4, 16, 32, LLVM, LLVM),
    ("znver5", 2, 4, 16, 32, TABLE, TABLE),
    ("cortex-a57", 1, 4, 4, 32, LLVM, LLVM),
    ("cortex-a72", 1, 4, 4, 32, LLVM, LLVM),
    ("cortex-a76", 2, 2, 4, 32, TABLE, TABLE),
    ("cortex-a78", 2, 2, 4, 32, TABLE, TABLE),
    ("neoverse-n1", 2, 4, 4, 32, LLVM, LLVM),
    ("neoverse-v1", 4, 2, 4, 32, LLVM, LLVM),
    ("neoverse-n2", 2, 4, 4, 32, LLVM, LLVM),
    ("neoverse-v2", 4, 2, 4, 32, LLVM, LLVM),
    ("apple-m1", 4, 4, 4, 32, TABLE, TABLE),
    ("a64fx", 2, 9, 4, 32, LLVM, LLVM),
    ("sifive-x280", 1, 8, 16, 32, LLVM, LLVM),
    ("sifive-p670", 2, 6, 4, 32, LLVM, LLVM),
    ("sifive-p470", 1, 6, 4, 32, LLVM, LLVM),
    ("spacemit-x60", 1, 5, 8, 32, LLVM, LLVM),
]

# Without vectors, or without a model of them; the last has a stub.
SCALAR, SSE, UNTIMED = "default (no vectors", "default (SSE", "default (LLVM has no"
BASELINES = [
    ("generic-rv64", 1, 4, 1, 32, SCALAR, SCALAR),
    ("veyron-v1", 1, 4, 1, 32, SCALAR, SCALAR),
    ("sifive-u74", 1, 4, 1, 32, SCALAR, SCALAR),
    ("nocona", 1, 8, 4, 16, SSE, SSE),
    ("k8", 1, 8, 4, 16, SSE, SSE),
    ("sandybridge", 1, 8, 8, 16, "default (AVX", "default (AVX"),
    ("xiangshan-kunminghu", 1, 4, 4, 32, UNTIMED, UNTIMED),
    ("carmel", 1, 4, 4, 32, UNTIMED, UNTIMED),
    ("andes-ax45mpv", 1, 4, 4, 32, UNTIMED, UNTIMED),
    ("tt-ascalon-d8", 1, 4, 8, 32, UNTIMED, UNTIMED),
]
