//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Chooses which values of a function have their channels in blocks: the
/// cheapest layouts of all nodes of a LayoutGraph together, found by
/// elimination (CostNetwork), which is exact unless the graph is very wide.
///
//===----------------------------------------------------------------------===//

#include "conv/Decide/Layouts.h"

#include "LayoutGraph.h"
#include "conv/Decide/CostNetwork.h"
#include "conv/Decide/ErrorBudget.h"
#include "conv/IR/ElementSize.h"
#include "conv/Schedule/MemoryRates.h"
#include "conv/Schedule/ModelConstants.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::layouts;

/// A conversion transposes and misses the caches: read and written, at the rate
/// of memory.
double LayoutGraph::getConversionCycles(Value value) const {
  auto type = cast<ShapedType>(value.getType());
  double elements = 1;
  for (int64_t size : type.getShape())
    elements *= ShapedType::isDynamic(size) ? 1 : size;
  double bytes =
      getElementBytes(type.getElementType(), nodes.front().op).value_or(0);
  return 2 * bytes * elements / getBandwidth(machine, MemoryLevel::Memory);
}

double LayoutGraph::evaluate(const State &state) const {
  if (networkAccuracy)
    return makeNetwork(&state).solve().cost;
  double cycles = 0;
  for (const Convolution &c : convolutions)
    cycles += c.getCycles(c.input >= 0 && state[c.input],
                          c.result >= 0 && state[c.result]);
  // Every value is converted once.
  llvm::SetVector<Value> converted;
  for (auto [id, node] : llvm::enumerate(nodes)) {
    if (state[id] && node.hasPlainUser)
      converted.insert(node.op->getResult(0));
    for (unsigned source : node.sources)
      if (state[source] != state[id])
        converted.insert(nodes[source].op->getResult(0));
    if (state[id])
      converted.insert(node.others.begin(), node.others.end());
  }
  for (Value value : converted)
    cycles += getConversionCycles(value);
  return cycles;
}

LayoutGraph::Clusters LayoutGraph::getClusters(bool chains,
                                               const State &among) const {
  llvm::EquivalenceClasses<unsigned> classes;
  for (auto [id, node] : llvm::enumerate(nodes)) {
    if (!among[id])
      continue;
    classes.insert(id);
    for (unsigned source : node.sources)
      if (among[source])
        classes.unionSets(id, source);
  }
  if (chains)
    for (const Convolution &c : convolutions)
      if (c.input >= 0 && c.result >= 0 && among[c.input] && among[c.result])
        classes.unionSets(c.input, c.result);
  llvm::MapVector<unsigned, SmallVector<unsigned>> members;
  for (unsigned id = 0; id < nodes.size(); ++id)
    if (among[id])
      members[classes.getLeaderValue(id)].push_back(id);
  Clusters clusters;
  for (auto &[leader, ids] : members)
    clusters.push_back(std::move(ids));
  return clusters;
}

void LayoutGraph::dropLoneConvolutions() {
  for (const SmallVector<unsigned> &cluster :
       getClusters(/*chains=*/true, state)) {
    // Some convolution writes the cluster, some convolution reads it.
    bool written = llvm::any_of(
        cluster, [&](unsigned id) { return isa<ConvOp>(nodes[id].op); });
    bool read = llvm::any_of(convolutions, [&](const Convolution &c) {
      return c.input >= 0 && llvm::is_contained(cluster, c.input);
    });
    if (!written || !read)
      for (unsigned id : cluster)
        state[id] = false;
  }
}

void LayoutGraph::dropOrphans() {
  if (block == kAllChannels)
    return;
  // Sources stand in front of their users.
  for (auto [id, node] : llvm::enumerate(nodes))
    if (!isa<ConvOp>(node.op) &&
        llvm::none_of(node.sources,
                      [&](unsigned source) { return state[source]; }))
      state[id] = false;
}

void LayoutGraph::addCycles(const Convolution &c, ArrayRef<double> errors,
                            std::optional<unsigned> algorithm,
                            CostNetwork &network) const {
  SmallVector<unsigned> variables;
  for (int node : {c.input, c.result})
    if (node >= 0)
      variables.push_back(node);
  // One that has no choice costs something, too.
  if (algorithm || variables.empty())
    variables.push_back(algorithm ? *algorithm : network.addVariable(1));
  SmallVector<double> table;
  for (bool in : {false, true})
    for (bool out : {false, true}) {
      if ((in && c.input < 0) || (out && c.result < 0))
        continue;
      if (!algorithm) {
        table.push_back(c.getCycles(in, out));
        continue;
      }
      for (double error : errors) {
        const auto *found =
            llvm::find_if(c.algorithms[in][out], [&](const AlgorithmCost &a) {
              return a.error == error;
            });
        table.push_back(found != c.algorithms[in][out].end()
                            ? found->cycles
                            : CostNetwork::infinity);
      }
    }
  network.addCost(variables, table);
}

