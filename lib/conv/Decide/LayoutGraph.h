//===- LayoutGraph.h - Values that may be in blocks -------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The nodes of the graph are results whose channels could be in blocks, or,
/// with kAllChannels for a block, behind rows and columns: those of
/// convolutions, and of elementwise operations, pooling and padding that read a
/// node. Its cost is the cycles of each convolution with the layouts it reads
/// and writes, by the algorithm --conv-autotune would take for these under the
/// same constraints, and the conversion of each value that somebody wants
/// otherwise, once. Under a bound on the errors of all convolutions together
/// each has several algorithms, which are chosen with the layouts.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_DECIDE_LAYOUTGRAPH_H
#define LIB_CONV_DECIDE_LAYOUTGRAPH_H

#include "MemoryBudget.h"
#include "conv/Decide/Candidates.h"
#include "conv/Decide/CostNetwork.h"
#include "conv/Decide/ErrorBudget.h"

#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::conv::layouts {

/// A result that may be in blocks.
struct Node {
  Node(Operation *op, int64_t pos) : op(op), pos(pos) {}
  Operation *op;
  int64_t pos; ///< Of the channels.
  /// Nodes and other values it wants in its own layout.
  SmallVector<unsigned> sources;
  SmallVector<Value> others;
  /// Somebody wants it plain, whatever is chosen.
  bool hasPlainUser = false;
};

/// A way to compute a convolution.
struct AlgorithmCost {
  double cycles, error;
};
/// The fastest one, and where errors are bounded together the fastest ones with
/// less error.
using AlgorithmCosts = SmallVector<AlgorithmCost, 1>;

/// A convolution; -1 where it has no such node.
struct Convolution {
  explicit Convolution(ConvOp op) : op(op) {}
  ConvOp op;
  int input = -1, result = -1;
  AlgorithmCosts algorithms[2][2]; ///< [input in blocks][output in blocks]
  double variance = 0;             ///< Of the plain sum's error.

  double getCycles(bool in, bool out) const {
    return algorithms[in][out].empty() ? CostNetwork::infinity
                                       : algorithms[in][out].front().cycles;
  }
  /// The errors of all algorithms, ascending.
  SmallVector<double> getErrors() const;
};

/// Why a convolution keeps its layouts.
using Refusals = llvm::MapVector<ConvOp, std::string>;

class LayoutGraph {
public:
  LayoutGraph(FunctionOpInterface func, MachineAttr machine,
              const Constraints &constraints, int64_t block);

  /// Chooses; true when something is in blocks.
  bool choose();
  /// Writes the choice down.
  void record() const;

  double getCycles() const { return evaluate(state); }
  double getPlainCycles() const {
    return evaluate(std::vector<bool>(nodes.size(), false));
  }
  unsigned countConvolutions() const;
  const Refusals &getRefusals() const { return refusals; }
  int64_t getBlock() const { return block; }
  /// Whether no other layouts are predicted to be faster.
  bool isExact() const { return exact; }
  size_t size() const { return nodes.size(); }

private:
  using State = std::vector<bool>;
  using Clusters = SmallVector<SmallVector<unsigned>>;

  // LayoutGraph.cpp
  /// What `list` has of interest.
  AlgorithmCosts getCosts(const CandidateList &list) const;
  /// A convolution whose layouts are as they are, and use up errors.
  void addFixed(ConvOp op, MachineAttr machine, const Constraints &limits);
  void addConvolution(ConvOp op, MachineAttr machine,
                      const Constraints &constraints);
  void addOperation(Operation *op);
  void addNode(Node node);
  int findNode(Value value) const {
    auto it = ids.find(value);
    return it == ids.end() ? -1 : static_cast<int>(it->second);
  }

  // ChooseLayouts.cpp
  double evaluate(const State &state) const;
  /// The costs of layouts, value 0 of variable i for node i plain and 1 in
  /// blocks, and of algorithms. With `fixed` no other layouts are possible.
  CostNetwork makeNetwork(const State *fixed = nullptr) const;
  void addCycles(const Convolution &c, ArrayRef<double> errors,
                 std::optional<unsigned> algorithm, CostNetwork &network) const;
  void addConversions(CostNetwork &network) const;
  double getConversionCycles(Value value) const;
  /// Nodes that want the same layout: through operations that are no
  /// convolutions, and, when `chains`, through convolutions as well.
  Clusters getClusters(bool chains, const State &among) const;
  /// Turns clusters back that connect no two convolutions.
  void dropLoneConvolutions();
  /// Turns operations back that read no blocks: what their channels are follows
  /// from those.
  void dropOrphans();

  MachineAttr machine;
  int64_t block;
  SmallVector<Node> nodes;
  DenseMap<Value, unsigned> ids;
  SmallVector<Convolution> convolutions;
  Refusals refusals;
  /// Networks repeat their layers: what is known by class of convolutions and
  /// layouts.
  DenseMap<ConvOp, unsigned> classes;
  CandidateLists<std::tuple<unsigned, bool, bool>> lists;
  std::optional<double> networkAccuracy;
  std::optional<MemoryBudget> budget;
  State state;
  bool exact = true;
};

} // namespace mlir::conv::layouts

#endif // LIB_CONV_DECIDE_LAYOUTGRAPH_H
