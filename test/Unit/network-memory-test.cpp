//===- network-memory-test.cpp - Bounded memory against all choices -------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Draws networks of up to eight convolutions with short cuts and lets
/// `network-memory` choose; then tries all choices of algorithms, whose lives
/// of values it finds by itself.
///
//===----------------------------------------------------------------------===//

#include "conv/Decide/Candidates.h"
#include "conv/IR/Conv.h"
#include "conv/InitAll.h"
#include "conv/Schedule/Arena.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <map>
#include <random>

using namespace mlir;
using namespace mlir::conv;

static int failures = 0;

static void check(bool condition, const llvm::Twine &what) {
  if (condition)
    return;
  ++failures;
  llvm::errs() << "failed: " << what << "\n";
}

static std::mt19937 generator(11);

static int64_t draw(int64_t low, int64_t high) {
  return std::uniform_int_distribution<int64_t>(low, high)(generator);
}

namespace {

/// A convolution: what it reads, and what it adds to its sums.
struct Node {
  int64_t channels = 0;
  int input = 0, residual = -1; ///< Values; 0 is the argument.
};

/// Node i makes value i + 1. The last one is the result.
struct Network {
  int64_t size = 0; ///< Rows and columns.
  int64_t channels = 0;
  std::vector<Node> nodes;

  int64_t getChannels(int value) const {
    return value == 0 ? channels : nodes[value - 1].channels;
  }
  /// In memory beside the arguments and the result.
  int64_t getBytes(int value) const {
    bool isOurs = value > 0 && value < int(nodes.size());
    return isOurs ? size * size * getChannels(value) * 4 : 0;
  }
  std::vector<Lifetime> getLifetimes() const {
    std::vector<Lifetime> lifetimes;
    for (int value = 1; value < int(nodes.size()); ++value) {
      Lifetime lifetime{getBytes(value), value - 1, value - 1, 0};
      for (int i = 0; i < int(nodes.size()); ++i)
        if (nodes[i].input == value || nodes[i].residual == value)
          lifetime.last = std::max<int64_t>(lifetime.last, i);
      lifetimes.push_back(lifetime);
    }
    return lifetimes;
  }
  std::string print() const;
};

/// One way to compute a convolution.
struct Option {
  int64_t workspace = 0;
  double cycles = 0;
};

} // namespace

static Network drawNetwork() {
  Network network;
  network.size = draw(0, 1) ? 14 : 10;
  network.channels = 16;
  int count = draw(1, 8);
  for (int i = 0; i < count; ++i) {
    Node node;
    node.channels = draw(0, 1) ? 16 : 32;
    node.input = draw(0, 2) == 0 ? draw(0, i) : i;
    std::vector<int> equal;
    for (int value = 0; value <= i; ++value)
      if (network.getChannels(value) == node.channels)
        equal.push_back(value);
    if (!equal.empty() && draw(0, 2) == 0)
      node.residual = equal[draw(0, equal.size() - 1)];
    network.nodes.push_back(node);
  }
  return network;
}

std::string Network::print() const {
  auto getType = [&](int value) {
    return llvm::formatv("tensor<1x{0}x{0}x{1}xf32>", size, getChannels(value))
        .str();
  };
  std::string arguments = "%v0: " + getType(0), body;
  for (auto [i, node] : llvm::enumerate(nodes)) {
    std::string filter = llvm::formatv("tensor<3x3x{0}x{1}xf32>",
                                       getChannels(node.input), node.channels);
    arguments += llvm::formatv(", %w{0}: {1}", i, filter).str();
    std::string type = getType(i + 1), residual;
    if (node.residual >= 0)
      residual =
          llvm::formatv(" residual(%v{0} : {1})", node.residual, type).str();
    body += llvm::formatv("  %e{0} = tensor.empty() : {1}\n", i, type).str();
    body +=
        llvm::formatv(
            "  %v{0} = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], "
            "high = [1, 1]> ins(%v{1}, %w{2} : {3}, {4}){5} outs(%e{2} : "
            "{6}) -> {6}\n",
            i + 1, node.input, i, getType(node.input), filter, residual, type)
            .str();
  }
  std::string type = getType(nodes.size());
  return llvm::formatv("func.func @f({0}) -> {1} {{\n{2}  return %v{3} : "
                       "{1}\n}\n",
                       arguments, type, body, nodes.size())
      .str();
}