void LayoutGraph::addConversions(CostNetwork &network) const {
  // What is plain whatever is chosen.
  auto addPlain = [&] {
    unsigned variable = network.addVariable(2);
    network.addCost(variable, {0, CostNetwork::infinity});
    return variable;
  };
  // Every value is converted once.
  SmallVector<SmallVector<unsigned>> readers(nodes.size());
  llvm::MapVector<Value, SmallVector<unsigned>> otherReaders;
  for (auto [id, node] : llvm::enumerate(nodes)) {
    for (unsigned source : node.sources)
      readers[source].push_back(id);
    for (Value value : node.others)
      otherReaders[value].push_back(id);
    if (node.hasPlainUser)
      readers[id].push_back(addPlain());
  }
  for (auto [id, node] : llvm::enumerate(nodes))
    network.addCostIfAnyDiffers(id, readers[id],
                                getConversionCycles(node.op->getResult(0)));
  for (const auto &[value, ids] : otherReaders)
    network.addCostIfAnyDiffers(addPlain(), ids, getConversionCycles(value));
}

CostNetwork LayoutGraph::makeNetwork(const State *fixed) const {
  CostNetwork network;
  for (size_t id = 0; id < nodes.size(); ++id) {
    network.addVariable(2);
    if (fixed)
      network.addCost(id, {(*fixed)[id] ? CostNetwork::infinity : 0,
                           (*fixed)[id] ? 0 : CostNetwork::infinity});
  }
  ErrorBudget budget(networkAccuracy.value_or(1));
  SmallVector<SmallVector<double>> errors;
  for (const Convolution &c : convolutions) {
    errors.push_back(c.getErrors());
    budget.add(c.variance, errors.back().empty() ? 1 : errors.back().front());
  }
  network.setCapacity(networkAccuracy ? ErrorBudget::kParts : 0);
  for (auto [i, c] : llvm::enumerate(convolutions)) {
    std::optional<unsigned> algorithm;
    if (networkAccuracy && errors[i].size() > 1) {
      algorithm = network.addVariable(errors[i].size());
      network.addWeight(*algorithm, budget.getWeights(i, errors[i]));
    }
    addCycles(c, errors[i], algorithm, network);
  }
  addConversions(network);
  return network;
}

bool LayoutGraph::choose() {
  CostNetwork::Solution solution = makeNetwork().solve();
  exact = solution.exact;
  state.clear();
  for (size_t id = 0; id < nodes.size(); ++id)
    state.push_back(solution.values[id] == 1);
  dropLoneConvolutions();
  dropOrphans();
  if (evaluate(state) >= getPlainCycles())
    state.assign(nodes.size(), false);
  return llvm::is_contained(state, true);
}

unsigned LayoutGraph::countConvolutions() const {
  return llvm::count_if(convolutions, [&](const Convolution &c) {
    return (c.input >= 0 && state[c.input]) ||
           (c.result >= 0 && state[c.result]);
  });
}

void LayoutGraph::record() const {
  Builder b(nodes.front().op->getContext());
  auto mark = [&](Operation *op, const Node &node, StringRef inBlocks,
                  StringRef last) {
    if (block == kAllChannels)
      op->setDiscardableAttr(last, b.getI64IntegerAttr(node.pos));
    else
      op->setDiscardableAttr(inBlocks, b.getI64IntegerAttr(block));
  };
  for (const Convolution &c : convolutions)
    if (c.input >= 0 && state[c.input])
      mark(c.op, nodes[c.input], kInputBlockAttr, kInputLastAttr);
  for (auto [id, node] : llvm::enumerate(nodes))
    if (state[id])
      mark(node.op, node, kOutputBlockAttr, kOutputLastAttr);
}

void mlir::conv::chooseLayouts(FunctionOpInterface func, MachineAttr machine,
                               const Constraints &constraints) {
  auto options = remark::RemarkOpts::name("propagate-layouts").category("conv");
  unsigned total = 0;
  bool given = false;
  func->walk([&](Operation *op) {
    total += isa<ConvOp>(op);
    given |= hasLayoutMark(op);
  });
  if (total == 0 || given)
    return;
  // A block is a vector, or two, which are more outputs per scalar of the
  // input, or all channels.
  std::optional<LayoutGraph> best;
  bool chosen = false;
  for (int64_t block :
       {machine.getNVec(), 2 * machine.getNVec(), kAllChannels}) {
    LayoutGraph graph(func, machine, constraints, block);
    bool any = graph.size() != 0 && graph.choose();
    double saved = any ? graph.getPlainCycles() - graph.getCycles() : 0;
    double bestSaved = chosen ? best->getPlainCycles() - best->getCycles() : 0;
    if (!best || saved > bestSaved)
      best.emplace(std::move(graph));
    chosen |= any;
  }
  for (const auto &[op, reason] : best->getRefusals()) {
    ConvOp conv = op;
    remark::missed(conv.getLoc(), options)
        << llvm::formatv("{0}: no blocks of channels: {1}",
                         Problem::fromOp(conv).str(), reason)
               .str();
  }
  if (!chosen) {
    if (best->size() != 0)
      remark::missed(func.getLoc(), options)
          << "no blocks of channels: no chain of convolutions saves more than "
             "its conversions cost";
    return;
  }
  best->record();
  std::string layout =
      best->getBlock() == kAllChannels
          ? "channels behind rows and columns"
          : llvm::formatv("blocks of {0} channels", best->getBlock()).str();
  remark::analysis(func.getLoc(), options)
      << llvm::formatv("{0} of {1} convolutions read or write {2}; predicted "
                       "{3:F0} cycles, plain {4:F0}{5}",
                       best->countConvolutions(), total, layout,
                       best->getCycles(), best->getPlainCycles(),
                       best->isExact() ? "" : "; not proven to be the least")
             .str();
}
