import atexit
import os
import platform
import shutil
import sys
import tempfile

import lit.formats
from lit.llvm import llvm_config

config.name = "conv-opt"
config.test_format = lit.formats.ShTest(not llvm_config.use_lit_shell)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.convopt_build_dir, "test")

llvm_config.use_default_substitutions()
llvm_config.with_environment("PATH", config.llvm_tools_dir, append_path=True)
llvm_config.add_tool_substitutions(
    ["conv-opt", "conv-bench", "conv-compile", "conv-tune", "mlir-opt", "mlir-runner", "mlir-translate", "opt", "llc"],
    [os.path.join(config.convopt_build_dir, "bin"), config.llvm_tools_dir],
)
config.substitutions.append(("%llvm_lib_dir", config.llvm_lib_dir))
# For tests that are scripts and start the tools themselves.
config.substitutions.append(("%python", sys.executable))
config.substitutions.append(
    ("%same_code", "%s %s" % (sys.executable, os.path.join(config.convopt_source_dir, "tools", "same-code.py")))
)
config.substitutions.append(
    ("%compare_models", "%s %s" % (sys.executable, os.path.join(config.convopt_source_dir, "tools", "compare-models.py")))
)
config.substitutions.append(("%conv_bin", os.path.join(config.convopt_build_dir, "bin")))
config.substitutions.append(("%llvm_bin", config.llvm_tools_dir))
config.substitutions.append(("%examples", os.path.join(config.convopt_source_dir, "examples")))
config.substitutions.append(
    (
        "%runner_libs",
        "--shared-libs=%s/libmlir_c_runner_utils.so,%s/libmlir_runner_utils.so"
        % (config.llvm_lib_dir, config.llvm_lib_dir),
    )
)

# The distribution's driver, which knows the project from its plugin alone.
plugin = os.path.join(config.convopt_build_dir, "lib", "ConvOptPlugin.so")
config.substitutions.append(("%conv_plugin", plugin))
config.substitutions.append(
    (
        "%driver_with_plugin",
        "%s/mlir-opt --load-dialect-plugin=%s --load-pass-plugin=%s"
        % (config.llvm_tools_dir, plugin, plugin),
    )
)
config.substitutions.append(
    ("%driver_with_passes", "%s/mlir-opt --load-pass-plugin=%s" % (config.llvm_tools_dir, plugin))
)

config.substitutions.append(("%cc", config.cc))

if shutil.which("git"):
    config.available_features.add("git")

# Programs for other machines are built and run where the tools are.
for arch in ("aarch64", "riscv64"):
    if shutil.which(arch + "-linux-gnu-gcc") and shutil.which("qemu-" + arch):
        config.available_features.add("cross-" + arch)

# Without leaks and poison that are the distribution's (CMakeLists.txt).
if config.convopt_sanitizer:
    config.available_features.add("sanitized")
    config.environment["ASAN_OPTIONS"] = config.convopt_asan_options

# Every run begins with an empty cache of kernels; others may run at the same time.
caches = os.path.join(config.convopt_build_dir, "test", "cache", "lit")
os.makedirs(caches, exist_ok=True)
cache = tempfile.mkdtemp(dir=caches)
atexit.register(shutil.rmtree, cache, ignore_errors=True)
config.environment["CONVOPT_CACHE_DIR"] = cache
# Tests run beside each other: what they measure need not be worth recording.
config.environment["CONVOPT_MAX_BUSY"] = "1"

# Features of the machine the tests run on. Code for other machines is compiled
# everywhere and executed only where it can be.
machine = platform.machine()
config.available_features.add(machine)
if machine == "x86_64":
    with open("/proc/cpuinfo") as f:
        flags = f.read().split("flags", 1)[-1].split("\n", 1)[0].split()
    for flag in ("avx2", "avx512f"):
        if flag in flags:
            config.available_features.add(flag)

# Libraries conv-bench can compare with: optional when the project is built.
for peer in ("onednn", "openblas"):
    if os.path.exists(
        os.path.join(config.convopt_build_dir, "lib", "ConvBenchPeer_%s.so" % peer)
    ):
        config.available_features.add("peer-" + peer)
