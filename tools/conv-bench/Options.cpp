//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "conv/Decide/Candidates.h"
#include "conv/Layers/ElementTypes.h"
#include "conv/Measure/ModelPeer.h"
#include "conv/Measure/Peer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir::conv;
using namespace mlir::conv::bench;

Options &bench::options() {
  static Options all;
  return all;
}

Options::Options() : CommonOptions("conv-bench options") {
  inputs.setDescription("<problem string or model.mlir>...");
  nets.setDescription("Built-in sets of layers (--list-nets)");
  layout.setDescription("nhwc (default), nchw or blocked");
  batch.setDescription(
      "Override the batch; for modules, the extent of dynamic dimensions");
  cpu.setDescription("CPU to compile for, as LLVM spells it (default native)");
  machine.setDescription("Take rates and caches from this machine file of "
                         "conv-tune --measure-machine");
  form.setDescription("Extent of the data transformation: whole or banded");
  maxWorkspace.setDescription(
      "Most bytes of temporary storage per convolution, such as 65536, 512KiB "
      "or 1MiB (default any)");
  jsonFile.setDescription("Write the results to a file");
  progress.setDescription(
      "Say on stderr what is being measured (default when it is a terminal)");
}

static bool isModule(llvm::StringRef input) {
  return input.ends_with(".mlir") || llvm::sys::fs::is_regular_file(input);
}

bool Options::hasModule() const { return llvm::any_of(inputs, isModule); }

/// Fails on options that are for layers, or for modules, beside the other.
static llvm::Error checkInputs(const Options &options) {
  if (!options.hasModule()) {
    if (!options.peerModel.empty())
      return llvm::createStringError("--peer-model is for modules");
    if (options.moduleOnly)
      return llvm::createStringError("--module-only is for modules");
    if (options.compareUpstream)
      return llvm::createStringError("--compare-upstream is for modules; for "
                                     "layers there is --algorithm upstream");
    if (!options.networkAccuracy.empty())
      return llvm::createStringError("--network-accuracy is for modules; for "
                                     "layers there is --accuracy");
    if (!options.networkMemory.empty())
      return llvm::createStringError("--network-memory is for modules; for "
                                     "layers there is --max-workspace");
    return llvm::Error::success();
  }
  if (options.inputs.size() > 1 || !options.nets.empty() ||
      !options.layerFiles.empty())
    return llvm::createStringError(
        "a module is measured alone: give one file and no layers");
  if (options.settle || options.cold)
    return llvm::createStringError("--settle and --cold are for layers");
  if (options.peer.empty() != options.peerModel.empty())
    return llvm::createStringError(
        "the --peer of a module needs the --peer-model that it runs, and "
        "--peer-model a --peer");
  if (!options.peer.empty() &&
      !llvm::sys::fs::is_regular_file(options.peerModel))
    return llvm::createStringError("there is no file " + options.peerModel);
  return llvm::Error::success();
}

llvm::Error Options::validate() const {
  if (hasSearch() && (cold || check || !schedule.empty() || !peer.empty()))
    return llvm::createStringError("--search cannot be combined with --check, "
                                   "--cold, --schedule or --peer");
  auto peers = hasModule() ? getModelPeerNames() : getPeerNames();
  if (!peer.empty() && !llvm::is_contained(peers, peer))
    return llvm::createStringError("unknown peer '" + peer + "' (known for " +
                                   (hasModule() ? "modules: " : "layers: ") +
                                   llvm::join(peers, ", ") + ")");
  auto types = parseElementTypes(type);
  if (!types)
    return types.takeError();
  if (!(*types == FactorTypes()) && (hasModule() || !peer.empty()))
    return llvm::createStringError(
        "--type is for layers, and peers compute them in f32");
  if (settle && (peer.empty() || cold))
    return llvm::createStringError(
        "--settle needs --peer and cannot be combined with --cold");
  if (auto error = checkThreads())
    return error;
  if (rounds.getNumOccurrences() && rounds < 1)
    return llvm::createStringError("--rounds must be at least 1");
  if (auto error = checkBatch())
    return error;
  if (!form.empty() && !symbolizeForm(form))
    return llvm::createStringError("unknown form '" + form +
                                   "' (known: whole, banded)");
  if (auto error = checkLayout())
    return error;
  return checkInputs(*this);
}

llvm::Expected<std::vector<std::string>> Options::getAlgorithms() const {
  std::vector<std::string> known;
  for (const NamedAlgorithm &named : getNamedAlgorithms())
    known.push_back(named.getName().str());
  std::vector<std::string> chosen;
  for (const std::string &name : algorithms) {
    if (name == "all") {
      chosen.insert(chosen.end(), known.begin(), known.end());
      continue;
    }
    if (name != "auto" && name != "mec" && name != "winograd" &&
        name != "upstream" && !llvm::is_contained(known, name))
      return llvm::createStringError("unknown algorithm '" + name +
                                     "' (known: auto, all, upstream, " +
                                     listAlgorithmNames() + ")");
    chosen.push_back(name);
  }
  if (chosen.empty())
    chosen.push_back("auto");
  return chosen;
}