/// Some algorithms are enough, and take less time.
static constexpr llvm::StringLiteral kExcluded[] = {
    "naive",     "kn2row", "kn2col", "kn2row_as", "kn2col_as",
    "kn2row_aa", "mec_a",  "mec_b",  "im2win"};

/// The constraints of the pass, without the bound.
static Constraints getConstraints() {
  std::vector<std::string> excluded(std::begin(kExcluded), std::end(kExcluded));
  return cantFail(parseConstraints("auto", excluded, /*form=*/"",
                                   /*maxWorkspace=*/"", "2.5"));
}

static std::string getOptions(int64_t bound) {
  return llvm::formatv(
      "cpu=haswell triple=x86_64-pc-linux-gnu accuracy=2.5 "
      "exclude={0} network-memory={1}",
      llvm::join(std::begin(kExcluded), std::end(kExcluded), ","), bound);
}

/// What `op` can be computed by within `most` bytes, with a workspace and with
/// less: the candidates under bounds of all sizes up to there.
static std::vector<Option> findOptions(ConvOp op, MachineAttr machine,
                                       int64_t most) {
  // Convolutions of equal channels in images of equal size are alike.
  static std::map<std::tuple<int64_t, int64_t, int64_t, bool, int64_t>,
                  std::vector<Option>>
      known;
  Problem problem = Problem::fromOp(op);
  auto enumerate = [&](int64_t bytes) -> const std::vector<Option> & {
    auto [it, isNew] = known.try_emplace(
        {problem.h, problem.c, problem.k, op.getNumOperands() > 3, bytes});
    if (isNew) {
      Constraints limits = getConstraints();
      limits.maxWorkspace = bytes;
      for (const Candidate &candidate :
           enumerateForOp(op, problem, machine, limits).candidates)
        it->second.push_back({candidate.workspace, candidate.getRank()});
    }
    return it->second;
  };
  std::vector<Option> options;
  constexpr int64_t kStep = 24 << 10;
  for (int64_t bytes = 0; bytes <= most + kStep; bytes += kStep)
    for (const Option &option : enumerate(bytes))
      if (option.workspace <= most)
        options.push_back(option);
  // Those that nothing else is better than in both.
  llvm::sort(options, [](const Option &a, const Option &b) {
    return std::tie(a.workspace, a.cycles) < std::tie(b.workspace, b.cycles);
  });
  std::vector<Option> best;
  for (const Option &option : options)
    if (best.empty() || option.cycles < best.back().cycles)
      best.push_back(option);
  return best;
}

/// Bytes of an arena of `network` with the workspaces of its nodes.
static int64_t place(const Network &network, ArrayRef<int64_t> workspaces) {
  std::vector<Lifetime> lifetimes = network.getLifetimes();
  for (auto [i, bytes] : llvm::enumerate(workspaces))
    lifetimes.push_back({bytes, int64_t(i), int64_t(i), 0});
  llvm::erase_if(lifetimes, [](const Lifetime &it) { return it.bytes == 0; });
  return placeInArena(lifetimes);
}

/// Sums of the values alive while each node runs.
static std::vector<int64_t> findLive(const Network &network) {
  std::vector<int64_t> live(network.nodes.size(), 0);
  for (const Lifetime &lifetime : network.getLifetimes())
    for (int64_t i = lifetime.first; i <= lifetime.last; ++i)
      live[i] += lifetime.bytes;
  return live;
}

/// The least cycles of all choices that one arena of `bound` bytes holds.
static double findLeast(const Network &network, int64_t bound,
                        ArrayRef<std::vector<Option>> options) {
  double least = std::numeric_limits<double>::infinity();
  std::vector<size_t> number(options.size(), 0);
  while (true) {
    double cycles = 0;
    std::vector<int64_t> workspaces;
    for (auto [i, of] : llvm::zip_equal(number, options)) {
      cycles += of[i].cycles;
      workspaces.push_back(of[i].workspace);
    }
    if (cycles < least && place(network, workspaces) <= bound)
      least = cycles;
    size_t i = 0;
    for (; i < options.size() && ++number[i] == options[i].size(); ++i)
      number[i] = 0;
    if (i == options.size())
      return least;
  }
}

/// How many networks had a choice, and how many of the choices cost more than
/// the least, as placing them wastes memory.
static int chosen = 0, refused = 0, wasted = 0;

static void checkNetwork(MLIRContext &context, unsigned number) {
  Network network = drawNetwork();
  std::vector<int64_t> live = findLive(network);
  int64_t most = *llvm::max_element(live);
  // From what cannot be to what bounds nothing.
  int64_t bound = most + draw(-1, 20) * (16 << 10);
  if (bound <= 0)
    bound = 1;
  std::string text = network.print();
  auto module = parseSourceString<ModuleOp>(text, &context);
  check(bool(module), "network " + llvm::Twine(number) + " is no module");
  if (!module)
    return;
  auto manager = PassManager::on<ModuleOp>(&context);
  check(succeeded(parsePassPipeline("conv-autotune{" + getOptions(bound) + "}",
                                    manager)),
        "the pipeline");
  bool ran = [&] {
    ScopedDiagnosticHandler silent(&context,
                                   [](Diagnostic &) { return success(); });
    return succeeded(manager.run(*module));
  }();
  if (bound < most) {
    check(!ran, llvm::formatv("network {0}: {1} bytes for values of {2}",
                              number, bound, most)
                    .str());
    ++refused;
    return;
  }
  check(ran,
        llvm::formatv("network {0}: nothing within {1}", number, bound).str());
  if (!ran)
    return;
  ++chosen;
  auto machine = (*module)->getAttrOfType<MachineAttr>("conv.machine");
  std::vector<std::vector<Option>> options;
  std::vector<int64_t> workspaces, alone;
  double cycles = 0, least = 0;
  SmallVector<ConvOp> ops;
  module->walk([&](ConvOp op) { ops.push_back(op); });
  for (auto [i, op] : llvm::enumerate(ops)) {
    Problem problem = Problem::fromOp(op);
    ScheduleAttr schedule = op.getScheduleAttr();
    Candidate candidate;
    candidate.choice.schedule = schedule;
    candidate.choice.cost = estimateSchedule(problem, machine, schedule);
    candidate.workspace = getWorkspaceBytes(problem, schedule);
    workspaces.push_back(candidate.workspace);
    cycles += candidate.getRank();
    options.push_back(findOptions(op, machine, bound - live[i]));
    least += options.back().back().cycles;
    Constraints limits = getConstraints();
    limits.maxWorkspace = bound - live[i];
    CandidateList list = enumerateForOp(op, problem, machine, limits);
    alone.push_back(list.candidates.front().workspace);
  }
  constexpr double kRounding = 1 + 1e-9;
  check(place(network, workspaces) <= bound,
        llvm::formatv("network {0}: an arena of {1} within {2}\n{3}", number,
                      place(network, workspaces), bound, text)
            .str());
  // Without waste each node takes what is best for it alone.
  if (place(network, alone) <= bound) {
    check(cycles <= least * kRounding,
          llvm::formatv("network {0}: {1} cycles, there are {2} within {3}\n"
                        "{4}",
                        number, cycles, least, bound, text)
              .str());
    return;
  }
  double combinations = 1;
  for (const std::vector<Option> &of : options)
    combinations *= double(of.size());
  if (combinations > 1e5)
    return;
  least = findLeast(network, bound, options);
  if (cycles > least * kRounding)
    ++wasted;
  llvm::outs() << llvm::formatv("network {0}: placing wastes, {1:F3} of the "
                                "least\n",
                                number, cycles / least);
}

int main() {
  DialectRegistry registry;
  registry
      .insert<arith::ArithDialect, func::FuncDialect, tensor::TensorDialect>();
  registerDialect(registry);
  conv::registerAllPasses();
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  constexpr unsigned networks = 200;
  for (unsigned number = 0; number < networks; ++number)
    checkNetwork(context, number);
  llvm::outs() << llvm::formatv("{0} networks chosen, {1} refused, {2} above "
                                "the least\n",
                                chosen, refused, wasted);
  check(chosen > int(networks) / 2 && refused > 0, "too few of either kind");
  if (failures == 0)
    llvm::outs() << "all choices agree\n";
  return failures != 0;
}
